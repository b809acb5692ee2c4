"""The processes that share a training: one alone, or several that torchrun started.

The first (rank 0) leads: it alone reads commands and writes the run's folder, and tells the others what to do next in a
few numbers. Each has its share of every batch, and all have the same gradients, so they keep the same weights.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Protocol

import torch
from torch import nn

from studio.core.errors import JobError, Stopped, StudioError, UsageError

# A training may be paused for days, and the others wait as long.
_PATIENCE = timedelta(days=30)


class What(IntEnum):
    """What comes next."""

    ANEW = 0
    RESUME = 1
    STEP = 2
    SKIP = 3
    END = 4


@dataclass(frozen=True)
class Word:
    """What the first process tells the others.

    Attributes:
        step: its number, or where a training begins.
        rate, eye_weight, mouth_weight: of a step.
        lists: how many lists of faces the run has taken by now.
    """

    what: What
    step: int = 0
    rate: float = 0.0
    eye_weight: float = 0.0
    mouth_weight: float = 0.0
    lists: int = 0


class Ranks(Protocol):
    """This process among those that share a training.

    Attributes:
        rank: its number; 0 leads.
        count: how many there are.
    """

    rank: int
    count: int

    def tell(self, word: Word) -> None:
        """Tell the others, who wait for it in `told`."""
        ...

    def told(self) -> Word:
        """What the first process tells."""
        ...

    def add_up(self, parameters: Iterable[nn.Parameter]) -> None:
        """Let the gradients of all be the sum of everybody's."""
        ...


class Alone:
    """A process that trains by itself: there is nobody to tell."""

    rank = 0
    count = 1

    def tell(self, word: Word) -> None:
        """Nobody listens."""

    def told(self) -> Word:
        """Nobody leads but itself."""
        return Word(What.END)

    def add_up(self, parameters: Iterable[nn.Parameter]) -> None:
        """They are the sum already."""


class Group:
    """A process among several; see `Ranks`.

    Raises:
        JobError: from each method, where another process has ended.
    """

    def __init__(self) -> None:
        """Of the process group that has been made."""
        self.rank = torch.distributed.get_rank()
        self.count = torch.distributed.get_world_size()

    def tell(self, word: Word) -> None:
        """Tell the others, who wait for it in `told`."""
        self._broadcast(torch.tensor(astuple(word), dtype=torch.float64))

    def told(self) -> Word:
        """What the first process tells."""
        heard = torch.zeros(len(astuple(Word(What.END))), dtype=torch.float64)
        self._broadcast(heard)
        what, step, rate, eye_weight, mouth_weight, lists = heard.tolist()
        return Word(What(int(what)), int(step), rate, eye_weight, mouth_weight, int(lists))

    def add_up(self, parameters: Iterable[nn.Parameter]) -> None:
        """Let the gradients of all be the sum of everybody's."""
        with _together():
            works = [
                torch.distributed.all_reduce(parameter.grad, async_op=True)
                for parameter in parameters
                if parameter.grad is not None
            ]
            for work in works:
                work.wait()

    def _broadcast(self, numbers: torch.Tensor) -> None:
        with _together():
            torch.distributed.broadcast(numbers, src=0)


@contextmanager
def joined(batch_size: int) -> Iterator[Ranks]:
    """This process among those that torchrun started with it, by torchrun's environment; else alone.

    Raises:
        UsageError: the processes are more than the faces of a batch.
        JobError: they do not find each other.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Alone()
        return
    if batch_size < count:
        raise UsageError(
            f"A batch of {batch_size} can't be shared by {count} processes.",
            hint="Start fewer, or a run with a larger batch_size.",
            code="usage.processes",
        )
    # Words go by gloo also where gradients go from GPU to GPU: whoever waits for one shall not keep a GPU busy.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    with _together():
        torch.distributed.init_process_group(backend, timeout=_PATIENCE)
    try:
        yield Group()
    finally:
        torch.distributed.destroy_process_group()


@contextmanager
def led(ranks: Ranks) -> Iterator[None]:
    """Within, the others follow; afterwards they are told that this is the end, unless it failed in the middle of a
    step: then they see that nobody leads them any more."""
    try:
        yield
    except (Stopped, StudioError):
        with suppress(JobError):
            ranks.tell(Word(What.END))
        raise
    ranks.tell(Word(What.END))


@contextmanager
def _together() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise JobError(
            "Another process of this training has ended, or can't be reached.",
            hint="Look at what it has printed, and resume the run.",
            code="train.processes",
        ) from error
