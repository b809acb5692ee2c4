"""What every test shares: a user folder of its own, and no thread left behind."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from studio.core.project import Project
from studio.core.records import Basis, Identity
from studio.provenance.consent import add_record

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def own_user_folder(tmp_path, monkeypatch):
    """Keys, logs and weights of a test stay in the test's folder."""
    folder = tmp_path / "user"
    monkeypatch.setenv("STUDIO_HOME", str(folder))
    monkeypatch.delenv("STUDIO_MODELS", raising=False)
    return folder


@pytest.fixture(autouse=True)
def no_thread_left_behind():
    """Fail a test that leaves a thread running which would keep the process alive."""
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and not t.daemon]
    for thread in left:
        thread.join(timeout=2)
    left = [t.name for t in left if t.is_alive()]
    assert not left, f"threads left behind: {left}"


@pytest.fixture
def project(tmp_path):
    """An empty project."""
    with Project.create(tmp_path / "project") as made:
        yield made


@pytest.fixture
def anna(project) -> Identity:
    """An identity with a record that holds."""
    return add_record(project, "anna", Basis.SYNTHETIC, "rendered for tests")


@pytest.fixture(scope="session")
def media() -> Path:
    """The folder of real clips beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "media"
    if not (folder / "d18.mp4").is_file():
        pytest.skip("the real clips are not here (../shared/media)")
    return folder


@pytest.fixture(scope="session")
def made_once(request, tmp_path_factory):
    """Fill a folder once, even where several processes share the tests: `made_once(name, fill)` gives the folder.

    Whoever asks first fills it, the others wait. It is shared by all, so nobody may write to it afterwards.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base

    def made(name, fill):
        folder, filled = shared / name, shared / f"{name}.filled"
        with FileLock(shared / f"{name}.lock"):
            if not filled.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                filled.touch()
        return folder

    return made
