"""Where the network runs, and in which arithmetic."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass

import psutil
import torch

from studio.core.errors import UsageError
from studio.core.vision import cv2
from studio.training.settings import TrainSettings


@dataclass(frozen=True)
class Hardware:
    """A device and the type that autocast computes in (float32: no autocast).

    Attributes:
        changes_faces: whether faces are changed in batches on the device, not one by one by threads.
        side_by_side: whether A and B are taken forward and back at once.
    """

    device: torch.device
    dtype: torch.dtype
    changes_faces: bool = False
    side_by_side: bool = False

    def autocast(self) -> AbstractContextManager[None]:
        """The context in which the network's forward pass runs."""
        # Each weight is cast once in a pass: a cache would hold what is never asked for, and all threads share it.
        return torch.autocast(
            self.device.type, dtype=self.dtype, enabled=self.dtype is not torch.float32, cache_enabled=False
        )

    def scaler(self) -> torch.amp.GradScaler:
        """What keeps small gradients of float16 from vanishing; it does nothing in other arithmetic."""
        return torch.amp.GradScaler(self.device.type, enabled=self.scales)

    @property
    def scales(self) -> bool:
        """Whether losses are scaled, and steps whose gradients overflow left out."""
        return self.dtype is torch.float16

    def vitals(self) -> dict[str, int]:
        """What the process takes just now: `memory_mb`, and of a GPU `gpu_memory_mb` and, where it tells,
        `gpu_celsius`."""
        found = {"memory_mb": psutil.Process().memory_info().rss >> 20}
        if self.device.type == "cuda":
            found["gpu_memory_mb"] = torch.cuda.memory_reserved(self.device) >> 20
            # NVIDIA's library is not everywhere, and not every card has a sensor.
            with suppress(ModuleNotFoundError, RuntimeError):
                found["gpu_celsius"] = int(torch.cuda.temperature(self.device))
        return found


def prepare(settings: TrainSettings) -> Hardware:
    """Choose device and arithmetic, and set this process's threads (one for OpenCV: faces have threads of their own).

    Raises:
        UsageError: the device that was asked for is not there.
    """
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise UsageError(
            "There is no GPU that PyTorch can use.", hint="Leave the setting device at auto.", code="usage.device"
        )
    use_gpu = settings.device != "cpu" and torch.cuda.is_available()
    device = torch.device("cuda" if use_gpu else "cpu")
    cores = (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    beside = not use_gpu and min(cores, settings.threads or cores) > 1 and _apart(settings)
    # Arithmetic and workers on the same core are no small loss: at every barrier all threads wait for the one that was
    # put off, which was measured at five to ten times slower on two cores. Side by side there is one barrier a step.
    threads = settings.threads or (cores if beside else cores - settings.workers)
    torch.set_num_threads(max(1, threads // 2 if beside else threads))
    cv2.setNumThreads(1)
    on_device = settings.augment_on == "gpu" or (settings.augment_on == "auto" and use_gpu)
    return Hardware(device, _dtype(settings, device), on_device, beside)


@contextmanager
def deterministic(settings: TrainSettings) -> Iterator[None]:
    """Within the context only algorithms that give equal numbers each time, where the settings say so.

    An operation that has none on the device raises a RuntimeError.
    """
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    if settings.deterministic:
        # What cuBLAS asks for; it looks once, when the GPU is used first.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])


def _apart(settings: TrainSettings) -> bool:
    """Whether nothing but a sum of two gradients depends on which of A and B comes first.

    The other encoders keep statistics and draw random numbers, and of several parts the sums would differ in rounding.
    """
    return settings.network().encoder == "small" and settings.accumulate == 1 and not settings.compile


def _dtype(settings: TrainSettings, device: torch.device) -> torch.dtype:
    if settings.precision == "auto":
        return torch.bfloat16 if _fast_bfloat16(device) else torch.float32
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[settings.precision]


def _fast_bfloat16(device: torch.device) -> bool:
    """Whether the processor has instructions for bfloat16, so that it is faster and not merely possible."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(native is not None and native())
