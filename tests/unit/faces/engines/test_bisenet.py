import numpy as np
import pytest

from studio.core.errors import WeightsError
from studio.faces.engines.bisenet import BisenetParser
from tests.unit.faces.engines.onnx_files import write_convolution
from tests.unit.faces.heads import frontal_landmarks

_MEAN = np.array([0.485, 0.456, 0.406])
_DEVIATION = np.array([0.229, 0.224, 0.225])


def _class_by_red(path, classes, **options):
    """A network that calls a pixel the class c whose level 13 * c is nearest to its red, of those in `classes`."""
    levels = (np.arange(19) * 13 / 255 - _MEAN[0]) / _DEVIATION[0]
    weights = np.zeros((19, 3))
    weights[:, 0] = 2 * levels  # -(red - level)^2 without the red^2 that all classes share
    bias = np.where(np.isin(np.arange(19), classes), -(levels**2), -1e6)
    return write_convolution(path, weights, bias, **options)


def _stripes():
    """A face whose 19 vertical stripes have the red of the 19 classes."""
    face = np.zeros((512, 512, 3), np.uint8)
    stripe = np.minimum(np.arange(512) // 26, 18)
    face[:, :, 0] = stripe * 13
    return face, stripe


@pytest.mark.parametrize("sides", [(1, 3, 512, 512), ("batch", 3, "height", "width")])
def test_the_classes_become_face_eyes_and_mouth(tmp_path, sides):
    parser = BisenetParser(_class_by_red(tmp_path / "net.onnx", range(19), sides=sides))
    face, stripe = _stripes()
    masks = parser.parse(face, frontal_landmarks())
    assert set(stripe[masks.face[0]].tolist()) == {1, 2, 3, 4, 5, 6, 10, 11, 12, 13}
    assert set(stripe[masks.eyes[0]].tolist()) == {4, 5}
    assert set(stripe[masks.mouth[0]].tolist()) == {11, 12, 13}
    assert masks.face.shape == (512, 512)
    assert masks.face.dtype == np.bool_


@pytest.mark.parametrize("sides", [(1, 3, 512, 512), ("batch", 3, 512, 512)])
def test_several_faces_have_the_masks_they_have_alone(tmp_path, sides):
    parser = BisenetParser(_class_by_red(tmp_path / "net.onnx", range(19), sides=sides))
    face, _ = _stripes()
    faces = [np.roll(face, 26 * turn, axis=1) for turn in range(10)]
    together = parser.parse_all(faces, [frontal_landmarks()] * 10)
    assert [np.array_equal(parser.parse(one, frontal_landmarks()).packed(), masks.packed())
            for one, masks in zip(faces, together, strict=True)] == [True] * 10  # fmt: skip
    with pytest.raises(ValueError):
        parser.parse_all(faces, [frontal_landmarks()])


def test_dark_glasses_stand_for_the_eyes_they_hide(tmp_path):
    parser = BisenetParser(_class_by_red(tmp_path / "net.onnx", [0, 1, 2, 3, 6, 10, 11, 12, 13]))
    face = np.zeros((512, 512, 3), np.uint8)
    face[100:200, :, 0] = 6 * 13
    masks = parser.parse(face, frontal_landmarks())
    assert np.flatnonzero(masks.eyes[:, 0]).tolist() == list(range(100, 200))


def test_a_file_that_is_missing_damaged_or_another_network_is_refused(tmp_path):
    (tmp_path / "noise.onnx").write_bytes(b"nothing of the kind")
    six = write_convolution(tmp_path / "six.onnx", np.zeros((6, 3)), np.zeros(6))
    small = write_convolution(tmp_path / "small.onnx", np.zeros((19, 3)), np.zeros(19), sides=(1, 3, 256, 256))
    for path in (tmp_path / "absent.onnx", tmp_path / "noise.onnx", six, small):
        with pytest.raises(WeightsError) as caught:
            BisenetParser(path)
        assert path.name in caught.value.message
        assert caught.value.hint


def test_what_is_no_aligned_face_is_refused(tmp_path):
    parser = BisenetParser(_class_by_red(tmp_path / "net.onnx", range(19)))
    with pytest.raises(ValueError):
        parser.parse(np.zeros((256, 256, 3), np.uint8), frontal_landmarks())
    with pytest.raises(ValueError):
        parser.parse(np.zeros((512, 512, 3), np.uint8), frontal_landmarks()[:5])
