"""A detector's folder is believed only where it is whole."""

import json
import shutil

import numpy as np
import pytest

from studio.core.errors import DetectorError, StorageError
from studio.core.files import sha256
from studio.detection.folders import CARD, list_detectors, load_detector, read_card, write_detector

FIELDS = {
    "name": "mine", "kind": "frequency", "licence": "GPL-3.0-or-later", "citation": "", "trained_on": "nothing",
    "faces": 3, "seed": 0,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    write_detector(tmp_path / "mine", {"weights": np.arange(5.0)}, **FIELDS)
    return tmp_path / "mine"


def edit(folder, **changes):
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, **changes}))


def test_what_is_written_is_read_again(folder):
    stored = load_detector(folder)
    np.testing.assert_array_equal(stored.parameters["weights"], np.arange(5.0))
    assert stored.card.name == "mine"
    assert stored.card.validated is False
    assert stored.card.sha256 == sha256(folder / stored.card.file)
    assert json.loads((folder / CARD).read_text())["schema"] == 1


def test_writing_again_replaces_the_parameters_and_leaves_no_other_file(folder):
    write_detector(folder, {"weights": np.zeros(2)}, **FIELDS)
    assert load_detector(folder).parameters["weights"].shape == (2,)
    assert len(list(folder.iterdir())) == 2


def test_an_unknown_key_is_refused_by_name(folder):
    edit(folder, trust_me=True)
    with pytest.raises(DetectorError, match="trust_me") as caught:
        load_detector(folder)
    assert caught.value.hint


@pytest.mark.parametrize("changes", [{"kind": "oracle"}, {"schema": 2}, {"threshold": 1.5}, {"sha256": "abc"}])
def test_a_value_a_card_does_not_take_is_refused(folder, changes):
    edit(folder, **changes)
    with pytest.raises(DetectorError, match=next(iter(changes))):
        read_card(folder)


def test_one_flipped_bit_in_the_parameters_is_noticed(folder):
    file = folder / read_card(folder).file
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(DetectorError, match="not those") as caught:
        load_detector(folder)
    assert caught.value.code == "detector.hash"


def test_parameters_that_are_no_safetensors_are_refused_though_the_hash_fits(folder):
    file = folder / "other.bin"
    file.write_bytes(b"\x80\x04K\x01.")
    edit(folder, file=file.name, sha256=sha256(file))
    with pytest.raises(DetectorError, match="can't be read"):
        load_detector(folder)


def test_missing_parameters_a_missing_card_and_a_broken_one_are_each_a_sentence(folder, tmp_path):
    (folder / read_card(folder).file).unlink()
    with pytest.raises(DetectorError, match="lacks its parameters"):
        load_detector(folder)
    (folder / CARD).write_text("{")
    with pytest.raises(DetectorError, match="not JSON"):
        load_detector(folder)
    with pytest.raises(DetectorError, match="no detector"):
        load_detector(tmp_path / "nowhere")


def test_a_card_that_points_out_of_its_folder_is_refused(folder, tmp_path):
    shutil.copy(folder / read_card(folder).file, tmp_path / "stray.safetensors")
    edit(folder, file="../stray.safetensors")
    with pytest.raises(StorageError, match="leads out"):
        load_detector(folder)


def test_whole_detectors_are_listed_and_damaged_ones_left_out(folder, tmp_path):
    write_detector(tmp_path / "other", {"weights": np.zeros(1)}, **{**FIELDS, "name": "other"})
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / CARD).write_text("[]")
    assert [card.name for card in list_detectors(tmp_path)] == ["mine", "other"]
    assert list_detectors(tmp_path / "nowhere") == []
