import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from studio.core.errors import StorageError
from studio.core.files import (
    inside,
    move_whole,
    remove_parts,
    sha256,
    whole_file,
    whole_folder,
    write_bytes,
    write_json,
)


def test_a_failed_write_leaves_the_older_file_and_nothing_else(tmp_path):
    path = tmp_path / "report.json"
    write_bytes(path, b"old")
    with pytest.raises(RuntimeError), whole_file(path) as part:
        part.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]


def test_a_file_is_never_visible_half_written_under_its_final_name(tmp_path):
    path = tmp_path / "video.mp4"
    with whole_file(path) as part:
        part.write_bytes(b"half")
        assert not path.exists()
        assert part.suffix == ".mp4"
        part.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"


def test_what_a_killed_writer_left_can_be_removed(tmp_path):
    code = (
        "import os, pathlib, sys; from studio.core.files import whole_file\n"
        "with whole_file(pathlib.Path(sys.argv[1])) as part:\n"
        "    part.write_bytes(b'half'); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.bin")], check=False)
    assert killed.returncode == -9
    assert not (tmp_path / "a.bin").exists()
    assert len(list(tmp_path.iterdir())) == 1
    remove_parts(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["clip.mp4", "a[1].mp4"])
def test_what_a_killed_writer_left_is_known_by_the_whole_name_alone(tmp_path, name):
    part = ".part-0123456789ab-"
    others = [f"my-{name}", f"{part}{name}", "a1.mp4", f"{name}.c2pa"]
    for other in (name, *others):
        (tmp_path / f"{part}{other}").touch()
    (tmp_path / f".part-{name}").touch()
    remove_parts(tmp_path, name)
    assert {path.name for path in tmp_path.iterdir()} == {f".part-{name}", *(f"{part}{other}" for other in others)}


OTHER_DISK = Path("/dev/shm")


@pytest.fixture(params=["the same disk", "another disk"])
def elsewhere(request, tmp_path):
    """A folder on the same file system as `tmp_path`, or on another one."""
    if request.param == "the same disk":
        (tmp_path / "elsewhere").mkdir()
        yield tmp_path / "elsewhere"
        return
    if not OTHER_DISK.is_dir() or OTHER_DISK.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one file system here")
    with tempfile.TemporaryDirectory(dir=OTHER_DISK) as folder:
        yield Path(folder)


def test_a_file_takes_the_place_of_an_older_one_on_any_disk(tmp_path, elsewhere):
    (tmp_path / "new.bin").write_bytes(b"new")
    (elsewhere / "a.bin").write_bytes(b"old")
    move_whole(tmp_path / "new.bin", elsewhere / "a.bin")
    assert [path.name for path in elsewhere.iterdir()] == ["a.bin"]
    assert (elsewhere / "a.bin").read_bytes() == b"new"
    assert not (tmp_path / "new.bin").exists()


def test_a_folder_takes_the_place_of_an_older_one_on_any_disk(tmp_path, elsewhere):
    for folder, name in ((tmp_path / "new", "1.png"), (elsewhere / "frames", "0.png")):
        folder.mkdir()
        (folder / name).write_bytes(b"picture")
    move_whole(tmp_path / "new", elsewhere / "frames")
    assert [path.relative_to(elsewhere).as_posix() for path in elsewhere.rglob("*")] == ["frames", "frames/1.png"]
    assert not (tmp_path / "new").exists()


def test_a_folder_in_a_files_way_is_told_and_both_stay(tmp_path, elsewhere):
    (tmp_path / "new.bin").write_bytes(b"new")
    (elsewhere / "a.bin").mkdir()
    with pytest.raises(StorageError) as caught:
        move_whole(tmp_path / "new.bin", elsewhere / "a.bin")
    assert caught.value.code == "storage.path"
    assert (tmp_path / "new.bin").read_bytes() == b"new"
    assert [path.name for path in elsewhere.iterdir()] == ["a.bin"]


def test_a_folder_that_is_not_finished_leaves_the_older_one(tmp_path):
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "0.png").touch()
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "frames") as part:
        (part / "1.png").touch()
        raise RuntimeError
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["frames", "frames/0.png"]


def test_a_full_disk_is_told_in_a_sentence_with_a_hint(tmp_path):
    with pytest.raises(StorageError) as caught, whole_file(tmp_path / "a.bin") as part:
        part.touch()
        with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - the device that is always full
            full.write(b"x")
    assert caught.value.code == "storage.full"
    assert caught.value.hint
    assert not list(tmp_path.iterdir())


def test_a_folder_that_may_not_be_written_is_told_in_a_sentence(tmp_path):
    code = (
        "import os, pathlib, sys; from studio.core.files import write_bytes\n"
        "from studio.core.errors import StorageError\n"
        "os.getuid() or os.setuid(65534)\n"
        "try: write_bytes(pathlib.Path(sys.argv[1]), b'x')\n"
        "except StorageError as error: print(error.code)"
    )
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and folder.is_relative_to(tempfile.gettempdir()):
            folder.chmod(folder.stat().st_mode | 0o055)
    (tmp_path / "closed").mkdir(mode=0o555)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "closed" / "a.bin")], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "storage.readonly"


def test_json_refuses_what_is_no_number(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../b"])
def test_a_path_from_a_file_can_not_lead_out_of_its_folder(tmp_path, path):
    with pytest.raises(StorageError):
        inside(tmp_path, path)
    assert inside(tmp_path, "a/b") == tmp_path.resolve() / "a" / "b"


def test_the_hash_is_sha256_of_the_content(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
