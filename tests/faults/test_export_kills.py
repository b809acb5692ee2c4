"""`studio convert` is killed at random moments, twenty times; the same command always ends with a whole export."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest

from studio.conversion.parts import parts_of
from studio.core.project import Project
from studio.core.resources import assets
from studio.core.runs import RunFolder
from studio.jobs.unfinished import Unfinished
from studio.provenance.credentials import State, verify
from studio.video.probe import probe
from studio.video.read import read_frames
from studio.video.write import VideoWriter

SAMPLE = assets() / "sample" / "mira.mp4"
FRAMES = 600


class Studio:
    """Commands on a project whose network was trained for two steps, and whose driver is analysed."""

    def __init__(self, folder: Path) -> None:
        self.project, self._environment = folder / "p", {**os.environ, "STUDIO_HOME": str(folder / "user")}
        self.finish("new", self.project)
        for name in ("tomas", "mira"):
            self.finish("identity", "add", self.project, name, "--basis", "synthetic", "--note", "sample")
            self.finish("extract", self.project, name, assets() / "sample" / f"{name}.mp4", "--every", "15")
        trained = self.finish("train", self.project, "tomas", "mira", "--steps", "2", "--set", "batch_size=1")
        self.run, self.clip = trained["run"], looped(folder / "long.mp4")
        self.finish("analyse", self.project, self.clip)

    def start(self, *words) -> subprocess.Popen:
        whole = [sys.executable, "-m", "studio", *(str(word) for word in words), "--json"]
        return subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environment)

    def finish(self, *words) -> dict:
        process = self.start(*words)
        printed, _ = process.communicate(timeout=600)
        assert process.returncode == 0, printed
        return json.loads(printed)


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Studio:
    return Studio(tmp_path_factory.mktemp("kills"))


def looped(path: Path) -> Path:
    """The sample over and over, with a sound as long."""
    info = probe(SAMPLE)
    plain = path.with_name("silent.mp4")
    with VideoWriter(plain, info.width, info.height, rate=info.rate, time_base=info.time_base, like=info) as writer:
        for number in range(FRAMES // 150):
            for frame in read_frames(SAMPLE):
                writer.write(frame.image, frame.pts + number * 150 * 512)
    with av.open(str(path), "w") as film, av.open(str(plain)) as source:
        picture = film.add_stream_from_template(source.streams.video[0])
        sound = film.add_stream("aac", rate=48000, layout="mono")
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = picture
                film.mux(packet)
        for start in range(0, FRAMES * 1600, 1600):
            beep = av.AudioFrame(format="fltp", layout="mono", samples=1600)
            beep.planes[0].update(bytes(6400))
            beep.sample_rate, beep.pts = 48000, start
            film.mux(sound.encode(beep))
        film.mux(sound.encode(None))
    return path


def sound_of(path: Path) -> tuple[float, float]:
    """Where the sound begins and ends, in seconds."""
    with av.open(str(path)) as film:
        packets = [packet for packet in film.demux(audio=0) if packet.size]
    last = packets[-1]
    return float(packets[0].pts * last.time_base), float((last.pts + last.duration) * last.time_base)


def assert_whole(out: Path, clip: Path) -> None:
    times = [frame.time for frame in read_frames(out)]
    assert times == [frame.time for frame in read_frames(clip)]
    assert len(times) == FRAMES
    assert sound_of(out) == pytest.approx(sound_of(clip), abs=1 / 30)
    assert verify(out).state == State.VALID


def kill(process: subprocess.Popen, out: Path, clip: Path) -> None:
    """Kill an export; a file under the final name is whole, and taken away."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if out.exists():
        assert_whole(out, clip)
        out.unlink()


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_twenty_kills_during_an_export_lose_no_frame(studio, tmp_path):
    rng = random.Random(5)
    out = tmp_path / "out.mp4"
    command = ["convert", studio.project, studio.clip, "--run", studio.run, "--to", "tomas", "--out", out]
    with Project(studio.project) as project:
        parts = parts_of(Unfinished(project, out).unsigned)
    began = time.monotonic()
    process = studio.start(*command)
    while process.poll() is None and not any(parts.glob("*.npz")):
        time.sleep(0.02)
    # As long as this machine takes to the first stretch: later kills fall before, into and after another one.
    stretch = time.monotonic() - began
    gone_on = 0
    for _ in range(19):
        kill(process, out, studio.clip)
        gone_on += any(parts.glob("*.npz"))
        process = studio.start(*command)
        time.sleep(rng.uniform(0, 1.5 * stretch))
    kill(process, out, studio.clip)
    assert gone_on >= 5

    done = studio.finish(*command)

    assert (done["frames"], done["frames_swapped"]) == (FRAMES, FRAMES)
    assert_whole(out, studio.clip)
    assert [path.name for path in tmp_path.iterdir() if path.name != "user"] == ["out.mp4"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_a_killed_export_leaves_is_told_when_consent_is_withdrawn(studio, tmp_path):
    """Stretches of an export that is not whole show a face, and are named wherever the export was to lie."""
    out = tmp_path / "elsewhere" / "out.mp4"
    with Project(studio.project) as project:
        parts = parts_of(Unfinished(project, out).unsigned)
    process = studio.start("convert", studio.project, studio.clip, "--run", studio.run, "--to", "tomas", "--out", out)
    while process.poll() is None and not any(parts.glob("*.npz")):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    derived = studio.finish("identity", "revoke", studio.project, "mira")["derived"]
    assert {path.relative_to(studio.project).as_posix() for path in parts.glob("*.npz")} <= set(derived)
    assert any(parts.glob("*.npz"))
    studio.finish("identity", "add", studio.project, "mira", "--basis", "synthetic", "--note", "sample")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_export_killed_while_it_is_signed_leaves_nothing_beside_it_and_is_not_converted_again(studio, tmp_path):
    out = tmp_path / "elsewhere" / "frames"
    words = ["convert", studio.project, studio.clip, "--run", studio.run, "--to", "tomas", "--frames", "0:100"]
    with Project(studio.project) as project:
        place = Unfinished(project, out)
    process = studio.start(*words, "--codec", "png", "--out", out)
    while process.poll() is None and not any(place.signed.parent.rglob("*.png")):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert any(place.signed.parent.rglob("*.png"))
    assert list(out.parent.iterdir()) == []

    done = studio.finish(*words, "--codec", "png", "--out", out)

    assert (done["frames"], done["credentials"]) == (100, "valid")
    assert [path.name for path in out.parent.iterdir()] == ["frames"]
    assert not any(path.is_file() and path.suffix != ".lock" for path in place.unsigned.parent.parent.rglob("*"))
    told = [event["text"] for event in RunFolder(studio.project / "runs" / done["run"]).events() if "text" in event]
    assert "An earlier start of this export has converted all of its frames." in told
