import numpy as np
import pytest
import torch
from torchvision.models import vgg16

from studio.core.errors import WeightsError
from studio.faces.engines.vgg16 import Vgg16Encoder
from tests.unit.faces.heads import frontal_landmarks


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return vgg16(weights=None).eval()


@pytest.fixture(scope="module")
def encoder(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "vgg16.pth"
    torch.save(network.state_dict(), path)
    made = Vgg16Encoder(path)
    path.unlink()
    return made


def _faces(count):
    return np.random.default_rng(0).integers(0, 256, (count, 512, 512, 3), dtype=np.uint8)


def test_features_are_the_activations_behind_the_second_relu(network, encoder):
    faces = _faces(3)
    features = encoder.encode(list(faces), [frontal_landmarks()] * 3)
    centre = torch.from_numpy(faces[:, 144:368, 144:368]).permute(0, 3, 1, 2) / 255
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    deviation = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    with torch.no_grad():
        pooled = network.avgpool(network.features((centre - mean) / deviation)).flatten(1)
        expected = network.classifier[:5](pooled).numpy()
    assert features.shape == (3, encoder.dimensions) == (3, 4096)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-4)
    assert features.std() > 0


def test_no_faces_give_no_features_and_no_distance_is_claimed(encoder):
    assert encoder.encode([], []).shape == (0, 4096)
    assert encoder.same_person is None


def test_what_is_no_aligned_face_is_refused(encoder):
    with pytest.raises(ValueError):
        encoder.encode(list(_faces(2)), [frontal_landmarks()])
    with pytest.raises(ValueError):
        encoder.encode([np.zeros((224, 224, 3), np.uint8)], [frontal_landmarks()])


def test_a_file_that_is_missing_damaged_or_another_network_is_refused(tmp_path):
    (tmp_path / "noise.pth").write_bytes(b"nothing of the kind")
    (tmp_path / "empty.pth").touch()
    torch.save({"features.0.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "part.pth")
    torch.save(torch.zeros(3), tmp_path / "tensor.pth")
    torch.save(torch.nn.Linear(2, 2), tmp_path / "pickled.pth")
    for name in ("absent.pth", "noise.pth", "empty.pth", "part.pth", "tensor.pth", "pickled.pth"):
        with pytest.raises(WeightsError) as caught:
            Vgg16Encoder(tmp_path / name)
        assert name in caught.value.message
