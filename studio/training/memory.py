"""What memory a device has, how much of it is taken, and how it says that there is no more."""

from __future__ import annotations

import gc
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

import psutil
import torch

_MB = 1 << 20
_LOOK_S = 0.005
# PyTorch has a type for this on a GPU alone. The CPU's allocator on Linux and on Windows, C++, oneDNN and NVIDIA's
# libraries raise a RuntimeError, and so does Python where a thread finds no room for its stack; these are their words.
_WORDS = (
    "can't allocate memory",
    "not enough memory",
    "bad_alloc",
    "could not create a primitive",
    "ALLOC_FAILED",
    "can't start new thread",
)


def ran_out(error: BaseException) -> bool:
    """Whether an error says that memory, of the GPU or of the machine, was not enough."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _WORDS)


def release(device: torch.device) -> None:
    """Give back what nothing refers to any more."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def taken_mb(device: torch.device) -> int:
    """What this process takes: of the GPU's memory, or of the machine's where the network runs on the CPU."""
    if device.type == "cuda":
        return int(torch.cuda.memory_reserved(device)) // _MB
    return int(psutil.Process().memory_info().rss) // _MB


def free_mb(device: torch.device) -> int:
    """What is free on the GPU, or in the machine where the network runs on the CPU."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0]) // _MB
    return int(psutil.virtual_memory().available) // _MB


class Peak:
    """The most this process takes while the context is open, as `taken_mb` counts; `mb` once it is closed."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._over = threading.Event()
        self._looking: threading.Thread | None = None
        self.mb = 0

    def __enter__(self) -> Self:
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
        else:
            # No system keeps a peak that can be set back; arithmetic lets other threads look meanwhile.
            self._looking = threading.Thread(target=self._look, name="peak", daemon=True)
            self._looking.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._looking is None:
            self.mb = int(torch.cuda.max_memory_reserved(self._device)) // _MB
            return
        self._over.set()
        self._looking.join()

    def _look(self) -> None:
        over = False
        while not over:
            over = self._over.wait(_LOOK_S)
            # To look takes some too: where there is none left, the step itself will say so.
            with suppress(MemoryError, OSError):
                self.mb = max(self.mb, taken_mb(self._device))
