"""What this machine can do: for `studio doctor`."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import av

_PACKAGES = ("torch", "torchvision", "onnxruntime-gpu", "onnxruntime", "opencv-python", "av", "dlib-bin",
             "face-alignment", "c2pa-python", "numpy")  # fmt: skip
_ENCODERS = ("libx264", "libx265", "ffv1", "png", "aac")
_SPARE_BYTES = 10 * 2**30


@dataclass(frozen=True)
class Machine:
    """Versions, devices, codecs and disk of this machine.

    Attributes:
        device: what networks run on, with the reason where that is not a GPU.
        codecs: encoders by name and whether they are here.
        free_bytes: on the disk of the folder that was asked about.
        problems: sentences on what will not work, each with what to do.
    """

    python: str
    packages: dict[str, str]
    device: str
    codecs: dict[str, bool]
    free_bytes: int
    problems: tuple[str, ...]


def examine(folder: Path) -> Machine:
    """Look at this machine; `folder` says which disk matters."""
    packages = {name: found for name in _PACKAGES if (found := _version(name))}
    device, problems = _device()
    codecs = {name: _encodes(name) for name in _ENCODERS}
    problems += [
        f"The encoder {name} is missing: reinstall the package av." for name, here in codecs.items() if not here
    ]
    free = shutil.disk_usage(folder).free
    if free < _SPARE_BYTES:
        problems.append(f"Only {free / 2**30:.1f} GB are free on the disk of {folder}: facesets and runs need more.")
    return Machine(platform.python_version(), packages, device, codecs, free, tuple(problems))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _device() -> tuple[str, list[str]]:
    try:
        import torch
    except ImportError as error:
        return "none", [f"torch can't be imported ({error}): reinstall Faceswap Studio."]
    if torch.cuda.is_available():
        properties: Any = torch.cuda.get_device_properties(0)
        return f"cuda: {properties.name}, {properties.total_memory / 2**30:.0f} GB", []
    built = torch.version.cuda
    reason = f"torch for CUDA {built} sees no GPU" if built else "this torch is built without CUDA"
    return f"cpu ({reason})", []


def _encodes(name: str) -> bool:
    try:
        av.codec.Codec(name, "w")
    except ValueError:
        return False
    return True
