"""Whatever is wrong is a sentence with a hint, exit status 2, and the project opens afterwards as before."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import pytest

from studio.cli.app import run
from studio.core.project import Project


@pytest.fixture
def folder(tmp_path, capsys):
    folder = tmp_path / "p"
    assert run(["new", str(folder)]) == 0
    assert run(["identity", "add", str(folder), "anna", "--basis", "synthetic", "--note", "rendered"]) == 0
    capsys.readouterr()
    return folder


@pytest.fixture
def refused(capsys):
    """Run a command that must be refused; gives its error record."""

    def check(*words, status=2):
        arguments = [str(word) for word in words]
        assert run([*arguments, "--json"]) == status
        printed = capsys.readouterr().out
        error = json.loads(printed)["error"]
        assert error["message"]
        assert "Traceback" not in printed
        assert set(error) == {"code", "message", "hint"}
        assert run(arguments) == status
        said = capsys.readouterr()
        assert said.out == ""
        assert error["message"] in said.err
        return error

    return check


def test_a_folder_without_a_project(tmp_path, refused):
    assert refused("faces", tmp_path / "nowhere", "anna")["code"] == "project.missing"


def test_an_unknown_identity(folder, refused):
    error = refused("faces", folder, "bo")
    assert error["code"] == "identity.unknown"
    assert "studio identity add" in error["hint"]


def test_extraction_without_a_consent_record(folder, tmp_path, refused):
    assert refused("extract", folder, "bo", tmp_path / "clip.mp4")["code"] == "identity.unknown"


def test_an_expired_record(folder, refused, capsys):
    add = ["identity", "add", str(folder), "old", "--basis", "written", "--note", "signed", "--expires", "2020-01-31"]
    assert run(add) == 0
    capsys.readouterr()
    assert refused("extract", folder, "old", "clip.mp4")["code"] == "consent.expired"


def test_a_revoked_record_stops_extraction_and_training(folder, refused, capsys):
    assert run(["identity", "revoke", str(folder), "anna", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["derived"] == []
    assert refused("extract", folder, "anna", "clip.mp4")["code"] == "consent.revoked"
    assert refused("train", folder, "anna", "anna")["code"] == "consent.revoked"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("absent.mp4", None, "media.missing"),
        ("empty.mp4", b"", "media.empty"),
        ("letter.mp4", b"Dear reader, this is no video.\n" * 40, "media.unreadable"),
        ("letter.png", b"nor is this a picture", "media.unreadable"),
    ],
)
def test_a_file_that_is_no_video_or_picture(folder, tmp_path, refused, name, content, code):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert refused("extract", folder, "anna", path)["code"] == code


def test_an_empty_folder_of_media(folder, tmp_path, refused):
    (tmp_path / "media").mkdir()
    assert refused("extract", folder, "anna", tmp_path / "media")["code"] == "media.none"


def test_a_picture_without_a_face(folder, tmp_path, refused):
    import numpy as np

    from studio.core.vision import cv2  # here: the other tests need no OpenCV

    cv2.imwrite(str(tmp_path / "grey.png"), np.full((200, 200, 3), 128, np.uint8))
    assert refused("extract", folder, "anna", tmp_path / "grey.png")["code"] == "media.noface"


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("new",),
        ("clean", "DIR", "anna", "--min-blur", "sharp"),
        ("clean", "DIR", "anna", "--duplicates", "300"),
        ("clean", "DIR", "anna", "--max-jaw", "3"),
        ("extract", "DIR", "anna", "clip.mp4", "--every", "0"),
        ("extract", "DIR", "anna", "clip.mp4", "--engine", "magic"),
        ("identity", "add", "DIR", "bo", "--basis", "hearsay", "--note", "x"),
        ("identity", "add", "DIR", "bo", "--basis", "self", "--note", "x", "--expires", "soon"),
        ("train", "DIR", "anna", "bo", "--steps", "0"),
    ],
)
def test_a_word_a_command_does_not_take(folder, refused, words):
    assert refused(*(folder if word == "DIR" else word for word in words))["code"].startswith("usage")


def test_a_name_that_leads_out_of_the_project(folder, refused):
    error = refused("identity", "add", folder, "../evil", "--basis", "self", "--note", "x")
    assert error["code"] == "identity.name"


def test_training_with_an_empty_faceset(folder, refused, capsys):
    assert run(["identity", "add", str(folder), "bo", "--basis", "synthetic", "--note", "rendered"]) == 0
    capsys.readouterr()
    assert refused("train", folder, "anna", "bo")["code"] == "faceset.empty"


def test_an_unknown_run(folder, refused):
    assert refused("stop", folder, "20260101T000000-train-x")["code"] == "run.unknown"


def test_a_project_of_a_newer_version_is_refused_and_left_as_it_is(folder, refused):
    connection = sqlite3.connect(folder / "project.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = (folder / "project.db").read_bytes()
    assert refused("faces", folder, "anna")["code"] == "project.newer"
    assert (folder / "project.db").read_bytes() == before


def test_a_file_that_verify_can_not_find(tmp_path, refused):
    assert refused("verify", tmp_path / "absent.mp4")["code"] == "media.missing"


def test_a_read_only_project(folder):
    """Run as a user without rights, since root may write anywhere."""
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.getuid() and path.is_relative_to(tempfile.gettempdir()):
            path.chmod(path.stat().st_mode | 0o055)
    code = (
        "import os, sys\n"
        "from studio.cli import identity\n"
        "from studio.cli.app import run\n"
        "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "sys.exit(run(sys.argv[1:]))"
    )
    folder.chmod(0o555)
    words = ["identity", "add", str(folder), "bo", "--basis", "self", "--note", "x", "--json"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    folder.chmod(0o755)
    assert done.returncode == 2, done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "storage.readonly"
    with Project(folder) as project:
        assert [identity.name for identity in project.store.identities.all()] == ["anna"]


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of half a megabyte."""
    where = tmp_path / "disk"
    where.mkdir()
    if not shutil.which("mount"):
        pytest.skip("mount is not here to make a small disk")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(where)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("a small disk can be mounted only as root with the right to mount")
    yield where
    subprocess.run(["umount", str(where)], check=True)


def test_a_full_disk(tiny_disk, refused, capsys):
    folder = tiny_disk / "p"
    assert run(["new", str(folder)]) == 0
    capsys.readouterr()
    filler = tiny_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    refusal = refused("identity", "add", folder, "bo", "--basis", "self", "--note", "x")
    assert refusal["code"] == "storage.full"
    filler.unlink()
    with Project(folder) as project:
        assert project.store.identities.all() == []
