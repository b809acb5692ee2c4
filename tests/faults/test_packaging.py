"""Setting up on a machine that lacks something ends with one clear sentence."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="bash is not here")


def bash(script, cwd, **environment):
    return subprocess.run(
        ["bash", "-c", f"set -euo pipefail; source '{ROOT}/packaging/setup.sh'; {script}"],
        cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def checkout(tmp_path):
    """What setting up reads of a checkout."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_a_python_that_is_too_old_is_told(tmp_path):
    old = tmp_path / "bin"
    old.mkdir()
    for name in ("python3", "python"):
        (old / name).write_text("#!/bin/sh\nexit 1\n")
        (old / name).chmod(0o755)
    done = subprocess.run(
        [shutil.which("bash"), "-c", f"source '{ROOT}/packaging/setup.sh'; find_python"],
        env={"PATH": str(old)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11, 3.12 or 3.13 is needed")


def test_too_little_disk_is_told_before_anything_is_installed(checkout):
    done = bash(f"PYTHON={sys.executable}; free_gigabytes() {{ echo 3; }}; setup_studio ''", checkout)
    assert done.returncode == 1
    assert "Only 3 GB are free" in done.stderr
    assert not (checkout / ".venv").exists()


@pytest.mark.slow
def test_without_a_network_the_sentence_says_so(checkout):
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    done = bash(f"PYTHON={sys.executable}; setup_studio ''", checkout, PIP_CONFIG_FILE=os.devnull, **nowhere)
    assert done.returncode == 1
    assert "The installation failed. Check the network" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_installation_that_is_up_to_date_starts_at_once(checkout):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "studio").write_text("#!/bin/sh\n")
    (checkout / ".venv" / "bin" / "studio").chmod(0o755)
    stamp = checkout / ".venv" / "studio-installed"
    code = (
        "import hashlib, pathlib, sys;"
        "print(sys.version.split()[0], hashlib.sha256(pathlib.Path('pyproject.toml').read_bytes()).hexdigest())"
    )
    stamp.write_text(subprocess.check_output([sys.executable, "-c", code], cwd=checkout, text=True))
    done = bash(f"PYTHON={sys.executable}; setup_studio ''", checkout)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("environment", "opens"),
    [
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": ""}, False),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux may there be no display")
def test_the_window_opens_on_the_sample_project_where_a_display_is(tmp_path, environment, opens):
    shutil.copytree(ROOT / "packaging", tmp_path / "packaging")
    setup = tmp_path / "packaging" / "setup.sh"
    setup.write_text(f"{setup.read_text()}\nsetup_studio() {{ :; }}\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    command = tmp_path / ".venv" / "bin" / "studio"
    command.write_text('#!/bin/sh\necho "$@" >>called\n[ "$1" != open ]\n')
    command.chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        ["bash", "packaging/run", "--steps", "3"], cwd=tmp_path, env={**clean, **environment}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    # The window that can't be shown after all is no failure of the pipeline.
    assert done.returncode == 0
    assert (tmp_path / "called").read_text().splitlines() == ["demo demo --steps 3", *(["open demo"] if opens else [])]
    assert ("There is no display here" in done.stderr) is not opens


@pytest.mark.slow
def test_the_wheel_carries_assets_and_models(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        content.extractall(tmp_path / "installed")
    code = (
        "from studio.core import resources; import studio.zoo.manifest as m;"
        "print((resources.assets() / 'sample' / 'mira.mp4').is_file(), len(m.load_manifest()) > 5, resources.__file__)"
    )
    told = subprocess.check_output(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        text=True,
    )  # fmt: skip
    assert told.startswith(f"True True {tmp_path}")
    assert not any("tests" in name.split("/")[:1] for name in zipfile.ZipFile(wheel).namelist())
