"""Writing checkpoints while the training goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from torch import Tensor

from studio.training import checkpoints
from studio.training.checkpoints import CheckpointRecord


class Saver:
    """Writes one checkpoint at a time on a thread of its own; a training waits only while its state is copied."""

    def __init__(self, folder: Path) -> None:
        """`folder` is that of the checkpoints."""
        self._folder = folder
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[Path] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What is being written is finished; an error of it is told by `wait` only.
        self._pool.shutdown(wait=True)

    def begin(
        self,
        record: CheckpointRecord,
        network: Mapping[str, Tensor],
        optimiser: Mapping[str, Tensor],
        keep: int,
        also: Callable[[], None],
        average: Mapping[str, Tensor] | None,
    ) -> None:
        """Write a checkpoint of tensors that nobody changes any more, and what `also` writes; see `checkpoints.save`.

        Raises:
            StorageError: the one before could not be written.
        """
        self.wait()

        def save() -> Path:
            written = checkpoints.save(self._folder, record, network, optimiser, keep, average)
            also()
            return written

        self._writing = self._pool.submit(save)

    def written(self) -> Path | None:
        """The checkpoint that has been written since it was asked last, once.

        Raises:
            StorageError: it could not be written.
        """
        return self.wait() if self._writing is not None and self._writing.done() else None

    def wait(self) -> Path | None:
        """Wait for the checkpoint that is being written, and return it; None where there is none.

        Raises:
            StorageError: it could not be written.
        """
        writing, self._writing = self._writing, None
        return writing.result() if writing is not None else None
