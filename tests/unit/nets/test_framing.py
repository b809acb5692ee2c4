import numpy as np

from studio.core.framing import central_square
from studio.nets.framing import central_crop, network_input, to_images, to_tensor


def test_the_network_sees_the_central_410_of_512_pixels():
    assert central_square(512) == slice(51, 461)
    face = np.zeros((512, 512, 3), np.uint8)
    face[51:461, 51:461] = 200
    assert central_crop(face).min() == 200
    assert network_input(face, 256).min() == 200


def test_pictures_survive_the_way_to_tensors_and_back():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    batch = to_tensor(pictures)
    assert batch.shape == (2, 3, 16, 16)
    assert 0 <= batch.min() <= batch.max() <= 1
    assert round(batch[1, 2, 3, 4].item() * 255) == pictures[1, 3, 4, 2]
    assert np.array_equal(to_images(batch), pictures)
