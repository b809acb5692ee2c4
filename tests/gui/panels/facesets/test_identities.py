"""The people of a project: added with a record, listed with what is known of them, renamed, merged, taken out."""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton
from send2trash import plat_other

from studio.cli.app import run
from studio.core.project import Project
from studio.core.records import Basis
from studio.ui.widgets.inline_bar import InlineBar
from tests.gui.panels.facesets.asking import answered

K, M = Qt.Key, Qt.KeyboardModifier
ROLE = Qt.ItemDataRole


@pytest.fixture
def people(hands):
    return hands.find("facesets.identity")


@pytest.fixture
def form(hands):
    """The form, opened by its key."""
    hands.key(K.Key_N, M.ControlModifier)
    assert hands.panel.form.isVisible()
    return hands.panel.form


@pytest.fixture
def trash(tmp_path, monkeypatch):
    """A trash of the test's own; the library reads XDG_DATA_HOME only once, when it is imported."""
    folder = tmp_path / "Trash"
    monkeypatch.setattr(plat_other, "HOMETRASH", str(folder))
    monkeypatch.setattr(plat_other, "HOMETRASH_B", os.fsencode(folder))
    return folder


def listed(people):
    """Each person's name, and what a screen reader says of them."""
    model = people.model()
    indices = [model.index(row, 0) for row in range(model.rowCount())]
    return {index.data(): index.data(ROLE.AccessibleTextRole) for index in indices}


