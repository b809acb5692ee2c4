"""Cleaning a faceset: what is proposed is shown, priced, changed and only then made."""

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication, QPushButton

from studio.app.faceset.arrangement import Grouping
from studio.app.faceset.filters import FilterSet
from studio.core.project import Project
from studio.core.records import FaceState

K, M, LEFT = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton
FACES = 60


@pytest.fixture
def bar(hands):
    return hands.find("facesets.proposal")


@pytest.fixture
def tomas(hands):
    """(N,) which faces are not Mira's."""
    return hands.from_clip("tomas.mp4")


def proposed(hands):
    return np.flatnonzero(hands.session.pending.mask)


def entries(hands):
    return [entry.title for entry in hands.window.studio.history.entries if not entry.undone]


def buttons(bar):
    return {button.text(): button for button in bar.findChildren(QPushButton) if button.isVisible()}


def asks(qtbot, bar, text):
    qtbot.waitUntil(lambda: text in bar.text, timeout=10_000)


def type_amount(qtbot, hands, number):
    """Type another number into the bar, and Return."""
    box = hands.find("facesets.amount")
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, str(number))
    qtbot.keyClick(box, K.Key_Return)
    qtbot.waitUntil(lambda: hands.session.pending.amount.value == number, timeout=10_000)
    hands.settle()


def select(hands, *indices):
    hands.session.selection.replace(np.array(indices))
    hands.session.selection.set_current(int(indices[0]))
    hands.grid.setFocus()


def mark(hands, action, indices):
    select(hands, *indices)
    hands.do(action)


def choose_person(qtbot, hands, name):
    """Click a person in the list."""
    people = hands.find("facesets.identity")
    row = next(r for r in range(people.model().rowCount()) if people.model().index(r, 0).data() == name)
    people.selectionModel().setCurrentIndex(people.model().index(row, 0), QItemSelectionModel.SelectionFlag.Select)
    qtbot.mouseClick(people.viewport(), LEFT, pos=people.visualRect(people.model().index(row, 0)).center())
    qtbot.waitUntil(lambda: hands.session.ready and hands.session.identity.name == name, timeout=10_000)
    hands.settle()


def hashes(hands):
    with Project(hands.window.studio.project.folder) as project:
        return project.store.faces.hashes(project.store.identities.by_id(hands.session.identity.id))


def test_a_faceset_with_somebody_elses_clip_is_clean_in_two_actions_and_back_by_one(hands):
    hands.do("clean")
    assert hands.faces == {"unmarked": 60}
    hands.do("accept")
    rejected = hands.session.faces.rejected
    assert rejected[hands.from_clip("tomas.mp4")].all()
    assert not rejected[hands.from_clip("mira.mp4")].all()
    assert hands.faces == {"rejected": int(rejected.sum()), "unmarked": int((~rejected).sum())}
    hands.do("edit.undo")
    assert hands.faces == {"unmarked": 60}


def test_finding_the_person_proposes_all_faces_of_the_other_one_and_shows_them_apart(qtbot, hands, bar, tomas):
    hands.key(K.Key_F)
    asks(qtbot, bar, "reject 30 faces?")
    assert (hands.session.pending.mask == tomas).all()
    assert hands.session.presentation.grouping is Grouping.PROPOSAL
    sections = hands.grid.arrangement.sections
    assert [(s.title, len(s)) for s in sections] == [
        ("Would be rejected: somebody else or no face", 30),
        ("Would stay", 30),
    ]
    assert hands.grid.verticalScrollBar().value() == 0
    assert list(buttons(bar)) == ["Reject proposed", "Dismiss"]
    assert hands.faces == {"unmarked": FACES}


def test_accepting_makes_one_entry_that_undo_takes_back_whole(qtbot, hands, bar, tomas):
    hands.key(K.Key_F)
    asks(qtbot, bar, "reject 30 faces?")
    before = len(entries(hands))
    hands.key(K.Key_Return, M.ControlModifier)
    assert (hands.session.faces.rejected == tomas).all()
    assert hands.faces == {"rejected": 30, "unmarked": 30}
    assert len(entries(hands)) == before + 1
    assert entries(hands)[0].endswith("30 faces")
    assert not bar.isVisible()
    hands.do("edit.undo")
    assert hands.faces == {"unmarked": FACES}


