"""The commands that edit facesets and people, on facesets made without engines."""

import json
import os
import subprocess
import sys

import pytest

from studio.core.records import Basis, FaceState
from studio.provenance.consent import add_record
from tests.unit.faceset.stored import store_faces


@pytest.fixture
def folder(project, anna):
    """Four faces of anna, the first rejected and the second kept, and two of ben."""
    ids = store_faces(project, anna, "a.mp4", range(4))
    project.store.journal.set_state(anna, ids[:1], FaceState.REJECTED, "one")
    project.store.journal.set_state(anna, ids[1:2], FaceState.KEPT, "another")
    store_faces(project, add_record(project, "ben", Basis.SYNTHETIC, "x"), "b.mp4", [10, 11])
    return project.folder


def test_faces_that_nobody_decided_on_are_kept_but_not_marked(folder, studio):
    told = [(face["state"], face["marked"]) for face in studio("faces", folder, "anna", "--state", "all")["faces"]]
    assert told == [("rejected", True), ("kept", True), ("kept", False), ("kept", False)]
    assert len(studio("faces", folder, "anna")["faces"]) == 3
    assert len(studio("faces", folder, "anna", "--state", "rejected")["faces"]) == 1


def test_people_are_renamed_merged_and_deleted_and_the_history_tells_it(folder, studio):
    renamed = studio("identity", "rename", folder, "ben", "bert")
    assert (renamed["identities"][0]["name"], renamed["entry"]) == ("bert", "Rename ben to bert")
    merged = studio("identity", "merge", folder, "bert", "anna")
    assert (merged["faces"], merged["entry"]) == (2, "Merge bert into anna")
    assert (merged["identities"][0]["name"], merged["identities"][0]["faces"]) == ("anna", 6)
    assert studio("identity", "delete", folder, "anna") == {"entry": "Delete anna", "faces": 6}
    assert studio("identity", "list", folder)["identities"] == []
    assert studio("undo", folder)["undone"] == "Delete anna"
    history = studio("history", folder, "--limit", 3)
    assert [(e["title"], e["faces"], e["identity"], e["undone"]) for e in history["entries"]] == [
        ("Delete anna", 6, "anna", True),
        ("Merge bert into anna", 2, "anna", False),
        ("Rename ben to bert", 0, None, False),
    ]
    assert (history["undo"], history["redo"]) == (4, 1)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["identity", "rename", "ben", "anna"], "identity.exists"),
        (["identity", "rename", "ben", "../x"], "identity.name"),
        (["identity", "rename", "carl", "x"], "identity.unknown"),
        (["identity", "merge", "ben", "ben"], "usage"),
        (["identity", "delete", "carl"], "identity.unknown"),
        (["history", "--limit", "0"], "usage"),
        (["trash", "carl"], "identity.unknown"),
        (["identity"], "usage"),
    ],
)
def test_what_can_not_be_done_is_told_and_changes_nothing(folder, studio, words, code):
    position = 2 if words[0] == "identity" else 1
    before = studio("history", folder)
    assert (
        studio(*words[:position], *([folder] if len(words) > 1 else []), *words[position:], status=2)["error"]["code"]
        == code
    )
    assert studio("history", folder) == before


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the trash of these can't be moved")
def test_rejected_faces_are_counted_first_and_moved_only_when_told_so(folder, studio, tmp_path):
    counted = studio("trash", folder, "anna")
    assert (counted["faces"], counted["images"], counted["masks"], counted["applied"]) == (1, 1, 1, False)
    assert len(studio("faces", folder, "anna", "--state", "all")["faces"]) == 4
    command = [sys.executable, "-m", "studio", "trash", str(folder), "anna", "--apply", "--json"]
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    moved = json.loads(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)
    assert moved == {**counted, "applied": True}
    assert len(list((tmp_path / "data" / "Trash" / "files").rglob("*.png"))) == 2
    assert len(studio("faces", folder, "anna", "--state", "all")["faces"]) == 3
    assert studio("trash", folder, "anna")["faces"] == 0
