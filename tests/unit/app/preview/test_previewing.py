"""The frame on show is the frame of the export, whatever happens to the engine: real engine, network and videos."""

import os
import signal

import numpy as np
import pytest

from studio.app.background import Inline
from studio.app.preview.outlines import outlines
from studio.app.preview.previewing import Choice, Previewing
from studio.app.settings import UserSettings
from studio.app.studio import Studio
from studio.cli.app import run as command
from studio.core.project import Project
from studio.core.resources import assets
from studio.video.media import read_image
from studio.video.probe import probe
from studio.video.read import read_frames
from studio.video.write import VideoWriter

SAMPLE = assets() / "sample"
FRAMES = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project with a network of two steps."""
    folder = tmp_path_factory.mktemp("preview") / "p"
    commands = [["new", folder]]
    for name in ("tomas", "mira"):
        commands.append(["identity", "add", folder, name, "--basis", "synthetic", "--note", "sample"])
        commands.append(["extract", folder, name, SAMPLE / f"{name}.mp4", "--every", "30"])
    commands.append(["train", folder, "tomas", "mira", "--steps", "2", "--set", "batch_size=1"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_HOME", str(folder.parent / "user"))
        for words in commands:
            assert command([str(word) for word in words]) == 0
    return folder


@pytest.fixture(scope="module")
def video(folder):
    """The first frames of one sample."""
    path, info = folder.parent / "driver.mp4", probe(SAMPLE / "mira.mp4")
    with VideoWriter(path, info.width, info.height, rate=info.rate, time_base=info.time_base, like=info) as writer:
        for shown in read_frames(info.path, 0, FRAMES):
            writer.write(shown.image, shown.pts)
    return path


@pytest.fixture(scope="module")
def trained(folder):
    (run,) = (run.name for run in (folder / "runs").iterdir() if "-train-" in run.name)
    return run


class Watched(Previewing):
    """A preview, and what it tells."""

    def __init__(self, studio):
        super().__init__(studio)
        self.sentences, self.errors, self.shown = [], [], []
        self.told.connect(self.sentences.append)
        self.failed.connect(self.errors.append)
        self.frame_changed.connect(lambda: self.shown.append(self.ready is not None))


@pytest.fixture
def preview(folder):
    """The preview of a session that does all work at once."""
    studio = Studio(Inline(), UserSettings())
    studio.project = Project(folder)
    made = Watched(studio)
    yield made
    made.close()
    studio.project.close()


@pytest.fixture
def opened(preview, video, trained):
    preview.open(Choice(video, trained, "tomas"))
    return preview


def frame_of(folder, video, trained, time, out, *options):
    words = ["frame", folder, video, "--run", trained, "--to", "tomas", "--at", time, "--out", out, *options]
    assert command([str(word) for word in words]) == 0
    return read_image(out)


def test_an_opened_video_is_described_and_its_first_frame_shown(opened, trained):
    assert opened.video.frames == FRAMES
    assert (opened.video.drivers, opened.video.target) == (("mira",), "tomas")
    assert (opened.video.step, opened.video.size) == (2, 96)
    assert opened.progress is None
    assert opened.shown == [False, True], "the driver's frame first, then its faces"
    assert opened.blended.mask_pixels > 0
    assert not opened.busy


def test_the_frame_on_show_is_that_of_the_export_to_the_pixel(opened, folder, video, trained, tmp_path):
    opened.go_to(5)
    own = frame_of(folder, video, trained, opened.time, tmp_path / "a.png")
    assert np.array_equal(opened.blended.image, own)
    opened.change(squeeze=30.0, squeeze_method="scale", colour="lab")
    options = ["--squeeze", 30, "--squeeze-method", "scale", "--colour", "lab"]
    own = frame_of(folder, video, trained, opened.time, tmp_path / "b.png", *options)
    assert np.array_equal(opened.blended.image, own)
    opened.set_label(False)
    own = frame_of(folder, video, trained, opened.time, tmp_path / "c.png", *options, "--no-label", "a test")
    assert np.array_equal(opened.blended.image, own)


def test_a_slider_that_moves_is_near_and_one_that_rests_is_exact(opened, folder, video, trained, tmp_path):
    opened.go_to(3)
    opened.drag(True)
    for pixels in range(10, 21):
        opened.set_squeeze(float(pixels))
    near = opened.blended
    assert not near.exact
    opened.drag(False)
    assert opened.blended.exact
    assert np.abs(near.image.astype(int) - opened.blended.image).max() <= 1
    own = frame_of(folder, video, trained, opened.time, tmp_path / "a.png", "--squeeze", 20)
    assert np.array_equal(opened.blended.image, own)


def test_keyframes_change_the_squeeze_over_time_as_they_do_in_the_export(opened, folder, video, trained, tmp_path):
    opened.go_to(0)
    opened.set_key(5.0)
    opened.go_to(FRAMES - 1)
    opened.set_squeeze(40.0)
    assert [pixels for _, pixels in opened.keys] == [5, 40]
    opened.go_to(3)
    assert 5 < opened.squeeze < 40
    at = ",".join(f"{seconds!r}:{pixels:g}" for seconds, pixels in opened.keys)
    own = frame_of(folder, video, trained, opened.time, tmp_path / "a.png", "--squeeze-at", at)
    assert np.array_equal(opened.blended.image, own)
    opened.set_keys(())
    assert opened.squeeze == opened.settings.squeeze


def test_an_engine_that_is_killed_comes_back_by_itself_and_shows_the_frame_that_was_wanted(opened):
    opened.go_to(2)
    before, engine = opened.blended.image, opened._engine
    os.kill(engine.pid, signal.SIGKILL)
    opened.go_to(6)
    assert opened.sentences == ["The preview engine ended without a word and was started again."]
    assert opened.blended.index == 6
    opened.go_to(2)
    assert np.array_equal(opened.blended.image, before)


def test_a_tile_strip_comes_for_the_timeline(opened):
    tiles = []
    opened.lay_strip([0, 3, 7], 40, lambda index, tile: tiles.append((index, tile.shape)))
    assert tiles == [(0, (40, 40, 3)), (3, (40, 40, 3)), (7, (40, 40, 3))]


def test_what_can_not_be_opened_is_told_and_something_else_can_be(preview, video, trained, tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"no video")
    preview.open(Choice(tmp_path / "x.mp4", trained, "tomas"))
    assert [error.code for error in preview.errors] == ["media.unreadable"]
    assert preview.video is None
    preview.open(Choice(video, trained, "tomas", step=99))
    assert preview.errors[-1].code == "checkpoint.missing"
    preview.open(Choice(video, trained, "tomas", step=2))
    assert preview.video.frames == FRAMES


def test_outlines_run_along_the_masks_in_the_frame(opened):
    found = {outline.kind: outline.points for outline in outlines(opened.ready, opened.blended)}
    assert set(found) == {"driver", "generated", "blend"}
    box = [np.concatenate(lines) for lines in (found["driver"], found["blend"])]
    assert (box[0].min(0) < box[1].min(0)).all()
    assert (box[0].max(0) > box[1].max(0)).all()
