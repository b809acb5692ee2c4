"""Doing the next things while the last are still in use."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
_LOOK_S = 0.1


@dataclass(frozen=True, eq=False)
class _Item(Generic[T]):
    item: T


@dataclass(frozen=True, eq=False)
class _Raised:
    error: BaseException


@contextmanager
def ahead(items: Iterator[T], count: int) -> Iterator[Iterator[T]]:
    """Give the items of an iterator that runs on a thread of its own, at most `count` of them ahead.

    What it raises is raised where the item would have come. Leaving the context ends the thread.
    """
    waiting: queue.Queue[_Item[T] | _Raised | None] = queue.Queue(count)
    over = threading.Event()

    def put(item: _Item[T] | _Raised | None) -> None:
        while not over.is_set():
            try:
                waiting.put(item, timeout=_LOOK_S)
                return
            except queue.Full:
                continue

    def run() -> None:
        try:
            for item in items:
                put(_Item(item))
                if over.is_set():
                    return
            put(None)
        except BaseException as error:
            put(_Raised(error))

    def taken() -> Iterator[T]:
        while (found := waiting.get()) is not None:
            if isinstance(found, _Raised):
                raise found.error
            yield found.item

    thread = threading.Thread(target=run, name="ahead", daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        over.set()
        thread.join()
        close = getattr(items, "close", None)
        if close is not None:
            close()
