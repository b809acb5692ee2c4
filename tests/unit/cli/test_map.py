"""`studio map` on a small faceset, with the real UMAP."""

import importlib.util
import json
import sys

import numpy as np
import pytest

from studio.cli.app import run
from studio.core.errors import JobError, Stopped
from studio.core.reporter import Silent
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan
from studio.faceset.projection import load_map
from studio.jobs.map import MapConfig, laid_out


@pytest.fixture
def filled(project, anna):
    """Thirty faces of three looks."""
    rng = np.random.default_rng(0)
    features = rng.normal(0, 0.1, (3, 128))[np.arange(30) % 3] + rng.normal(0, 0.01, (30, 128))
    project.features(anna, 128).write(0, features.astype(np.float32))
    medium = project.store.media.add(anna, "a.mp4", "/a.mp4", "a", "a")
    faces = [
        NewFace(n, n / 30, 0, (0, 0, 9, 9), 1.0, 9, 1.0, (0, 0, 0), "f+p+dlib-resnet", (n, 0, 0, 0)) for n in range(30)
    ]
    project.store.faces.add(anna, medium, 0, faces, Scan(1, 0, 30, True))
    return project


def test_a_faceset_without_faces_has_no_map(project, anna, capsys):
    assert run(["map", str(project.folder), "anna", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "faceset.empty"


@pytest.mark.skipif(importlib.util.find_spec("umap") is None, reason="umap-learn is not installed")
def test_the_map_is_kept_with_the_faceset_and_only_its_outcome_is_on_standard_output(filled, anna, capsys):
    assert run(["map", str(filled.folder), "anna", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["faces"] == 30
    ids, places = load_map(filled, anna)
    assert ids.tolist() == filled.store.faces.columns(anna).ids.tolist()
    look = np.arange(30) % 3
    middles = np.array([places[look == number].mean(axis=0) for number in range(3)])
    nearest = np.linalg.norm(places[:, None] - middles, axis=2).argmin(axis=1)
    assert np.array_equal(nearest, look)


def test_without_umap_it_says_what_to_install(filled, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "umap", None)
    assert run(["map", str(filled.folder), "anna", "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "map.missing"
    assert "faceswap-studio[map]" in error["hint"]


class _Stopping(Silent):
    def __init__(self):
        self.told = []

    def progress(self, stage, done, total=None):
        self.told.append((stage, done, total))

    def check(self):
        if any(stage == "layout" for stage, _, _ in self.told):
            raise Stopped


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("umap") is None, reason="umap-learn is not installed")
def test_a_layout_in_work_tells_how_far_it_is_and_can_be_stopped():
    reporter = _Stopping()
    features = np.random.default_rng(0).normal(size=(2000, 16)).astype(np.float32)
    with pytest.raises(Stopped):
        laid_out(features, MapConfig(project="p", identity="anna"), reporter)
    stage, done, total = reporter.told[-1]
    assert (stage, total) == ("layout", 500)
    assert done < 500


def test_a_handful_of_faces_needs_no_umap(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    settings = MapConfig(project="p", identity="anna")
    assert laid_out(np.eye(5, 128, dtype=np.float32), settings, Silent()).shape == (5, 2)
    with pytest.raises(JobError):
        laid_out(np.eye(50, 128, dtype=np.float32), settings, Silent())
