"""Reading a training's events as they come in."""

import json

import numpy as np
import pytest
import torch

from studio.app.training import log
from studio.app.training.course import ASTRAY, CHECKPOINT, COLUMNS, FORKED, LATEST, REGIONS, RESUMED, SET
from studio.app.training.log import RunLog
from studio.core.errors import RunError
from studio.core.runs import RunFolder
from studio.training import checkpoints
from studio.training.checkpoints import CheckpointRecord
from studio.training.settings import TrainSettings


def parts(value):
    regions = {region: {"dssim": value + place, "mse": value / 3} for place, region in enumerate(REGIONS)}
    return {"a": regions, "b": regions}


@pytest.fixture
def run(tmp_path):
    return RunFolder.create(tmp_path, "train", "anna-bert", {"a": "Anna", "settings": {"eye_weight": 3.0}})


def tell(run, *steps, **more):
    for step in steps:
        run.append("loss", step=step, a=1 / step, b=2.5e-7 * step, loss=1.0, parts=parts(step / 7),
                   steps_per_second=2.5, waiting=0.01, memory_mb=900, **more)  # fmt: skip
        run.append("progress", stage="train", done=step, total=100)


def test_numbers_are_those_that_json_reads(run):
    tell(run, 1, 2, 1_000_000, gpu_celsius=-3)
    course = RunLog(run.folder).look()
    assert course.steps.tolist() == [1, 2, 1_000_000]
    for name in COLUMNS[1:]:

        def said(event, name=name):
            for key in name.split("/"):
                event = event.get(key) if event is not None else None
            return np.nan if event is None else event

        events = [event for event in run.events() if event["kind"] == "loss"]
        np.testing.assert_allclose(course.columns[name], [said(event) for event in events], rtol=1e-6, equal_nan=True)


def test_a_later_look_reads_only_what_is_new(run, monkeypatch):
    tell(run, *range(1, 50))
    reader = RunLog(run.folder)
    first = reader.look()
    assert reader.look() is None
    tell(run, 50)
    read = []
    scanned = log.Scanned
    monkeypatch.setattr(log, "Scanned", lambda data: read.append(len(data)) or scanned(data))
    second = reader.look()
    assert sum(read) < 2000
    assert len(first.steps) == 49, "what was handed out does not change"
    assert second.steps.tolist() == list(range(1, 51))


def test_a_line_cut_short_by_a_crash_is_passed_over(run):
    tell(run, 1)
    path = run.folder / "events.jsonl"
    whole = path.read_bytes()
    for cut in range(1, 40):
        path.write_bytes(whole + b'{"v": 1, "kind": "loss", "step": 7, "a": 0.5, "parts": {"x": 3}}'[:cut])
        reader = RunLog(run.folder)
        assert reader.look().steps.tolist() == [1]
        tell(run, 2)
        assert reader.look().steps.tolist() == [1, 2]


@pytest.mark.parametrize("size", [300, 1000, 4096])
def test_lines_that_lie_across_two_pieces_are_read_once(run, monkeypatch, size):
    monkeypatch.setattr(log, "_PIECE", 1000 if size < 700 else size)
    tell(run, *range(1, 40))
    run.append("note", text='Größe "quoted" \\ {not} [json]: 3')
    tell(run, *range(40, 60))
    course = RunLog(run.folder).look()
    assert course.steps.tolist() == list(range(1, 60))
    assert [marker.words for marker in course.markers] == ['Größe "quoted" \\ {not} [json]: 3']


def test_what_came_after_the_checkpoint_it_went_back_to_is_forgotten(run):
    tell(run, *range(1, 30))
    run.append("checkpoint", step=20, path="checkpoints/step-00000020")
    run.append("preview", step=25, path="previews/step-00000025.png")
    run.append("astray", step=29, reason="its loss is no longer a number", picture="astray/x.png")
    run.append("resumed", step=20)
    tell(run, 21, 22)
    course = RunLog(run.folder).look()
    assert course.steps.tolist() == list(range(1, 23))
    assert course.previews == ()
    assert [marker.kind for marker in course.markers] == [CHECKPOINT, ASTRAY, RESUMED]


def test_going_on_after_a_pause_takes_nothing_back(run):
    tell(run, 1, 2, 3)
    run.append("paused")
    run.append("resumed")
    tell(run, 4)
    assert RunLog(run.folder).look().steps.tolist() == [1, 2, 3, 4]


def test_what_was_changed_and_kept_is_told(run):
    tell(run, 1, 2)
    run.append("set", step=2, values={"eye_weight": 5.0})
    run.append("checkpoint", step=2, path="checkpoints/step-00000002")
    run.append("preview", step=2, path="previews/step-00000002.png", faces={"a": [4, 7], "b": [1]}, rows=2)
    run.append("latest", step=2, a=30, b=28)
    run.append("errors", step=2, path="errors.json")
    course = RunLog(run.folder).look()
    assert course.settings == {"eye_weight": 5.0}
    assert [marker.kind for marker in course.markers] == [SET, CHECKPOINT, LATEST]
    (preview,) = course.previews
    assert (preview.step, preview.rows, preview.faces) == (2, 2, {"a": (4, 7), "b": (1,)})
    assert course.faces == {"a": 30, "b": 28}
    assert course.errors == 2


def marked(course, *kinds):
    return [(marker.step, marker.words) for marker in course.markers if marker.kind in kinds]


