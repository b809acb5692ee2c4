"""How short the way to a clean faceset is, counted in what a person does."""

import sys
import time

import numpy as np
import pytest
from PySide6.QtCore import Qt

from studio.app.faceset.advice import DUPLICATE_BITS
from studio.app.faceset.arrangement import Grouping
from studio.app.faceset.filters import SCORES
from studio.core.project import Project
from tests.gui.panels.copies import own_copy
from tests.gui.panels.facesets.crowd import make_crowd

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

FACES = 6000


class Curator:
    """Looks at the faces that are in view, knows the person by sight, and counts what the hands do.

    Attributes:
        actions: keys pressed and clicks made; pages: views scrolled through.
    """

    def __init__(self, qtbot, hands, owner_clip):
        self._qtbot = qtbot
        self._hands = hands
        self._known = hands.from_clip(owner_clip)
        self.actions = 0
        self.pages = 0

    def press(self, action):
        self.actions += 1
        self._hands.do(action)

    def looks_wrong(self, index):
        """Whether the face in view shows somebody else."""
        return not self._known[index]

    def look_through(self, judge):
        """Scroll from the top to the end; the rows in which `judge(index, title of the section)` objects."""
        grid, bar = self._hands.grid, self._hands.grid.verticalScrollBar()
        bar.setValue(0)
        objected = set()
        while True:
            arrangement = grid.arrangement
            for row in grid.rows_in_view():
                index = int(arrangement.order[row])
                if judge(index, arrangement.sections[arrangement.section_at(row)].title):
                    objected.add(row)
            if bar.value() >= bar.maximum():
                return sorted(objected)
            bar.setValue(bar.value() + grid.viewport().height() - grid.cell)
            self.pages += 1

    def mark_run(self, first, last, key):
        """Click the first row of a run, Shift-click the last one, press a key."""
        for row, keys in ((first, Qt.KeyboardModifier.NoModifier), (last, Qt.KeyboardModifier.ShiftModifier)):
            if row == last and first == last and keys:
                break
            grid = self._hands.grid
            grid.scrollTo(grid.model().index(row, 0))
            self._hands.click(row, keys)
            self.actions += 1
        self.press(key)


def _runs(rows):
    """First and last of each run of neighbours."""
    breaks = np.flatnonzero(np.diff(rows) > 1)
    return list(zip(rows[np.r_[0, breaks + 1]].tolist(), rows[np.r_[breaks, len(rows) - 1]].tolist(), strict=True))


def _unclean(hands, owner_clip):
    """How many used faces show somebody else, and how many pairs of used ones are near-duplicates, by the store."""
    with Project(hands.window.studio.project.folder) as project:
        identity = project.store.identities.by_id(hands.session.identity.id)
        used = ~hands.session.faces.rejected
        hashes = project.store.faces.hashes(identity)[used]
    foreign = int((used & ~hands.from_clip(owner_clip)).sum())
    near = 0
    for start in range(0, len(hashes), 256):
        bits = np.bitwise_count(hashes[start : start + 256, None] ^ hashes[None]).sum(axis=2, dtype=int)
        near += int((bits <= DUPLICATE_BITS).sum())
    return foreign, (near - len(hashes)) // 2


@pytest.fixture(scope="session")
def crowd(clips, tmp_path_factory):
    target = tmp_path_factory.mktemp("crowd") / "film"
    make_crowd(clips, target, "Man A", FACES)
    return target


class TestSixThousandFaces:
    @pytest.fixture
    def folder(self, crowd, tmp_path):
        return own_copy(crowd, tmp_path / "film")

    def test_they_are_clean_after_a_tenth_of_the_actions_that_sorting_and_deleting_takes(
        self, qtbot, hands, record_property
    ):
        assert len(hands.session.faces) == FACES
        foreign, near = _unclean(hands, "d18.mp4")
        assert foreign > 3000
        assert near > 1000
        curator, began = Curator(qtbot, hands, "d18.mp4"), time.monotonic()
        curator.press("clean")

        def proposed_wrongly(index, title):
            return ("somebody else" in title) != curator.looks_wrong(index) and "near-duplicates" not in title

        objected = curator.look_through(proposed_wrongly)
        for first, last in _runs(np.array(objected)) if objected else ():
            curator.mark_run(first, last, "keep")
        curator.press("accept")
        ours, pages = curator.actions, curator.pages
        seconds = time.monotonic() - began
        assert _unclean(hands, "d18.mp4") == (0, 0)
        goal = hands.session.faces.rejected.copy()
        hands.do("edit.undo")
        by_hand, score, their_seconds = self._deleted_by_hand(qtbot, hands, goal)
        assert _unclean(hands, "d18.mp4") == (0, 0)
        sys.stdout.write(
            f"\n{ours} actions, {pages} pages looked at and {seconds:.0f} s, against {by_hand} actions and "
            f"{their_seconds:.0f} s by sorting by {score} and deleting by hand\n"
        )
        assert ours <= by_hand / 10

    def _deleted_by_hand(self, qtbot, hands, goal):
        """Sort by the score under which the faces to go make the fewest runs, and delete run after run."""
        presentation, began = hands.session.presentation, time.monotonic()
        presentation.group(Grouping.NONE)
        fewest = None
        for score in ("extracted", *(score.column for score in SCORES)):
            presentation.sort(score, descending=False)
            runs = _runs(np.flatnonzero(goal[presentation.arrangement.order]))
            if fewest is None or len(runs) < len(fewest[1]):
                fewest = (score, runs)
        score, runs = fewest
        presentation.sort(score, descending=False)
        hands.window.studio.user.change(auto_advance=False)
        curator = Curator(qtbot, hands, "d18.mp4")
        curator.actions += 1
        for first, last in runs:
            curator.mark_run(first, last, "reject")
        return curator.actions, score, time.monotonic() - began


class TestAClipOfSomebodyElse:
    @pytest.fixture
    def folder(self, clips, tmp_path):
        return own_copy(clips, tmp_path / "film")

    def test_it_is_gone_with_the_near_duplicates_in_six_actions_from_opening_the_panel(self, qtbot, hands):
        curator = Curator(qtbot, hands, "d18.mp4")
        curator.press("clean")
        curator.press("accept")
        assert curator.actions <= 6
        assert _unclean(hands, "d18.mp4") == (0, 0)
        assert hands.session.faces.rejected[hands.from_clip("d10.mp4")].all()
        used = ~hands.session.faces.rejected
        assert used[hands.from_clip("d18.mp4")].sum() >= 216 / 5
