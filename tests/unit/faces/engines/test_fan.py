import socket

import numpy as np
import pytest
import torch
from face_alignment.detection.sfd.net_s3fd import s3fd
from face_alignment.models import FAN

from studio.core.errors import WeightsError
from studio.faces.engines.fan import FanFinder


def _detector_state(face_scale):
    """S3FD that sees a face at the middle of every cell of one scale, and nowhere at the others."""
    network = s3fd()
    state = {name: torch.zeros_like(tensor) for name, tensor in network.state_dict().items()}
    for name, tensor in state.items():
        if "mbox_conf" in name and name.endswith("bias"):
            tensor[-2] = 20.0
    if face_scale:
        state[f"{face_scale}_mbox_conf.bias"][:] = torch.tensor([0.0, 20.0])
    return state


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    torch.save(FAN(4).state_dict(), folder / "fan.pth.tar")
    torch.save(_detector_state("conv7_2"), folder / "s3fd.pth")
    torch.save(_detector_state(None), folder / "blind.pth")
    return folder


@pytest.fixture(scope="module", autouse=True)
def offline():
    def refuse(*_args, **_kwargs):
        raise AssertionError("the network was tried")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        patch.setattr(torch.hub, "load_state_dict_from_url", refuse)
        patch.setattr(torch.hub, "download_url_to_file", refuse)
        yield


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (128, 256, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def finder(weights, offline):
    return FanFinder(weights / "fan.pth.tar", weights / "s3fd.pth")


@pytest.fixture(scope="module")
def faces(finder, image):
    """What is found in the image when it is looked at alone."""
    (found,) = finder.find([image])
    return found


def test_local_weights_find_faces_with_landmarks_and_nothing_is_downloaded(faces):
    assert faces
    sizes = [face.size for face in faces]
    assert sizes == sorted(sizes, reverse=True)
    for face in faces:
        assert face.landmarks.shape == (68, 2)
        assert face.landmarks.dtype == np.float32
        assert (face.box >= 0).all()
        assert (face.box <= [256, 128, 256, 128]).all()
        assert 0.5 < face.confidence <= 1


def test_landmarks_come_for_a_box_that_is_known(finder, image):
    landmarks = finder.landmarks_in(image, np.array([60, 20, 160, 120], np.float32))
    assert landmarks.shape == (68, 2)
    assert np.isfinite(landmarks).all()
    with pytest.raises(ValueError):
        finder.landmarks_in(image, np.array([400, 400, 500, 500], np.float32))


def test_landmarks_are_those_of_the_package_one_picture_at_a_time(finder, image, faces):
    landmarks, scores, _ = finder._networks.get_landmarks_from_image(
        image, detected_faces=[face.box.astype(float) for face in faces], return_landmark_score=True
    )
    for face, points, score in zip(faces, landmarks, scores, strict=True):
        assert np.abs(face.landmarks - points).max() < 0.5
        assert face.landmark_confidence == pytest.approx(np.clip(score.mean() / 2, 0, 1), abs=1e-3)


def test_pictures_looked_at_together_give_the_faces_they_give_alone(finder, image, faces):
    other = np.ascontiguousarray(image[::-1])
    wide = np.hstack([image, other])
    alone = [faces, *(finder.find([picture])[0] for picture in (other, wide)), faces]
    together = finder.find([image, other, wide, image])
    for expected, found in zip(alone, together, strict=True):
        assert len(found) == len(expected)
        assert np.allclose([face.box for face in found], [face.box for face in expected], atol=0.01)


@pytest.mark.filterwarnings("error")
def test_an_image_without_a_face_gives_an_empty_list(weights, image):
    assert FanFinder(weights / "fan.pth.tar", weights / "blind.pth").find([image]) == [[]]


def test_files_that_are_missing_damaged_swapped_or_other_networks_are_refused(weights, tmp_path):
    (tmp_path / "noise.pth").write_bytes(b"nothing of the kind")
    fan, detector = weights / "fan.pth.tar", weights / "s3fd.pth"
    absent, noise = tmp_path / "absent.pth", tmp_path / "noise.pth"
    for pair in ((absent, detector), (fan, absent), (noise, detector), (fan, noise), (detector, fan)):
        with pytest.raises(WeightsError) as caught:
            FanFinder(*pair)
        assert caught.value.hint
