"""Work off the window's thread, handed back to it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from studio.app.background import STORE

T = TypeVar("T")
_Task = Callable[[], Callable[[], None]]


class QtBackground(QObject):
    """One thread a lane; what came of the work is handed over by the event loop of the thread this lives in.

    Attributes:
        busy_changed: whether anything is at work or waits.
    """

    busy_changed = Signal(bool)
    _done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[str, _Lane] = {}
        self._open = 0
        self._closed = False
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether anything is at work, waits or has not been handed over."""
        return self._open > 0

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
        *,
        lane: str = STORE,
    ) -> None:
        """Run `work` on the thread of `lane`, then call `then` or `failed` here."""
        if self._closed:
            return

        def task() -> Callable[[], None]:
            try:
                result = work()
            except Exception as error:
                # Kept under another name: Python forgets `error` at the end of the clause.
                problem = error
                return lambda: failed(problem)
            return lambda: then(result)

        if lane not in self._lanes:
            self._lanes[lane] = _Lane(lane, self._done.emit)
        self._open += 1
        if self._open == 1:
            self.busy_changed.emit(True)
        self._lanes[lane].put(task)

    def close(self) -> None:
        """Finish what was given and end the threads; nothing is handed over any more."""
        self._closed = True
        for lane in self._lanes.values():
            lane.close()

    def _deliver(self, hand_over: Callable[[], None]) -> None:
        self._open -= 1
        if not self._closed:
            hand_over()
        if self._open == 0:
            self.busy_changed.emit(False)


class _Lane:
    """A thread that does tasks in order."""

    def __init__(self, name: str, done: Callable[[Callable[[], None]], None]) -> None:
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._done = done
        self._thread = threading.Thread(target=self._run, name=f"lane {name}", daemon=True)
        self._thread.start()

    def put(self, task: _Task) -> None:
        self._tasks.put(task)

    def close(self) -> None:
        self._tasks.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._done(task())
