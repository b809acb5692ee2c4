import subprocess
import sys

import numpy as np
import pytest

from studio.core.errors import UsageError, WeightsError
from studio.faces.encoders import ENCODERS
from studio.faces.engines.choose import choose, chosen
from tests.unit.faces.engines.onnx_files import write_convolution


def test_without_any_weights_auto_takes_the_embedded_engines_and_says_so():
    engines = choose("auto", lambda _: None)
    assert engines.names == "dlib68+polygons+dlib-resnet"


def test_each_engine_is_the_papers_as_soon_as_its_own_weights_are_there(tmp_path):
    network = write_convolution(tmp_path / "bisenet.onnx", np.zeros((19, 3)), np.zeros(19))
    engines = choose("auto", lambda name: network if name == "bisenet" else None)
    assert engines.names == "dlib68+bisenet+dlib-resnet"


def test_what_would_run_is_told_without_loading_it(tmp_path):
    network = write_convolution(tmp_path / "bisenet.onnx", np.zeros((19, 3)), np.zeros(19))
    assert chosen("auto", {"bisenet": network}.get) == choose("auto", {"bisenet": network}.get).names
    assert chosen("dlib", {"bisenet": network}.get) == choose("dlib", {"bisenet": network}.get).names
    assert chosen("fan", lambda name: tmp_path / name) == "fan+bisenet+vgg16"
    with pytest.raises(WeightsError):
        chosen("fan", lambda _: None)


def test_dlib_means_the_embedded_engines_whatever_weights_are_there(tmp_path):
    def refuse(name):
        raise AssertionError(name)

    assert choose("dlib", refuse).names == "dlib68+polygons+dlib-resnet"


def test_half_of_fans_weights_are_not_fan(tmp_path):
    only_detector = {"s3fd": tmp_path / "s3fd.pth"}
    assert choose("auto", only_detector.get).finder.name == "dlib68"
    with pytest.raises(WeightsError) as caught:
        choose("fan", only_detector.get)
    assert "fan-2d" in caught.value.message
    assert "s3fd" not in caught.value.message
    assert "studio models fetch fan-2d" in caught.value.hint


def test_an_engine_that_does_not_exist_is_a_usage_error():
    with pytest.raises(UsageError):
        choose("mtcnn", lambda _: None)


def test_the_encoders_are_what_is_known_of_them():
    encoder = choose("dlib", lambda _: None).encoder
    assert ENCODERS[encoder.name].dimensions == encoder.dimensions == 128
    assert ENCODERS[encoder.name].same_person == encoder.same_person == 0.6


def test_the_embedded_engines_do_not_load_torch():
    code = (
        "import sys; from studio.faces.engines.choose import choose; choose('auto', lambda _: None); "
        "print([name for name in ('torch', 'onnxruntime', 'face_alignment') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
