"""Every command in the order a user meets them, on the sample clips: the promised keys, and what they hold."""

import json
import math
from pathlib import Path

import av
import numpy as np
import pytest

from studio.cli.app import run
from studio.core.pictures import write_png
from studio.core.project import Project
from studio.core.resources import assets
from studio.core.runs import RunFolder
from studio.core.vision import cv2
from studio.video.media import read_image
from studio.video.probe import probe
from studio.video.read import read_frames
from studio.video.write import VideoWriter

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
DRIVER = assets() / "sample" / "tomas.mp4"
OTHER = assets() / "sample" / "mira.mp4"


class Shell:
    """Runs commands with --json and gives what they print; stderr is progress."""

    def __init__(self, capsys: pytest.CaptureFixture) -> None:
        self._capsys = capsys

    def __call__(self, *words: object, status: int = 0) -> dict:
        self._capsys.readouterr()
        assert run([*(str(word) for word in words), "--json"]) == status
        return json.loads(self._capsys.readouterr().out)


@pytest.fixture
def studio(capsys):
    return Shell(capsys)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A project with both facesets, a network of four steps and a detector."""
    folder = tmp_path_factory.mktemp("pipeline") / "p"
    commands = [
        ["new", folder],
        *(["identity", "add", folder, n, "--basis", "synthetic", "--note", "sample"] for n in ("tomas", "mira")),
        ["extract", folder, "tomas", DRIVER, "--every", "10"],
        ["extract", folder, "mira", OTHER, "--every", "10"],
        ["train", folder, "tomas", "mira", "--steps", "4", "--set", "batch_size=2"],
        ["detector", "train", folder, "--kind", "frequency"],
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_HOME", str(folder.parent / "user"))
        for words in commands:
            assert run([str(word) for word in words]) == 0
    return folder


@pytest.fixture(scope="module")
def short(tmp_path_factory) -> Path:
    """The first frames of the other clip."""
    path = tmp_path_factory.mktemp("short") / "short.mp4"
    info = probe(OTHER)
    with VideoWriter(path, info.width, info.height, rate=info.rate, time_base=info.time_base, like=info) as writer:
        for frame in read_frames(OTHER, 0, 4):
            writer.write(frame.image, frame.pts)
    return path


@pytest.fixture
def trained(folder, studio) -> str:
    return next(row["run"] for row in studio("runs", folder)["runs"] if row["kind"] == "train")


def test_extraction_counts_what_it_did_and_adds_only_what_is_new(folder, studio):
    again = studio("extract", folder, "tomas", DRIVER, "--every", "10")
    assert {"frames_read", "faces_found", "faces_written", "engine", "seconds"} <= set(again)
    assert (again["frames_read"], again["faces_written"]) == (0, 0)
    more = studio("extract", folder, "tomas", DRIVER, "--every", "15")
    # Of frames 0, 15, 30, ... every other one was looked at with --every 10.
    assert (more["frames_read"], more["faces_written"]) == (5, 5)


def test_faces_are_rows_with_their_scores(folder, studio):
    faces = studio("faces", folder, "mira")["faces"]
    assert len(faces) == 15
    keys = {"id", "source", "frame", "time", "blur", "yaw", "pitch", "roll", "size", "cluster", "state"}
    assert all(keys <= set(face) for face in faces)
    assert [face["frame"] for face in faces] == list(range(0, 150, 10))
    assert faces[3]["time"] == pytest.approx(1.0, abs=0.01)
    assert {face["source"] for face in faces} == {str(OTHER)}


def test_cleaning_proposes_then_applies_and_undo_takes_it_back(folder, studio):
    shown = studio("clean", folder, "mira")
    assert shown["rejected"] == {"blur": 0, "pose": 0, "size": 0, "identity": 0, "duplicate": 0, "best": 0}
    blur = shown["distributions"]["blur"][3]
    proposed = studio("clean", folder, "mira", "--min-blur", blur)
    assert 0 < proposed["rejected"]["blur"] < 15
    assert proposed["kept"] == 15 - proposed["rejected"]["blur"]
    assert len(studio("faces", folder, "mira")["faces"]) == 15
    studio("clean", folder, "mira", "--min-blur", blur, "--apply")
    assert len(studio("faces", folder, "mira")["faces"]) == proposed["kept"]
    assert len(studio("faces", folder, "mira", "--state", "rejected")["faces"]) == proposed["rejected"]["blur"]
    assert studio("undo", folder)["undone"]
    assert len(studio("faces", folder, "mira")["faces"]) == 15
    assert studio("redo", folder)["redone"]
    assert studio("undo", folder) == {"undone": studio("redo", folder)["redone"], "remaining": 0}
    studio("undo", folder)


def test_a_run_goes_on_to_the_total_it_is_given(folder, studio, trained):
    done = studio("train", folder, "tomas", "mira", "--run", trained, "--steps", "6")
    assert {"run", "steps", "loss", "seconds", "steps_per_second", "checkpoint"} <= set(done)
    assert (done["run"], done["steps"]) == (trained, 6)
    assert math.isfinite(done["loss"])
    assert Path(done["checkpoint"]).is_dir()
    row = next(row for row in studio("runs", folder)["runs"] if row["run"] == trained)
    assert (row["state"], row["steps"], row["pid"]) == ("done", 6, None)


def test_a_detached_training_is_seen_stopped_and_goes_on_from_what_it_saved(folder, studio):
    words = ["train", folder, "tomas", "mira"]
    begun = studio(*words, "--steps", "5000", "--set", "batch_size=1", "--set", "checkpoint_every=5000", "--detach")
    row = {}
    while row.get("steps", 0) < 3:
        row = next(row for row in studio("runs", folder)["runs"] if row["run"] == begun["run"])
        assert row["state"] == "running"
        assert row["pid"] == begun["pid"]
    assert studio(*words, "--run", begun["run"], status=2)["error"]["code"] == "run.busy"
    stopped = studio("stop", folder, begun["run"])
    assert stopped["state"] == "stopped"
    assert stopped["steps"] >= 3
    done = studio(*words, "--run", begun["run"], "--steps", stopped["steps"] + 2)
    assert done["steps"] == stopped["steps"] + 2
    events = RunFolder(folder / "runs" / begun["run"]).events()
    (resumed,) = [event["step"] for event in events if event["kind"] == "resumed"]
    assert stopped["steps"] <= resumed <= done["steps"]


def test_the_settings_of_a_run_are_frozen(folder, studio, trained):
    error = studio("train", folder, "tomas", "mira", "--run", trained, "--set", "seed=3", status=2)["error"]
    assert error["code"] == "usage.frozen"
    error = studio("train", folder, "tomas", "mira", "--set", "sed=3", status=2)["error"]
    assert error["code"] == "usage.setting"
    assert "seed" in error["hint"]


def test_a_conversion_keeps_frames_and_sound_and_says_what_it_is(folder, studio, trained):
    done = studio("convert", folder, DRIVER, "--run", trained, "--to", "mira", "--frames", "10:22")
    assert {"out", "frames", "frames_swapped", "frames_unchanged", "seconds", "credentials"} <= set(done)
    assert (done["frames"], done["frames_swapped"] + done["frames_unchanged"]) == (12, 12)
    with av.open(done["out"]) as video:
        assert sum(1 for _ in video.decode(video=0)) == 12
        assert len(video.streams.audio) == 1
    found = studio("verify", done["out"])
    assert {"signed", "state", "digital_source_type", "squeeze", "model", "identities"} <= set(found)
    assert (found["signed"], found["state"], found["digital_source_type"]) == (True, "valid", SOURCE_TYPE)
    assert (found["squeeze"], found["identities"], found["label"]) == (15, ["mira", "tomas"], "AI-modified")


def test_one_flipped_byte_is_seen(folder, studio, trained):
    out = Path(studio("convert", folder, DRIVER, "--run", trained, "--to", "mira", "--frames", "0:3")["out"])
    data = bytearray(out.read_bytes())
    data[data.index(b"mdat") + 100] ^= 1
    changed = out.with_name("changed.mp4")
    changed.write_bytes(data)
    assert studio("verify", changed)["state"] == "invalid"
    assert studio("verify", DRIVER)["state"] == "none"


def _stripped(video: Path, out: Path) -> Path:
    """What a stranger makes of an export: half as large, re-encoded harder, without credentials."""
    info = probe(video)
    with VideoWriter(
        out, info.width // 2, info.height // 2, rate=info.rate, time_base=info.time_base, like=None, quality=32
    ) as writer:
        for frame in read_frames(video):
            small = cv2.resize(frame.image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            writer.write(small, frame.pts)
    return out


def test_a_stripped_and_reencoded_export_is_known_again_and_the_driver_is_not_taken_for_it(
    folder, studio, trained, tmp_path
):
    done = studio(
        "convert", folder, DRIVER, "--run", trained, "--to", "mira", "--frames", "0:60", "--out", folder / "e.mp4"
    )
    copy = _stripped(Path(done["out"]), tmp_path / "copy.mp4")
    found = studio("verify", copy, "--project", folder)
    assert (found["state"], found["copy_of"]["export"]) == ("none", "e.mp4")
    assert found["copy_of"]["known"] >= 0.9 * found["copy_of"]["frames"] > 0
    assert studio("verify", copy)["copy_of"] is None
    assert studio("verify", folder / "e.mp4")["copy_of"]["export"] == "e.mp4"
    for other in (_stripped(DRIVER, tmp_path / "driver.mp4"), DRIVER, OTHER):
        assert studio("verify", other, "--project", folder)["copy_of"] is None


def test_another_encoder_is_taken_by_name_and_one_that_does_not_exist_is_refused(folder, studio, trained, tmp_path):
    words = ["convert", folder, DRIVER, "--run", trained, "--to", "mira", "--frames", "0:4", "--out"]
    studio(*words, tmp_path / "a.webm", "--codec", "libvpx-vp9")
    assert probe(tmp_path / "a.webm").codec.endswith("vp9")
    assert studio(*words, tmp_path / "a.mp4", "--codec", "x264", status=2)["error"]["code"] == "media.encoder"
    assert studio(*words, tmp_path / "a.mp4", "--codec", "libopus", status=2)["error"]["code"] == "media.encoder"
    assert studio(*words, tmp_path / "a.mp4", "--codec", "prores_ks", status=2)["error"]["code"] == "usage.out"
    assert not (tmp_path / "a.mp4").exists()


def test_leaving_the_label_out_needs_a_reason_which_is_kept(folder, studio, trained):
    words = ["convert", folder, DRIVER, "--run", trained, "--to", "mira", "--frames", "0:2", "--out"]
    assert studio(*words, folder / "a.mp4", "--no-label", " ", status=2)["error"]["code"] == "usage.label"
    frame = ["frame", folder, DRIVER, "--run", trained, "--to", "mira", "--at", "0", "--out", folder / "f.png"]
    assert studio(*frame, "--no-label", "", status=2)["error"]["code"] == "usage.label"
    studio(*words, folder / "a.mp4", "--no-label", "a label would spoil the evaluation")
    found = studio("verify", folder / "a.mp4")
    assert found["label"] is None
    assert found["no_label_reason"] == "a label would spoil the evaluation"


def test_one_frame_is_what_the_export_shows(folder, studio, trained):
    done = studio("frame", folder, DRIVER, "--run", trained, "--to", "mira", "--at", "0.5", "--out", folder / "f.png")
    assert {"out", "face_found", "mask_pixels"} <= set(done)
    assert done["face_found"]
    assert done["mask_pixels"] > 0
    assert studio("verify", folder / "f.png")["digital_source_type"] == SOURCE_TYPE


def test_png_frames_are_those_of_a_lossless_film_each_signed_with_times_and_sound_beside(
    folder, studio, trained, tmp_path
):
    words = ["convert", folder, DRIVER, "--run", trained, "--to", "mira", "--frames", "10:14", "--out"]
    studio(*words, tmp_path / "film.mkv", "--codec", "ffv1")
    for _ in range(2):
        done = studio(*words, tmp_path / "frames", "--codec", "png")
    assert done["credentials"] == "valid"
    names = [f"{number:06d}.png" for number in range(10, 14)]
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [*names, "frames.json", "sound.mka"]
    seconds = json.loads((tmp_path / "frames" / "frames.json").read_text())["seconds"]
    assert list(seconds.values()) == pytest.approx([0, 1 / 30, 2 / 30, 3 / 30])
    for name, frame in zip(names, read_frames(tmp_path / "film.mkv"), strict=True):
        assert (read_image(tmp_path / "frames" / name) == frame.image).all()
        assert studio("verify", tmp_path / "frames" / name)["label"] == "AI-modified"
    with av.open(str(tmp_path / "frames" / "sound.mka")) as sound:
        assert len(sound.streams.audio) == 1
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "letter.txt").write_text("mine")
    assert studio(*words, tmp_path / "own", "--codec", "png", status=2)["error"]["code"] == "usage.out"
    assert (tmp_path / "own" / "letter.txt").read_text() == "mine"


def test_a_squeeze_may_change_over_time_and_the_credentials_say_how(folder, studio, trained, tmp_path):
    words = ["--run", trained, "--to", "mira", "--squeeze-at"]
    out = tmp_path / "k.mkv"
    studio("convert", folder, DRIVER, *words, "0:5,1:45", "--frames", "0:31", "--codec", "ffv1", "--out", out)
    studio("frame", folder, DRIVER, *words, "0:5,1:45", "--at", "1", "--out", tmp_path / "f.png")
    *_, last = read_frames(out)
    assert (read_image(tmp_path / "f.png") == last.image).all()
    assert studio("verify", out)["squeeze_keys"] == [[0, 5], [1, 45]]
    assert studio("verify", out)["squeeze_words"] == "5 px at 0 s, 45 px at 1 s of the 512 px face (erode)"
    assert studio("convert", folder, DRIVER, *words, "0-5", status=2)["error"]["code"] == "usage.keyframes"
    assert studio("convert", folder, DRIVER, *words, "0:70", status=2)["error"]["code"] == "usage.setting"


def test_the_drivers_mask_as_it_is_claims_no_squeeze_whatever_was_asked_for(folder, studio, trained, tmp_path):
    words = [folder, DRIVER, "--run", trained, "--to", "mira", "--mask", "driver"]
    out = folder / "m.mp4"
    studio("convert", *words, "--squeeze-at", "0:5,1:45", "--frames", "0:2", "--out", out)
    studio("frame", *words, "--squeeze", "20", "--at", "0", "--out", tmp_path / "m.png")
    for path in (out, tmp_path / "m.png"):
        found = studio("verify", path)
        assert (found["squeeze"], found["squeeze_keys"], found["squeeze_words"]) == (0, [], "not squeezed")
    with Project(folder) as project:
        (kept,) = [export.settings for export, _ in project.store.exports.known() if export.path == "m.mp4"]
    assert (kept["mask"], kept["squeeze"], kept["squeeze_keys"]) == ("driver", 0, [])


def test_repairs_by_hand_are_listed_taken_back_and_seen_in_frames(folder, studio, trained, tmp_path):
    frame = ["frame", folder, DRIVER, "--run", trained, "--to", "mira", "--at", "0.1", "--out", tmp_path / "f.png"]
    before = studio(*frame)["mask_pixels"]
    assert studio("repair", folder, DRIVER, "--frames", "3:4", "--skip")["frames"] == 1
    assert studio(*frame)["mask_pixels"] == 0
    assert studio("repair", folder, DRIVER, "--undo")["undone"] == "Skip frame 3"
    assert studio(*frame)["mask_pixels"] == before
    white = np.zeros((512, 512), np.uint8)
    white[220:300, 220:300] = 255
    write_png(tmp_path / "mask.png", white)
    studio("repair", folder, DRIVER, "--frames", "3:4", "--mask", tmp_path / "mask.png")
    assert 0 < studio(*frame)["mask_pixels"] < before / 4
    assert studio("repair", folder, DRIVER, "--frames", "3:6", "--interpolate")["frames"] == 3
    assert studio(*frame)["mask_pixels"] == pytest.approx(before, rel=0.05)
    (tmp_path / "points.json").write_text(json.dumps([[0, 0]] * 67))
    bad = ["repair", folder, DRIVER, "--frames"]
    for words in (["3:4", "--landmarks", tmp_path / "points.json"], ["3:9", "--mask", tmp_path / "mask.png"],
                  ["200:201", "--skip"], ["0:150", "--interpolate"], ["3:4", "--skip", "--interpolate"]):  # fmt: skip
        assert studio(*bad, *words, status=2)["error"]["code"].startswith("usage")
    titles = [entry["title"] for entry in studio("repair", folder, DRIVER)["repairs"]]
    assert titles == ["Interpolate frames 3 to 5", "Paint the mask in frame 3"]
    for _ in titles:
        studio("repair", folder, DRIVER, "--undo")


def test_a_sweep_shows_every_squeeze_and_recommends_one_for_the_video(folder, studio, trained, tmp_path):
    words = ["sweep", folder, DRIVER, "--run", trained, "--to", "mira", "--at"]
    done = studio(*words, "0.5", "--out", tmp_path / "s.png")
    assert [row["squeeze"] for row in done["rows"]] == [0, 5, 10, 15, 20, 25, 30, 35, 40]
    assert all({"squeeze", "boundary", "mask_pixels"} == set(row) for row in done["rows"])
    assert done["recommended"]["low"] <= done["recommended"]["squeeze"] <= done["recommended"]["high"] <= 40
    found = studio("verify", tmp_path / "s.png")
    assert (found["state"], found["label"]) == ("valid", "AI-modified")
    # The sheet shows them all: no single one is claimed.
    assert (found["squeeze"], found["swept"]) == (None, [0, 5, 10, 15, 20, 25, 30, 35, 40])
    assert found["squeeze_words"] == "0 to 40 px side by side of the 512 px face (erode)"
    unsqueezed = studio(*words, "0.5", "--mask", "driver", "--out", tmp_path / "s.png", status=2)["error"]
    assert unsqueezed["code"] == "usage.mask"
    one = studio(*words, "0.5", "--squeeze", "15", "--out", tmp_path / "s.png", status=2)["error"]
    assert one["code"] == "usage.squeeze"
    assert studio(*words, "nan", "--out", tmp_path / "s.png", status=2)["error"]["code"] == "usage"


def test_the_driver_must_be_the_runs_other_identity(folder, studio, trained, short):
    words = ["convert", folder, short, "--run", trained, "--to", "mira", "--frames", "0:2"]
    assert studio(*words, status=2)["error"]["code"] == "consent.otherdriver"
    done = studio(*words, "--driver", "any")
    assert done["frames_swapped"] == 2
    # The credentials name who is shown, not whom the run would have expected.
    assert studio("verify", done["out"])["identities"] == ["mira", "mira"]


def test_an_export_never_replaces_a_video_or_another_export(folder, studio, trained, tmp_path):
    copies = [tmp_path / name / "clip.mp4" for name in ("one", "two")]
    for copy in copies:
        copy.parent.mkdir()
        copy.write_bytes(DRIVER.read_bytes())
    words = ["--run", trained, "--to", "mira", "--frames", "0:2"]
    assert studio("convert", folder, *copies, *words, status=2)["error"]["code"] == "usage.out"
    error = studio("convert", folder, copies[0], *words, "--out", copies[0], status=2)["error"]
    assert error["code"] == "usage.out"
    assert copies[0].read_bytes() == DRIVER.read_bytes()
    assert studio("convert", folder, copies[1], *words, "--out", tmp_path / "a.webm", status=2)["error"]["code"]
    inside = studio("convert", folder, copies[1], *words, "--out", folder / "exports")
    assert Path(inside["out"]) == folder / "exports" / "clip-to-mira.mp4"


def test_a_video_that_moved_since_it_was_analysed_is_signed_by_its_new_name(folder, studio, trained, tmp_path):
    studio("analyse", folder, DRIVER)
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(DRIVER.read_bytes())
    done = studio("convert", folder, moved, "--run", trained, "--to", "mira", "--frames", "0:2")
    assert studio("verify", done["out"])["driver"] == "moved.mp4"


def test_the_face_of_a_revoked_person_is_not_taken_for_somebody_elses(folder, studio, trained):
    studio("identity", "add", folder, "double", "--basis", "synthetic", "--note", "the same face again")
    studio("extract", folder, "double", DRIVER, "--every", "40")
    studio("identity", "revoke", folder, "tomas")
    words = ["convert", folder, DRIVER, "--run", trained, "--to", "mira", "--frames", "0:2", "--driver", "any"]
    error = studio(*words, status=2)["error"]
    assert error["code"] == "consent.revoked"
    studio("identity", "add", folder, "tomas", "--basis", "synthetic", "--note", "allowed again")
    # Without kept faces nobody is taken for the double any more.
    studio("clean", folder, "double", "--min-blur", "1e9", "--apply")


def test_an_analysis_is_made_once(folder, studio):
    done = studio("analyse", folder, DRIVER)
    assert {"frames", "faces_found", "tracks", "problems"} <= set(done)
    assert (done["frames"], done["faces_found"], done["tracks"]) == (150, 150, 1)


def test_scores_carry_what_the_detector_is_worth(folder, studio):
    listed = studio("detectors", folder)["detectors"]
    assert [(row["name"], row["validated"]) for row in listed] == [("frequency", False)]
    (result,) = studio("detect", folder, DRIVER)["results"]
    assert {"file", "score", "label", "threshold", "detector", "clips"} <= set(result)
    assert "not validated" in result["trained_on"]
    assert 0 <= result["score"] <= 1
    assert len(result["clips"]) == 7
    assert result["clips"][-1]["end"] == pytest.approx(5.0, abs=0.01)


def test_a_revoked_person_can_not_be_trained_or_exported(folder, studio, trained):
    derived = studio("identity", "revoke", folder, "mira")["derived"]
    assert "facesets/mira/aligned/0000000.png" in derived
    assert f"runs/{trained}/run.json" in derived
    words = ["convert", folder, DRIVER, "--run", trained, "--to", "mira"]
    assert studio(*words, status=2)["error"]["code"] == "consent.revoked"
    words = ["train", folder, "tomas", "mira", "--run", trained, "--steps", "8"]
    assert studio(*words, status=2)["error"]["code"] == "consent.revoked"
    words = ["identity", "add", folder, "mira", "--basis", "synthetic", "--note", "allowed again"]
    assert studio(*words)["identities"][0]["holds"] is True


def test_a_damaged_checkpoint_is_told_and_the_one_of_another_network_refused(folder, studio, trained):
    checkpoints = folder / "runs" / trained / "checkpoints"
    copies = {path: path.read_bytes() for path in checkpoints.glob("*/network.safetensors")}
    for path in copies:
        path.write_bytes(b"damaged")
    words = ["convert", folder, DRIVER, "--run", trained, "--to", "mira", "--frames", "0:2"]
    assert studio(*words, status=2)["error"]["code"].startswith("checkpoint")
    for path, content in copies.items():
        path.write_bytes(content)
    assert studio(*words)["frames"] == 2


def test_doctor_and_models_say_what_is_here(studio):
    doctor = studio("doctor")
    assert {"python", "torch", "device", "engines", "weights", "codecs", "problems"} <= set(doctor)
    assert doctor["engines"]["finder"] == ["dlib68"]
    models = {row["name"]: row for row in studio("models")["models"]}
    assert {"present", "intact", "licence"} <= set(models["fan-2d"])
    assert models["dlib-landmarks-68"]["intact"]
    assert not models["fan-2d"]["present"]
    error = studio("models", "import", "vgg16", DRIVER, status=2)["error"]
    assert error["code"] == "weights.hash"


@pytest.mark.slow
def test_the_demo_runs_the_whole_pipeline_and_goes_on_where_it_was(tmp_path, studio):
    done = studio("demo", tmp_path / "demo", "--steps", "20")
    assert {"project", "run", "export", "report", "detection", "seconds"} <= set(done)
    assert len(done["stages"]) == 9
    assert done["verification"] == {"state": "valid", "digital_source_type": SOURCE_TYPE}
    with av.open(done["export"]) as export, av.open(str(DRIVER)) as driver:
        frames = [sum(1 for _ in video.decode(video=0)) for video in (export, driver)]
        assert frames[0] == frames[1]
        assert len(export.streams.audio) == 1
    report = Path(done["report"])
    page = report.read_text(encoding="utf-8")
    assert "studio train" in page
    assert "not validated" in page
    assert all((report.parent / name).is_file() for name in ("contact.png", "loss.png"))
    runs = Path(done["project"]) / "runs"
    events = {path: path.read_bytes() for path in runs.glob("*/events.jsonl")}
    assert len(events) == 7
    again = studio("demo", tmp_path / "demo", "--steps", "20")
    assert again["run"] == done["run"]
    assert {path: path.read_bytes() for path in runs.glob("*/events.jsonl")} == events
