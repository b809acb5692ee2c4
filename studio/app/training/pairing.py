"""What two people show, and what each lacks for the other."""

from __future__ import annotations

from psygnal import Signal

from studio.app.studio import IdentityRow, Studio
from studio.app.training.plan import SIDES, Side, TrainingPlan
from studio.core.project import Project
from studio.faceset.coverage import Coverage, coverage
from studio.faceset.gaps import Gaps, Looks, gaps, looks


class Pairing:
    """The poses of A and B, read again whenever their faces change.

    Attributes:
        changed: something else is known.
    """

    changed = Signal()

    def __init__(self, studio: Studio, plan: TrainingPlan) -> None:
        self._studio = studio
        self._plan = plan
        # By id of the person: the row that they were read for, and how their faces look.
        self._known: dict[int, tuple[IdentityRow, Looks]] = {}
        self._reading: dict[int, IdentityRow] = {}
        # By driver: for whose looks they were found. Large facesets are not compared again at every look.
        self._found: dict[Side, tuple[Looks, Looks, Gaps]] = {}
        studio.project_changed.connect(self._forget)
        plan.changed.connect(self._look)
        self._look()

    def close(self) -> None:
        """Let go of the session."""
        self._studio.project_changed.disconnect(self._forget)
        self._plan.changed.disconnect(self._look)

    def coverage(self, side: Side) -> Coverage | None:
        """The poses of a side's used faces; None until they are read."""
        found = self._looks(side)
        return coverage(found.yaw, found.pitch) if found is not None else None

    def gaps(self, driver: Side) -> Gaps | None:
        """What the other side lacks where `driver` drives; None until both are read."""
        asks, shows = self._looks(driver), self._looks(_other(driver))
        if asks is None or shows is None:
            return None
        found = self._found.get(driver)
        if found is None or found[0] is not asks or found[1] is not shows:
            found = self._found[driver] = (asks, shows, gaps(asks, shows))
        return found[2]

    def words(self, driver: Side) -> str:
        """What is worth saying of it; empty until both are read, or where they are one."""
        found, people = self.gaps(driver), [self._plan.person(side) for side in (driver, _other(driver))]
        asks, shows = people
        if found is None or asks is None or shows is None or asks is shows:
            return ""
        return " ".join(found.sentences(asks.identity.name, shows.identity.name)[:3]) or (
            f"{shows.identity.name} shows every pose that {asks.identity.name} takes."
        )

    def _looks(self, side: Side) -> Looks | None:
        row = self._plan.person(side)
        known = self._known.get(row.identity.id) if row is not None and row.holds else None
        return known[1] if known is not None else None

    def _look(self) -> None:
        self.changed.emit()
        project = self._studio.project
        for side in SIDES:
            row = self._plan.person(side)
            if project is not None and row is not None and row.used and not self._read(row):
                self._begin(project, row)

    def _read(self, row: IdentityRow) -> bool:
        known, reading = self._known.get(row.identity.id), self._reading.get(row.identity.id)
        return row == reading or (known is not None and known[0] == row)

    def _begin(self, project: Project, row: IdentityRow) -> None:
        number = row.identity.id
        self._reading[number] = row

        def take(found: Looks) -> None:
            self._reading.pop(number, None)
            if project is self._studio.project:
                self._known[number] = (row, found)
                self.changed.emit()

        def failed(error: Exception) -> None:
            # What is damaged is said once, and read again when it has changed.
            self._studio.report(error)

        self._studio.background.run(lambda: looks(project, row.identity), take, failed)

    def _forget(self, _project: Project | None) -> None:
        self._known, self._reading, self._found = {}, {}, {}
        self.changed.emit()


def _other(side: Side) -> Side:
    return "b" if side == "a" else "a"