def test_after_the_answer_was_clicked_the_keys_are_in_the_grid_again(qtbot, hands, bar):
    hands.click(0)
    hands.key(K.Key_F)
    asks(qtbot, bar, "reject 30 faces?")
    buttons(bar)["Reject proposed"].setFocus()
    qtbot.mouseClick(buttons(bar)["Reject proposed"], LEFT)
    hands.settle()
    assert hands.faces == {"rejected": 30, "unmarked": 30}
    assert hands.grid.hasFocus()


def test_dismissing_leaves_all_as_it_was(qtbot, hands, bar):
    hands.do("cluster")
    hands.session.presentation.sort("yaw", descending=True)
    before = hands.grid.arrangement.order.tolist(), entries(hands), hands.session.faces.columns.clusters.tolist()
    hands.key(K.Key_B)
    asks(qtbot, bar, "reject 30 faces?")
    assert hands.grid.arrangement.order.tolist() != before[0]
    hands.key(K.Key_Escape)
    assert not bar.isVisible()
    after = hands.grid.arrangement.order.tolist(), entries(hands), hands.session.faces.columns.clusters.tolist()
    assert after == before
    assert hands.faces == {"unmarked": FACES}
    for name in ("accept", "dismiss"):
        assert not hands.window.actions_table[f"facesets.{name}"].isEnabled()


def test_another_number_of_bits_in_the_bar_finds_near_duplicates_anew(qtbot, hands, bar):
    hands.key(K.Key_D)
    asks(qtbot, bar, "Near-duplicates within 10 bits")
    counts, words = {}, hashes(hands)
    for bits in (0, 10, 40):
        type_amount(qtbot, hands, bits)
        asks(qtbot, bar, f"Near-duplicates within {bits} bits")
        going = hands.session.pending.mask
        counts[bits] = int(going.sum())
        apart = np.bitwise_count(words[:, None] ^ words[None]).sum(axis=2, dtype=int)
        near = apart[np.ix_(going, ~going)]
        assert (near.min(axis=1) <= bits).all(), "a face would go that no face that stays is like"
        stay = apart[np.ix_(~going, ~going)] + 1000 * np.eye((~going).sum(), dtype=int)
        assert stay.min() > bits, "two that are alike would stay"
    assert counts[0] <= counts[10] < counts[40] < FACES
    assert hands.grid.isVisible(), "Return has opened something else"
    assert hands.faces == {"unmarked": FACES}


def test_one_bit_is_one_bit(qtbot, hands, bar):
    hands.key(K.Key_D)
    asks(qtbot, bar, "within 10 bits")
    type_amount(qtbot, hands, 1)
    asks(qtbot, bar, "Near-duplicates within 1 bit:")


