"""`studio losses`: what a training told, shown and written for other programs."""

import csv
import json
import struct
import sys

import pytest

from studio.cli.app import run
from studio.core.project import Project
from studio.core.runs import RunFolder

PARTS = {"a": {"face": {"dssim": 0.1, "mse": 0.01}}, "b": {"face": {"dssim": 0.2, "mse": 0.02}}}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "film"
    Project.create(path).close()
    return path


@pytest.fixture
def training(folder):
    """A training that was killed after step 30 and went on from step 10."""
    made = RunFolder.create(folder / "runs", "train", "anna-ben", {"a": "anna", "b": "ben"})
    made.append("started", pid=1)
    for step, loss in ((10, 0.9), (20, 0.8), (30, 0.7)):
        made.append("loss", step=step, a=loss / 2, b=loss / 2, loss=loss, parts=PARTS, steps_per_second=5.0)
    made.append("resumed", step=10)
    for step, loss in ((20, 0.6), (35, 0.5)):
        made.append("loss", step=step, a=loss / 2, b=loss / 2, loss=loss, parts=PARTS, steps_per_second=5.0)
    return made


def said(capsys, *words, status=0):
    capsys.readouterr()
    assert run([*map(str, words), "--json"]) == status
    return json.loads(capsys.readouterr().out)


def records(path):
    """The records of a TensorBoard file: length, its checksum, data, checksum of that."""
    data = path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        yield data[12 : 12 + length]
        data = data[16 + length :]


def test_steps_that_were_done_again_count_once(folder, training, capsys):
    rows = said(capsys, "losses", folder, training.name)["rows"]
    assert [(row["step"], row["loss"]) for row in rows] == [(10, 0.9), (20, 0.6), (35, 0.5)]
    assert (rows[0]["a.face.dssim"], rows[0]["b.face.mse"]) == (0.1, 0.02)


def test_csv_holds_every_figure_by_step(folder, training, tmp_path, capsys):
    said(capsys, "losses", folder, training.name, "--csv", tmp_path / "losses.csv")
    with (tmp_path / "losses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(int(row["step"]), float(row["loss"])) for row in rows] == [(10, 0.9), (20, 0.6), (35, 0.5)]
    assert float(rows[2]["b.face.dssim"]) == 0.2
    assert rows[0]["time"].endswith("+00:00")


def test_tensorboards_file_can_be_read_back(folder, training, tmp_path, capsys):
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")
    said(capsys, "losses", folder, training.name, "--tensorboard", tmp_path / "board")
    (path,) = (tmp_path / "board").glob("events.out.tfevents.*")
    events = [event_pb2.Event.FromString(record) for record in records(path)]
    assert events[0].file_version == "brain.Event:2"
    found = {(value.tag, event.step): value.simple_value for event in events for value in event.summary.value}
    assert [found["losses/loss", step] for step in (10, 20, 35)] == pytest.approx([0.9, 0.6, 0.5])
    assert found["parts/b.face.dssim", 35] == pytest.approx(0.2)
    assert found["pace/steps_per_second", 10] == 5
    assert len({event.wall_time for event in events if event.step == 10}) == 1


def test_without_the_package_it_is_said_what_to_install_and_csv_works(folder, training, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    error = said(capsys, "losses", folder, training.name, "--tensorboard", tmp_path / "board", status=2)["error"]
    assert error["code"] == "usage.tensorboard"
    assert "faceswap-studio[tensorboard]" in error["hint"]
    said(capsys, "losses", folder, training.name, "--csv", tmp_path / "losses.csv")


def test_a_table_ends_with_the_newest(folder, training, capsys):
    for step in range(36, 136):
        training.append("loss", step=step, a=0.1, b=0.1, loss=0.2)
    assert run(["losses", str(folder), training.name]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) <= 22
    assert lines[-1].split()[:2] == ["135", "0.2"]


def test_a_training_that_has_just_begun_has_none(folder, capsys):
    made = RunFolder.create(folder / "runs", "train", "x", {})
    assert said(capsys, "losses", folder, made.name)["rows"] == []


def test_only_trainings_have_losses(folder, capsys):
    made = RunFolder.create(folder / "runs", "extract", "x", {})
    assert said(capsys, "losses", folder, made.name, status=2)["error"]["code"] == "run.kind"
