"""Exports that are stopped, fail, meet each other or somebody's withdrawal, with the real engines on the sample."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.cli.app import run as studio
from studio.conversion.parts import parts_of
from studio.core.errors import CheckpointError, ConsentError, RunError, Stopped, StorageError, StudioError, UsageError
from studio.core.project import Project
from studio.core.reporter import Silent
from studio.core.resources import assets
from studio.core.runs import RunFolder
from studio.jobs import convert, frame
from studio.jobs.swapping import SwapChoice
from studio.jobs.unfinished import Unfinished
from studio.provenance.credentials import State, verify
from studio.video.probe import probe
from studio.video.read import read_frames
from studio.video.write import VideoWriter

SAMPLE = assets() / "sample"
FRAMES = 6


class Watching(Silent):
    """A user who does something as soon as a stage has got so far."""

    def __init__(self, stage: str = "", at: int = 1, do: Callable[[], object] = lambda: None) -> None:
        self.notes: list[str] = []
        self.stages: dict[str, int] = {}
        self._stage, self._at, self._do = stage, at, do

    def note(self, text):
        self.notes.append(text)

    def progress(self, stage, done, total=None):
        self.stages[stage] = done
        if (stage, done) == (self._stage, self._at):
            self._do()


class Stopping(Watching):
    """A user who stops the job when a stage has got so far."""

    stopped = False

    def __init__(self, stage: str, at: int = 1) -> None:
        super().__init__(stage, at, self._stop)

    def _stop(self):
        self.stopped = True

    def check(self):
        if self.stopped:
            raise Stopped


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A project with a network of two steps."""
    folder = tmp_path_factory.mktemp("convert") / "p"
    commands = [["new", folder]]
    for name in ("tomas", "mira"):
        commands.append(["identity", "add", folder, name, "--basis", "synthetic", "--note", "sample"])
        commands.append(["extract", folder, name, SAMPLE / f"{name}.mp4", "--every", "30"])
    commands.append(["train", folder, "tomas", "mira", "--steps", "2", "--set", "batch_size=1"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_HOME", str(folder.parent / "user"))
        for words in commands:
            assert studio([str(word) for word in words]) == 0
    return folder


@pytest.fixture
def project(folder):
    with Project(folder) as project:
        yield project


def _clip(path: Path) -> Path:
    """The first frames of one sample, without sound."""
    info = probe(SAMPLE / "mira.mp4")
    with VideoWriter(path, info.width, info.height, rate=info.rate, time_base=info.time_base, like=info) as writer:
        for shown in read_frames(info.path, 0, FRAMES):
            writer.write(shown.image, shown.pts)
    return path


@pytest.fixture(scope="module")
def video(folder) -> Path:
    return _clip(folder.parent / "my.clip.mp4")


@pytest.fixture
def order(folder, project, video, tmp_path):
    """The configuration of an export of these frames."""
    (training,) = (run.name for run in project.runs.iterdir() if "-train-" in run.name)

    def made(out: Path | None = tmp_path / "exports" / "out.mp4", codec: str = "libx264", **changed) -> dict:
        return {
            "project": folder, "videos": [video], "run": training, "to": "tomas", "settings": {"codec": codec},
            "out": out, **changed,
        }  # fmt: skip

    return made


def _names(folder: Path) -> list[str]:
    """Everything in the test's folder but what belongs to the user."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    return sorted(name for name in names if name.split("/")[0] != "user")


def _left(project: Project, out: Path) -> list[Path]:
    """What lies in the project of an export that is not finished."""
    return [path for path in Unfinished(project, out).unsigned.parent.parent.rglob("*") if path.is_file()]


def _converts_nothing(config: dict) -> dict:
    again = Watching()
    done = convert.run(config, again)
    assert "convert" not in again.stages
    assert "An earlier start of this export has converted all of its frames." in again.notes
    assert (done["frames"], done["credentials"]) == (FRAMES, "valid")
    return done


def test_an_export_leaves_nothing_unfinished(project, order, tmp_path):
    done = convert.run(order(tmp_path / "out.mkv"), Watching())
    assert _names(tmp_path) == ["out.mkv", "out.mkv.c2pa"]
    assert verify(Path(done["out"])).state is State.VALID
    assert _left(project, tmp_path / "out.mkv") == []
    again = Watching()
    convert.run(order(tmp_path / "out.mkv"), again)
    assert again.stages["convert"] == FRAMES


def test_of_several_exports_those_that_are_done_leave_nothing_unsigned(project, order, tmp_path):
    videos = [_clip(tmp_path / f"{name}.mp4") for name in ("one", "two")]
    left: list[list[Path]] = []
    first = tmp_path / "out" / "one-to-tomas.mp4"

    def second_begins() -> None:
        left.append([path for path in _left(project, first) if first.is_file()])

    convert.run(order(tmp_path / "out", videos=videos), Watching("convert", FRAMES, second_begins))

    assert left[1] == []
    assert first.is_file()


def test_an_export_by_a_checkpoint_that_is_not_there_is_refused(order):
    with pytest.raises(CheckpointError):
        convert.run(order(checkpoint=99), Watching())


def test_an_export_left_running_is_made_without_whoever_started_it(folder, project, video, order, tmp_path, capsys):
    out = tmp_path / "out.mp4"
    words = ["convert", folder, video, "--run", order()["run"], "--to", "tomas", "--out", out, "--checkpoint", 2]
    assert studio([*(str(word) for word in words), "--detach", "--json"]) == 0
    run = RunFolder(project.runs / json.loads(capsys.readouterr().out)["run"])
    deadline = time.monotonic() + 200
    while run.alive():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert run.result()["out"] == str(out)
    assert verify(out).state is State.VALID


def test_frames_whose_signing_is_stopped_are_not_converted_again(project, order, tmp_path):
    config = order(tmp_path / "exports" / "frames", "png")
    with pytest.raises(Stopped):
        convert.run(config, Stopping("sign", 3))
    assert _names(tmp_path) == ["exports"]
    stretches = parts_of(Unfinished(project, config["out"]).unsigned)
    assert {path.parent for path in _left(project, config["out"])} == {stretches}
    _converts_nothing(config)
    assert len(list(config["out"].glob("*.png"))) == FRAMES
    assert _left(project, config["out"]) == []


def test_an_export_that_can_not_take_its_name_is_not_converted_again(project, order, tmp_path):
    config = order()
    with pytest.raises(StorageError) as caught:
        convert.run(config, Watching("convert", FRAMES, config["out"].mkdir))
    assert caught.value.code == "storage.path"
    assert _names(tmp_path) == ["exports", "exports/out.mp4"]
    config["out"].rmdir()
    _converts_nothing(config)
    assert _left(project, config["out"]) == []


def test_a_twin_that_is_stopped_costs_no_conversion(project, order, tmp_path):
    config = order(pristine_twin=True)
    with pytest.raises(Stopped):
        convert.run(config, Stopping("twin"))
    assert _names(tmp_path) == ["exports", "exports/out.mp4"]
    _converts_nothing(config)
    assert _names(tmp_path) == ["exports", "exports/out-pristine.mp4", "exports/out.mp4"]
    assert _left(project, config["out"]) == []


def test_what_an_earlier_start_left_half_written_is_removed(project, order, tmp_path):
    out = tmp_path / "out.mp4"
    place = Unfinished(project, out)
    part = ".part-0123456789ab-"
    left = [place.unsigned.with_name(f"{part}out.mp4"), place.signed, tmp_path / f"{part}out.mp4"]
    other = tmp_path / f"{part}other.mp4"
    for path in (*left, other):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    convert.run(order(out), Watching())
    assert _names(tmp_path) == [other.name, "out.mp4"]
    assert _left(project, out) == []


def test_a_second_export_into_the_same_place_is_refused_while_the_first_goes_on(project, order, tmp_path):
    config = order(pristine_twin=True)
    refused: list[StudioError] = []

    def second(out: Path) -> None:
        with pytest.raises(RunError) as caught:
            convert.run(order(out), Watching())
        refused.append(caught.value)

    def others() -> None:
        second(config["out"])
        second(tmp_path / "exports" / "." / "out.mp4")
        second(tmp_path / "exports" / "out-pristine.mp4")

    done = convert.run(config, Watching("convert", 2, others))
    assert [error.code for error in refused] == ["run.exporting"] * 3
    assert all(error.hint for error in refused)
    assert (done["frames"], done["credentials"]) == (FRAMES, "valid")
    assert convert.run(order(config["out"]), Watching())["frames"] == FRAMES


def test_a_twin_replaces_no_folder_of_other_things(order, tmp_path):
    mine = tmp_path / "frames-pristine" / "letter.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(UsageError) as caught:
        convert.run(order(tmp_path / "frames", "png", pristine_twin=True), Watching())
    assert caught.value.code == "usage.out"
    assert mine.read_text() == "mine"
    (tmp_path / "out-pristine.mp4").mkdir()
    with pytest.raises(UsageError):
        convert.run(order(tmp_path / "out.mp4", pristine_twin=True), Watching())


def test_a_driver_with_a_dot_in_its_name_gives_a_folder_of_frames(project, order):
    done = convert.run(order(None, "png", pristine_twin=True), Watching())
    assert Path(done["out"]) == project.exports / "my.clip-to-tomas"
    assert Path(done["pristine_twin"]) == project.exports / "my.clip-to-tomas-pristine"
    for name in ("frames.mp4", "frames.PNG"):
        with pytest.raises(UsageError):
            convert.run(order(project.exports / name, "png"), Watching())


@pytest.mark.parametrize("person", ["mira", "tomas"])
def test_an_export_ends_when_driver_or_target_withdraws(folder, project, order, tmp_path, monkeypatch, person):
    monkeypatch.setattr("studio.jobs.guard._EVERY_S", 0.0)

    def withdraw() -> None:
        with Project(folder) as other:
            other.store.identities.revoke(other.store.identities.get(person))

    watching = Watching("convert", 2, withdraw)
    try:
        with pytest.raises(ConsentError) as caught:
            convert.run(order(), watching)
    finally:
        words = ["identity", "add", folder, person, "--basis", "synthetic", "--note", "again"]
        assert studio([str(word) for word in words]) == 0
    assert caught.value.code == "consent.revoked"
    assert watching.stages["convert"] == 2
    assert _names(tmp_path) == ["exports"]


def test_a_frame_lies_in_the_project_until_it_is_signed(project, order, video, tmp_path):
    config, out = order(), tmp_path / "f.png"
    choice = SwapChoice(run=config["run"], to="tomas")
    with Unfinished(project, out).held(), pytest.raises(RunError):
        frame.convert_frame(project, video, choice, convert.ConvertSettings(), 0, out, None, Watching())
    out.mkdir()
    with pytest.raises(StorageError):
        frame.convert_frame(project, video, choice, convert.ConvertSettings(), 0, out, None, Watching())
    assert _names(tmp_path) == ["f.png"]
    out.rmdir()
    frame.convert_frame(project, video, choice, convert.ConvertSettings(), 0, out, None, Watching())
    assert _names(tmp_path) == ["f.png"]
    assert verify(out).state is State.VALID
    assert _left(project, out) == []