def test_the_best_are_spread_over_the_poses_and_their_number_can_be_changed(qtbot, hands, bar):
    hands.key(K.Key_B)
    asks(qtbot, bar, "All but the best 30")
    columns = hands.session.faces.columns
    cells = np.unique((columns.yaw // 10) * 100 + columns.pitch // 10, return_inverse=True)[1]
    poses = len(np.unique(cells))
    for number in (poses, 45):
        type_amount(qtbot, hands, number)
        asks(qtbot, bar, f"reject {FACES - number} faces?")
        stay = ~hands.session.pending.mask
        assert stay.sum() == number
        assert len(np.unique(cells[stay])) == poses, "a pose has lost its last face"
        for cell in np.unique(cells):
            inside = cells == cell
            if (inside & ~stay).any():
                assert columns.blur[inside & stay].min() >= columns.blur[inside & ~stay].max()
    hands.do("accept")
    assert hands.faces == {"rejected": 15, "unmarked": 45}


def test_cleaning_takes_other_people_first_and_near_duplicates_of_the_person_after_them(qtbot, hands, bar, tomas):
    hands.do("clean")
    asks(qtbot, bar, "Clean: reject")
    counts = hands.session.pending.counts()
    assert counts["somebody else or no face"] == 30
    assert counts.get("near-duplicates", 0) == len(hands.session.pending) - 30
    few = len(hands.session.pending)
    type_amount(qtbot, hands, 40)
    assert len(hands.session.pending) > few
    assert hands.session.pending.mask[tomas].all()
    assert not hands.session.pending.mask[~tomas].all()


def test_nothing_to_reject_says_so_and_asks_nothing(qtbot, hands, bar):
    hands.key(K.Key_B)
    asks(qtbot, bar, "All but the best 30")
    type_amount(qtbot, hands, FACES)
    asks(qtbot, bar, "nothing to reject.")
    assert list(buttons(bar)) == ["Dismiss"]
    type_amount(qtbot, hands, 59)
    asks(qtbot, bar, "reject 1 face?")


def test_p_excepts_a_face_from_the_proposal_and_leaves_it_unmarked(qtbot, hands, bar):
    hands.key(K.Key_F)
    asks(qtbot, bar, "reject 30 faces?")
    spared = int(proposed(hands)[0])
    hands.click(int(hands.grid.arrangement.rows[spared]))
    hands.key(K.Key_P)
    asks(qtbot, bar, "reject 29 faces?")
    assert hands.faces == {"unmarked": FACES}
    hands.key(K.Key_Return, M.ControlModifier)
    assert hands.faces == {"rejected": 29, "unmarked": 31}
    assert not hands.session.faces.rejected[spared]


def test_p_on_several_faces_excepts_those_too_that_are_excepted_already(qtbot, hands, bar):
    hands.key(K.Key_F)
    asks(qtbot, bar, "reject 30 faces?")
    first, second, third = proposed(hands)[:3].tolist()
    mark(hands, "keep", [second])
    mark(hands, "keep", [first, second, third])
    assert not hands.session.pending.mask[[first, second, third]].any()
    asks(qtbot, bar, "reject 27 faces?")


def test_the_bar_says_how_many_of_the_faces_that_would_go_are_hidden_by_filters(qtbot, hands, bar, tomas):
    hands.key(K.Key_F)
    asks(qtbot, bar, "reject 30 faces?")
    assert "Filters hide" not in bar._details.text()
    hands.session.filters.limit("blur", float(np.median(hands.session.faces.columns.blur[tomas])), None)
    hidden = int((hands.session.pending.mask & (hands.grid.arrangement.rows < 0)).sum())
    assert 0 < hidden < 30
    qtbot.waitUntil(lambda: f"Filters hide {hidden} of them." in bar._details.text(), timeout=5000)


def test_a_proposal_survives_marks_on_other_faces_and_counts_what_was_rejected_meanwhile(qtbot, hands, bar, tomas):
    hands.key(K.Key_F)
    asks(qtbot, bar, "reject 30 faces?")
    mark(hands, "reject", np.flatnonzero(~tomas)[:2])
    mark(hands, "keep", np.flatnonzero(~tomas)[2:4])
    asks(qtbot, bar, "reject 30 faces?")
    assert (hands.session.pending.mask == tomas).all()
    mark(hands, "reject", np.flatnonzero(tomas)[:3])
    asks(qtbot, bar, "reject 27 faces?")
    hands.do("edit.undo")
    asks(qtbot, bar, "reject 30 faces?")
    hands.do("accept")
    assert hands.faces == {"kept": 2, "rejected": 32, "unmarked": 26}


def test_another_proposal_takes_the_place_of_the_first_and_dismissed_leads_back_before_both(qtbot, hands, bar):
    hands.do("cluster")
    hands.key(K.Key_B)
    asks(qtbot, bar, "All but the best 30")
    hands.key(K.Key_D)
    asks(qtbot, bar, "Near-duplicates within")
    assert hands.find("facesets.amount").value() == 10
    hands.key(K.Key_Escape)
    assert hands.session.presentation.grouping is Grouping.CLUSTER


def test_the_answer_keeps_the_keys_while_the_question_changes(qtbot, hands, bar):
    hands.key(K.Key_F)
    asks(qtbot, bar, "reject 30 faces?")
    answer = buttons(bar)["Reject proposed"]
    answer.setFocus()
    hands.session.pending.toggle(proposed(hands)[:1])
    asks(qtbot, bar, "reject 29 faces?")
    assert QApplication.focusWidget() is answer


def test_too_few_marks_to_learn_from_are_said_in_a_sentence_and_nothing_can_be_proposed(hands, tomas):
    hands.click(0)
    hands.key(K.Key_P)
    hands.key(K.Key_E)
    assert hands.message == "Mark 1 more to keep and 2 more to reject, then the rest can be ranked."
    unlike = hands.window.actions_table["facesets.unlike"]
    assert not unlike.isEnabled()
    assert "Rank by example first." in unlike.toolTip()
    assert hands.session.presentation.order == "extracted"


def test_after_a_few_marks_doubtful_faces_come_first_and_those_of_the_other_person_are_proposed(
    qtbot, hands, bar, tomas
):
    for action, who in (("keep", ~tomas), ("reject", tomas)):
        mark(hands, action, np.flatnonzero(who)[::6])
    hands.key(K.Key_E)
    ranking = hands.panel.advice.ranking
    assert "doubtful faces first" in hands.message
    order = hands.grid.arrangement.order
    assert order[:50].tolist() == ranking.order.tolist(), "marked faces need no answer, so they come last"
    assert (np.diff(ranking.doubt[order[:50]]) <= 0).all()
    assert hands.selected == [order[0]]
    assert hands.find("facesets.order").currentText() == "Doubt"
    hands.key(K.Key_E, M.ShiftModifier)
    asks(qtbot, bar, "Like those rejected")
    assert len(proposed(hands)) > 10
    assert tomas[proposed(hands)].all()
    unmarked = hands.session.faces.columns.states[proposed(hands)] == 0
    assert unmarked.all()
    hands.do("accept")
    assert (hands.session.faces.rejected <= tomas).all()


def test_another_person_brings_no_proposal_no_ranking_and_no_filters_along(qtbot, hands, bar, tomas):
    for action, who in (("keep", ~tomas), ("reject", tomas)):
        mark(hands, action, np.flatnonzero(who)[:3])
    hands.key(K.Key_E)
    hands.session.filters.limit("yaw", -30, 30)
    hands.key(K.Key_B)
    asks(qtbot, bar, "All but the best")
    choose_person(qtbot, hands, "Tomas")
    assert not hands.session.pending
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=5000)
    assert hands.session.filters.value == FilterSet()
    assert not hands.panel.desk.chips.isVisible()
    assert hands.panel.advice.ranking is None
    assert not hands.window.actions_table["facesets.unlike"].isEnabled()
    assert hands.session.presentation.order == "extracted"
    assert len(hands.grid.arrangement) == 30
    choose_person(qtbot, hands, "Mira")
    assert not hands.session.pending
    assert len(hands.grid.arrangement) == FACES


def test_what_was_computed_of_the_former_person_is_not_proposed_of_the_next(qtbot, hands, bar):
    hands.window.actions_table["facesets.clean"].trigger()
    choose_person(qtbot, hands, "Tomas")
    assert not hands.session.pending
    assert not bar.isVisible()
    assert (hands.session.faces.columns.clusters == -1).all()
    assert hands.session.faces.counts()[FaceState.UNMARKED] == 30


def test_the_status_says_what_is_being_computed_until_all_of_it_is_done(qtbot, hands):
    said = []
    hands.panel.advice.working.connect(said.append)
    try:
        hands.window.actions_table["facesets.find_person"].trigger()
        hands.window.actions_table["facesets.find_duplicates"].trigger()
        assert hands.status.startswith("Comparing faces…")
        hands.settle()
    finally:
        hands.panel.advice.working.disconnect(said.append)
    assert said.count("") == 1
    assert said[-1] == ""
    assert "…" not in hands.status