def test_what_was_changed_beyond_the_checkpoint_it_went_back_to_still_holds(run):
    tell(run, *range(1, 30))
    run.append("checkpoint", step=20, path="checkpoints/step-00000020")
    run.append("set", step=25, values={"eye_weight": 5.0})
    run.append("latest", step=27, a=30, b=28)
    run.append("checkpoint", step=28, path="checkpoints/step-00000028")
    run.append("started", pid=1)
    run.append("resumed", step=20)
    tell(run, 21)
    course = RunLog(run.folder).look()
    assert course.changes == ((25, {"eye_weight": 5.0}),)
    assert course.faces == {"a": 30, "b": 28}
    assert marked(course, SET) == [(25, "From step 25 on: eye_weight 5")]
    assert marked(course, LATEST) == [(27, "From step 27 on: 30 faces of A, 28 of B")]
    assert marked(course, CHECKPOINT) == [(20, "Checkpoint at step 20")]


def test_settings_that_were_told_as_they_were_typed_are_shown_and_hold_as_numbers(run):
    run.append("set", step=3, values={"learning_rate": "1e-5", "preview_every": "20", "encoder": "small"})
    course = RunLog(run.folder).look()
    assert marked(course, SET) == [(3, "From step 3 on: learning_rate 1e-05, preview_every 20, encoder small")]
    assert (course.settings["learning_rate"], course.settings["preview_every"]) == (1e-5, 20)


def test_a_training_that_begins_anew_has_told_nothing_before(run):
    tell(run, 1, 2, 3)
    run.append("set", step=2, values={"eye_weight": 5.0})
    run.append("preview", step=2, path="previews/step-00000002.png")
    run.append("checkpoint", step=3, path="checkpoints/step-00000003")
    run.append("errors", step=3, path="errors.json")
    reader = RunLog(run.folder)
    assert len(reader.look().steps) == 3
    run.append("started", pid=1)
    run.append("begun", step=0)
    course = reader.look()
    assert (len(course.steps), course.previews, course.errors) == (0, (), None)
    assert marked(course, RESUMED, CHECKPOINT) == [(0, "Begun anew")]
    assert course.settings["eye_weight"] == 5.0, "what was set holds from its step on again"
    tell(run, 1)
    assert reader.look().steps.tolist() == [1]


def test_a_fork_tells_where_it_began_and_what_it_has_inherited(run):
    run.append("forked", run="anna-bert", step=1200)
    run.append("set", step=700, values={"learning_rate": 1e-4, "mouth_weight": 1.0})
    run.append("latest", step=900, a=30, b=28)
    run.append("set", step=1200, values={"learning_rate": 1e-5, "eye_weight": 2.0})
    run.append("started", pid=1)
    run.append("resumed", step=1200)
    run.append("set", step=1300, values={"eye_weight": 4.0})
    course = RunLog(run.folder).look()
    assert marked(course, FORKED) == [(1200, "Forked from anna-bert at step 1,200")]
    assert [step for step, _words in marked(course, SET, LATEST)] == [700, 900, 1200, 1300]
    assert course.settings == {"learning_rate": 1e-5, "mouth_weight": 1.0, "eye_weight": 4.0}
    assert course.faces == {"a": 30, "b": 28}


def test_a_first_start_is_no_news(run):
    run.append("started", pid=1)
    run.append("begun", step=0)
    assert RunLog(run.folder).look().markers == ()


def save(run, step, *, milestone=False):
    """A checkpoint as a training writes it, in a ring of two."""
    spec = TrainSettings.build({"preset": "demo"}).network()
    record = CheckpointRecord(step=step, loss=0.5, network=spec, settings={}, files={}, milestone=milestone)
    path = checkpoints.save(run.folder / "checkpoints", record, {"x": torch.zeros(1)}, {"y": torch.zeros(1)}, 2)
    run.append("checkpoint", step=step, path=path.relative_to(run.folder).as_posix())


def test_checkpoints_are_those_that_the_ring_has_kept_and_marks_tell_of_the_others(run):
    reader = RunLog(run.folder)
    for step in (10, 20, 30, 40):
        save(run, step, milestone=step == 10)
    course = reader.look()
    assert course.checkpoints == (10, 30, 40)
    assert [step for step, _words in marked(course, CHECKPOINT)] == [10, 20, 30, 40]
    save(run, 50)
    assert reader.look().checkpoints == (10, 40, 50)
    checkpoints.set_aside(run.folder / "checkpoints", 40)
    assert reader.look().checkpoints == (10, 40)
    assert reader.look() is None


def test_an_event_that_makes_no_sense_is_passed_over(run):
    tell(run, 1)
    run.append("set", step=1)
    run.append("preview", step="x")
    with (run.folder / "events.jsonl").open("ab") as file:
        file.write(b"]]]\nnull\n{}\n\n")
    tell(run, 2)
    assert RunLog(run.folder).look().steps.tolist() == [1, 2]


def test_a_long_run_is_sketched_first(run, monkeypatch):
    monkeypatch.setattr(log, "_LONG", 100_000)
    monkeypatch.setattr(log, "_SAMPLES", 8)
    monkeypatch.setattr(log, "_SAMPLE", 4096)
    tell(run, *range(1, 800))
    reader = RunLog(run.folder)
    sketch = reader.sketch()
    assert not sketch.complete
    assert 20 < len(sketch.steps) < 200
    assert sketch.steps[0] <= 2
    assert sketch.steps[-1] == 799
    assert (np.diff(sketch.steps) > 0).all()
    assert len(reader.look().steps) == 799
    assert reader.sketch() is None


def test_a_short_run_needs_no_sketch(run):
    tell(run, 1)
    assert RunLog(run.folder).sketch() is None


def test_a_folder_that_is_no_run_is_told(tmp_path):
    with pytest.raises(RunError):
        RunLog(tmp_path)


def test_a_run_that_has_said_nothing_yet_has_an_empty_course(run):
    course = RunLog(run.folder).look()
    assert len(course.steps) == 0
    assert course.last("a") is None
    assert json.dumps(course.config)