def choose(people, name):
    row = list(listed(people)).index(name)
    people.selectionModel().setCurrentIndex(
        people.model().index(row, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
    )


def stored(hands):
    """The people by the store itself: how many faces each has."""
    with Project(hands.window.studio.project.folder) as project:
        return {who.name: project.store.faces.count(who) for who in project.store.identities.all()}


def record(hands, name):
    with Project(hands.window.studio.project.folder) as project:
        return project.store.identities.get(name)


def history(hands):
    return [entry.title for entry in hands.window.studio.history.entries if not entry.undone]


def problem(hands):
    words = hands.find("facesets.form.problem")
    return words.text() if words.isVisible() else ""


def refusal(hands):
    bar = hands.window.findChild(InlineBar, "window.message")
    return bar.text if bar.isVisible() else ""


def keys(qtbot, *pressed):
    """Press keys, or type words, wherever the keys are."""
    for one in pressed:
        focus = QApplication.focusWidget()
        if isinstance(one, str):
            qtbot.keyClicks(focus, one)
        else:
            qtbot.keyClick(focus, one)


def reject(hands, count):
    hands.session.selection.replace(np.arange(count))
    hands.session.selection.set_current(0)
    hands.do("reject")


def rename_to(qtbot, hands, name):
    """Rename the chosen person in the dialog, by keyboard."""
    before = []

    def answer(dialog):
        field = dialog.findChild(QLineEdit)
        before.append(field.text())
        field.selectAll()
        qtbot.keyClicks(field, name)
        qtbot.keyClick(field, K.Key_Return)

    answered(hands.window.actions_table["facesets.rename"], answer)
    hands.settle()
    return before[0]


# The form


def test_a_person_is_added_by_keyboard_alone_and_their_record_is_in_the_project(qtbot, hands, people, form):
    """Who works without a mouse can add a person with basis, note and last day, and is led to their empty faceset."""
    keys(qtbot, "Vera", K.Key_Tab, K.Key_Down, K.Key_Down, K.Key_Down, K.Key_Tab)
    keys(qtbot, "Rendered for a test", K.Key_Tab, K.Key_Tab, K.Key_Tab, "2999-12-31", K.Key_Return)
    qtbot.waitUntil(lambda: "Vera" in listed(people), timeout=10_000)
    hands.settle()
    vera = record(hands, "Vera")
    assert (vera.basis, vera.note, vera.expires) == (Basis.SYNTHETIC, "Rendered for a test", date(2999, 12, 31))
    assert vera.holds(date.today())
    assert people.currentIndex().data() == "Vera"
    assert listed(people)["Vera"] == "Vera: consent on record until 2999-12-31 (synthetic); No faces yet"
    assert hands.panel.empty.isVisible()


def test_space_presses_the_button_and_the_document_is_kept_in_the_project(qtbot, hands, people, form, tmp_path):
    """Space on the button of the form adds the person, and a copy of the signed paper is kept."""
    paper = tmp_path / "signed.txt"
    paper.write_text("I agree.")
    keys(qtbot, "Vera", K.Key_Tab, K.Key_Down, K.Key_Tab, "Signed on paper", K.Key_Tab, str(paper))
    for _ in range(6):
        if QApplication.focusWidget() is form.add:
            break
        keys(qtbot, K.Key_Tab)
    assert QApplication.focusWidget() is form.add
    keys(qtbot, K.Key_Space)
    qtbot.waitUntil(lambda: "Vera" in listed(people), timeout=10_000)
    vera = record(hands, "Vera")
    assert vera.basis is Basis.WRITTEN
    assert (hands.window.studio.project.folder / vera.document).read_text() == "I agree."


def test_escape_and_return_on_cancel_add_nobody_and_the_grid_is_back(qtbot, hands, people, form):
    """A form that was opened by mistake goes away by a key, and the faces are there as before."""
    keys(qtbot, "Vera", K.Key_Escape)
    assert hands.grid.isVisible()
    hands.key(K.Key_N, M.ControlModifier)
    assert form.name.text() == "", "the next person begins with an empty form"
    cancel = next(button for button in form.findChildren(QPushButton) if button.text() == "Cancel")
    cancel.setFocus()
    keys(qtbot, K.Key_Return)
    hands.settle()
    assert hands.grid.isVisible()
    assert list(stored(hands)) == list(listed(people)) == ["Mira", "Tomas"]


def test_what_is_wrong_is_told_in_the_form_and_what_was_filled_in_stays(qtbot, hands, people, form):
    """A missing name or note, a date that is none or over, a name that is taken or can't be used: each is said."""
    for name, note, last, words, field in (
        ("", "rendered", "", "Give the person a name.", form.name),
        ("  ", "rendered", "", "Give the person a name.", form.name),
        ("Vera", " ", "", "Write a note", form.note),
        ("Vera", "rendered", "31.12.2999", "'31.12.2999' is not a date. Write it as YYYY-MM-DD.", form.expires),
        ("Vera", "rendered", "2020-01-31", "2020-01-31 is over", form.expires),
        ("mira", "rendered", "", "The identity 'Mira' exists and its record holds.", None),
        ("Ve/ra", "rendered", "", "'Ve/ra' can't name an identity. Use 1 to 63 letters", None),
    ):
        form.name.setText(name)
        form.note.setPlainText(note)
        form.expires.setText(last)
        form.name.setFocus()
        keys(qtbot, K.Key_Return)
        hands.settle()
        assert words in problem(hands)
        assert form.isVisible()
        assert (form.name.text(), form.note.toPlainText(), form.expires.text()) == (name, note, last)
        assert field is None or QApplication.focusWidget() is field
    assert list(stored(hands)) == ["Mira", "Tomas"]
    form.name.setText("Vera")
    keys(qtbot, K.Key_Return)
    hands.settle()
    assert list(stored(hands)) == ["Mira", "Tomas", "Vera"]
    assert problem(hands) == ""


def test_keys_that_mark_faces_do_nothing_behind_the_form(qtbot, hands, form):
    """Letters and Return pressed while the form is filled in never act on faces that can't be seen."""
    hands.session.selection.replace(np.arange(5))
    hands.session.selection.set_current(0)
    for widget in (form.basis, form.add):
        widget.setFocus()
        keys(qtbot, K.Key_X, K.Key_P, K.Key_Delete)
        hands.settle()
    for name in ("reject", "keep", "clean", "loupe", "correct"):
        assert not hands.window.actions_table[f"facesets.{name}"].isEnabled()
    assert hands.faces == {"unmarked": 60}
    keys(qtbot, K.Key_Escape)
    hands.do("reject")
    assert hands.faces == {"rejected": 5, "unmarked": 55}
    assert not hands.window.actions_table["facesets.accept"].isEnabled(), "nothing is proposed, as before"


def test_a_click_on_somebody_in_the_list_leaves_the_form(qtbot, hands, people, form):
    """Who clicks a person while the form is open wants to see that person."""
    box = people.visualRect(people.model().index(1, 0))
    qtbot.mouseClick(people.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    qtbot.waitUntil(lambda: hands.session.ready and hands.session.identity.name == "Tomas", timeout=10_000)
    assert hands.grid.isVisible()


# Renaming, merging, deleting


def test_a_person_is_renamed_and_the_name_comes_back_by_undo(qtbot, hands, people):
    """F2 asks with the old name filled in; list, project and history have the new one, and undo takes it back."""
    choose(people, "Tomas")
    assert rename_to(qtbot, hands, "Thomas") == "Tomas"
    assert list(listed(people)) == ["Mira", "Thomas"]
    assert people.currentIndex().data() == "Thomas"
    assert stored(hands) == {"Mira": 60, "Thomas": 30}
    assert history(hands)[0] == "Rename Tomas to Thomas"
    qtbot.waitUntil(lambda: hands.session.identity.name == "Thomas", timeout=5000)
    hands.do("edit.undo")
    assert stored(hands) == {"Mira": 60, "Tomas": 30}
    assert list(listed(people)) == ["Mira", "Tomas"]
    assert people.currentIndex().data() == "Tomas"


def test_a_name_that_somebody_has_is_refused_and_the_same_person_stays_chosen(qtbot, hands, people):
    """A rename to a taken name says so in a sentence, changes nothing, and does not lead to the other person."""
    rename_to(qtbot, hands, "tomas")
    assert "Tomas" in refusal(hands) or "tomas" in refusal(hands)
    assert stored(hands) == {"Mira": 60, "Tomas": 30}
    assert people.currentIndex().data() == "Mira"
    assert hands.session.identity.name == "Mira"
    assert history(hands) == []


def test_a_rename_that_is_given_up_changes_nothing(qtbot, hands, people):
    """Escape in the dialog leaves the name as it is."""
    answered(
        hands.window.actions_table["facesets.rename"],
        lambda dialog: qtbot.keyClick(dialog.findChild(QLineEdit), K.Key_Escape),
    )
    hands.settle()
    assert list(listed(people)) == ["Mira", "Tomas"]


def test_two_records_of_one_person_are_merged_and_parted_again_by_undo(qtbot, hands, people):
    """The faces of the one go to the other, who is then on show with all of them; undo gives both back."""
    reject(hands, 3)

    def answer(dialog):
        names = dialog.findChild(QComboBox)
        assert [names.itemText(row) for row in range(names.count())] == ["Tomas"]
        qtbot.keyClick(names, K.Key_Return)

    answered(hands.window.actions_table["facesets.merge"], answer)
    hands.settle()
    # Both have the faces of Tomas's clip: those of Mira's clip come to them.
    assert stored(hands) == {"Tomas": 60}
    assert listed(people) == {"Tomas": "Tomas: consent on record (synthetic); 57 faces, 3 rejected"}
    assert history(hands)[0].startswith("Merge Mira into Tomas")
    qtbot.waitUntil(lambda: hands.session.ready and len(hands.session.faces) == 60, timeout=10_000)
    assert hands.session.identity.name == "Tomas"
    assert not hands.window.actions_table["facesets.merge"].isEnabled()
    hands.do("edit.undo")
    assert stored(hands) == {"Mira": 60, "Tomas": 30}
    assert list(listed(people)) == ["Mira", "Tomas"]
    assert people.currentIndex().data() == "Tomas"


def test_a_person_is_taken_out_and_comes_back_whole_by_undo(qtbot, hands, people):
    """Deleting hides the person and shows the next one; undo brings them back with faces and marks, files untouched."""
    reject(hands, 4)
    files = sorted(Path(hands.window.studio.project.folder, "facesets").rglob("*.png"))
    hands.do("delete")
    assert list(listed(people)) == ["Tomas"]
    assert stored(hands) == {"Tomas": 30}
    assert history(hands)[0].startswith("Delete Mira")
    qtbot.waitUntil(lambda: hands.session.ready and hands.session.identity.name == "Tomas", timeout=10_000)
    hands.do("edit.undo")
    assert listed(people)["Mira"] == "Mira: consent on record (synthetic); 56 faces, 4 rejected"
    assert stored(hands) == {"Mira": 60, "Tomas": 30}
    assert sorted(Path(hands.window.studio.project.folder, "facesets").rglob("*.png")) == files


# What the list says


def test_the_list_counts_the_faces_of_everybody_and_follows_marks_at_once(hands, people):
    """Consent and counts of each person are in the row, for the eye, the pointer and the screen reader alike."""
    assert listed(people) == {
        "Mira": "Mira: consent on record (synthetic); 60 faces",
        "Tomas": "Tomas: consent on record (synthetic); 30 faces",
    }
    reject(hands, 1)
    assert listed(people)["Mira"].endswith("; 59 faces, 1 rejected")
    hands.do("edit.undo")
    assert listed(people)["Mira"].endswith("; 60 faces")
    index = people.model().index(0, 0)
    assert index.data(ROLE.ToolTipRole) == index.data(ROLE.AccessibleTextRole)


def test_a_record_that_is_revoked_elsewhere_shows_in_the_list_in_words_and_colour(qtbot, hands, people):
    """A row says that its record was revoked soon after that was done on the command line, and looks unlike before."""
    before = people.grab().toImage()
    assert run(["identity", "revoke", str(hands.window.studio.project.folder), "Tomas", "--json"]) == 0
    qtbot.waitUntil(lambda: "consent revoked" in listed(people)["Tomas"], timeout=5000)
    after = people.grab().toImage()
    row = people.visualRect(people.model().index(1, 0)).translated(people.viewport().pos())
    assert before.copy(row) != after.copy(row)
    choose(people, "Tomas")
    for name in ("extract", "import_aligned"):
        action = hands.window.actions_table[f"facesets.{name}"]
        assert not action.isEnabled()
        assert "No consent record of this identity holds." in action.toolTip()


def test_a_right_click_offers_what_can_be_done_with_a_person(qtbot, hands, people):
    """The actions on a person are where the person is, not only in the menu bar."""
    people.customContextMenuRequested.emit(QPoint(20, 20))
    menu = QApplication.activePopupWidget()
    assert menu is not None
    words = [action.text() for action in menu.actions() if action.text()]
    menu.close()
    assert words == [
        "Add identity…", "Extract faces…", "Import aligned faces…", "Rename identity…", "Merge into another identity…",
        "Delete identity", "Revoke consent…", "Move rejected to trash…",
    ]  # fmt: skip


# The trash


def test_rejected_faces_go_to_the_trash_after_a_question_that_counts_them(qtbot, hands, people, trash):
    """The question names the exact number; exactly those files are in the trash then, and the others stay."""
    reject(hands, 3)
    ids = hands.session.faces.columns.ids.tolist()
    folder = Path(hands.window.studio.project.folder)
    mira = folder / "facesets" / record(hands, "Mira").folder
    images = {path.name for path in (mira / "aligned").glob("*.png")}

    def answer(dialog):
        assert dialog.text() == "Move 3 rejected faces of Mira to the system's trash?"
        assert "undo does not bring them back" in dialog.informativeText()
        qtbot.mouseClick(
            next(button for button in dialog.buttons() if button.text() == "Move to trash"), Qt.MouseButton.LeftButton
        )

    answered(hands.window.actions_table["facesets.trash"], answer)
    hands.settle()
    assert hands.message == "Moved 3 rejected faces of Mira to the trash."
    qtbot.waitUntil(lambda: len(hands.session.faces) == 57, timeout=10_000)
    assert hands.session.faces.columns.ids.tolist() == ids[3:]
    assert len(hands.grid.arrangement) == 57
    assert hands.faces == {"unmarked": 57}
    left = {path.name for path in (mira / "aligned").glob("*.png")}
    gone = {path.name for path in trash.rglob("aligned/*.png")}
    assert len(left) == 57
    assert gone == images - left
    assert len(list(trash.rglob("masks/*.png"))) == 3
    assert listed(people)["Mira"].endswith("; 57 faces")
    assert not hands.window.actions_table["facesets.trash"].isEnabled()


def test_cancelling_the_question_moves_nothing(qtbot, hands, trash):
    """One may look at the number and leave everything as it is; of one face it is asked in the singular."""
    reject(hands, 1)

    def answer(dialog):
        assert dialog.text() == "Move 1 rejected face of Mira to the system's trash?"
        qtbot.keyClick(dialog, K.Key_Escape)

    answered(hands.window.actions_table["facesets.trash"], answer)
    hands.settle()
    assert hands.faces == {"rejected": 1, "unmarked": 59}
    assert len(hands.session.faces) == 60
    assert not trash.exists()


# Consent


def test_a_record_is_revoked_after_a_question_that_says_what_follows(qtbot, hands, people):
    """Escape and Return leave it at the question; where it is answered, the pictures go and the list says why."""
    action = hands.window.actions_table["facesets.revoke"]
    for key in (K.Key_Escape, K.Key_Return):
        answered(action, lambda dialog, key=key: qtbot.keyClick(dialog, key))
        hands.settle()
    assert record(hands, "Mira").revoked is None

    def agree(dialog):
        assert dialog.text() == "Withdraw the consent record of Mira?"
        assert "trained or exported" in dialog.informativeText()
        (button,) = (button for button in dialog.buttons() if button.text() == "Revoke consent")
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    answered(action, agree)
    hands.settle()
    assert record(hands, "Mira").revoked is not None
    assert hands.message.startswith("Revoked the consent of Mira.")
    qtbot.waitUntil(lambda: "consent revoked" in listed(people)["Mira"], timeout=5000)
    qtbot.waitUntil(lambda: not hands.grid.isVisible(), timeout=5000)
    assert not action.isEnabled()
