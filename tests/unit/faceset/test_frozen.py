"""The lists of faces that a training has frozen."""

import pytest

from studio.core.errors import RunError
from studio.faceset.frozen import list_path, read_list, trained_faces, write_list


def test_a_list_comes_back_in_its_order(tmp_path):
    write_list(tmp_path / "faces.json", {"a": (3, 1, 2), "b": [9]})
    assert read_list(tmp_path / "faces.json") == {"a": [3, 1, 2], "b": [9]}


def test_all_faces_of_a_run_are_those_of_its_lists_each_once_the_first_ones_first(tmp_path):
    for number, faces in ((0, [5, 1]), (10, [3, 1]), (2, [4, 5])):
        write_list(list_path(tmp_path, number), {"a": faces, "b": [number]})
    (tmp_path / "faces-old.json").write_text("{")
    assert trained_faces(tmp_path) == {"a": [5, 1, 4, 3], "b": [0, 2, 10]}


def test_a_run_that_has_not_begun_has_no_faces(tmp_path):
    assert trained_faces(tmp_path) == {"a": [], "b": []}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"a": [1]}', '{"a": ["x"], "b": []}', '{"a": 1, "b": 2}'])
def test_a_damaged_list_is_told(tmp_path, text):
    (tmp_path / "faces.json").write_text(text)
    with pytest.raises(RunError) as error:
        trained_faces(tmp_path)
    assert error.value.code == "run.damaged"
