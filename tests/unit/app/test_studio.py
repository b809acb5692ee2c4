"""The session behind a window."""

from datetime import date, timedelta

import pytest

from studio.app.background import Inline
from studio.app.settings import UserSettings
from studio.app.studio import Studio
from studio.core.errors import StudioError
from studio.core.project import Project
from studio.core.records import Basis, FaceState
from studio.provenance.consent import add_record
from tests.unit.faceset.stored import store_faces


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "film"
    with Project.create(path) as project:
        store_faces(project, add_record(project, "anna", Basis.SYNTHETIC, "rendered"), "anna.mp4", range(5))
    return path


@pytest.fixture
def studio():
    session = Studio(Inline(), UserSettings())
    yield session
    session.close()


@pytest.fixture
def opened(studio, folder):
    studio.open(folder)
    return studio


def reject(studio, count):
    ids = studio.project.store.faces.columns(studio.people[0].identity).ids[:count]
    identity = studio.people[0].identity
    studio.edit(lambda p: p.store.journal.set_state(identity, ids, FaceState.REJECTED, f"Reject {count} faces"))


def test_a_project_is_opened_with_its_people_and_remembered(opened, folder):
    (row,) = opened.people
    assert (row.identity.name, row.holds, row.faces, row.used) == ("anna", True, 5, 5)
    assert opened.settings.recent == (str(folder),)


def test_a_project_is_made_where_nothing_is(studio, tmp_path):
    studio.create(tmp_path / "new")
    assert (tmp_path / "new" / "project.toml").is_file()
    assert studio.people == ()


def test_what_is_no_project_is_told_and_the_open_one_stays(opened, tmp_path):
    told = []
    opened.failed.connect(told.append)
    opened.open(tmp_path / "nothing")
    assert [error.code for error in told] == ["project.missing"]
    assert opened.project.folder.name == "film"


def test_an_edit_is_counted_and_can_be_taken_back_and_made_again(opened):
    reject(opened, 2)
    assert opened.people[0].used == 3
    assert (opened.history.undo, opened.history.redo) == ("Reject 2 faces", "")
    opened.undo()
    assert opened.people[0].used == 5
    assert (opened.history.undo, opened.history.redo) == ("", "Reject 2 faces")
    opened.redo()
    assert opened.people[0].used == 3


def test_undo_goes_on_after_a_restart(opened, folder):
    reject(opened, 2)
    opened.close()
    again = Studio(Inline(), UserSettings())
    again.open(folder)
    assert again.history.undo == "Reject 2 faces"
    again.undo()
    assert again.people[0].used == 5
    again.close()


def test_who_shows_faces_is_told_of_an_undo_and_not_of_an_edit_they_made(opened):
    told = []
    opened.rewound.connect(lambda: told.append("rewound"))
    reject(opened, 1)
    assert told == []
    opened.undo()
    assert told == ["rewound"]


def test_undo_with_nothing_to_undo_says_so(opened):
    said = []
    opened.message.connect(said.append)
    opened.undo()
    opened.redo()
    assert said == ["There is nothing to undo.", "There is nothing to redo."]


def test_an_edit_that_fails_is_told_and_what_is_shown_is_read_again(opened):
    told, again = [], []
    opened.failed.connect(told.append)
    opened.rewound.connect(lambda: again.append(True))

    def work(_project):
        raise StudioError("The disk is full.", code="storage.full")

    opened.edit(work)
    assert [error.code for error in told] == ["storage.full"]
    assert again == [True]


def test_a_mistake_of_the_program_is_not_dressed_up_as_an_error_of_the_user(opened):
    def work(_project):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        opened.edit(work)


def test_going_back_to_an_entry_undoes_what_came_after_it(opened):
    for count in (1, 2, 3):
        reject(opened, count)
    first = opened.history.entries[-1]
    opened.go_to(first)
    assert opened.people[0].used == 4
    assert [entry.undone for entry in opened.history.entries] == [True, True, False]
    opened.go_to(opened.history.entries[0])
    assert opened.people[0].used == 2


def test_what_others_change_is_seen_at_the_next_look(opened, folder):
    with Project(folder) as other:
        add_record(other, "ben", Basis.SYNTHETIC, "rendered")
    opened.look()
    assert [row.identity.name for row in opened.people] == ["anna", "ben"]


def test_nothing_is_read_while_nobody_changes_anything(opened, monkeypatch):
    told = []
    opened.people_changed.connect(told.append)
    monkeypatch.setattr("studio.app.studio._read", lambda _project: pytest.fail("read again"))
    opened.look()
    assert told == []


def test_a_record_that_does_not_hold_is_shown_as_such(opened, folder):
    with Project(folder) as other:
        add_record(other, "old", Basis.SYNTHETIC, "rendered", expires=date.today() + timedelta(days=1))
        other.store.identities.revoke(other.store.identities.get("old"))
    opened.look()
    assert [(row.identity.name, row.holds) for row in opened.people] == [("anna", True), ("old", False)]


def test_a_record_expires_at_midnight_though_nobody_changes_anything(opened, folder, monkeypatch):
    class Tomorrow(date):
        @classmethod
        def today(cls):
            return date.today() + timedelta(days=1)

    with Project(folder) as other:
        add_record(other, "guest", Basis.SYNTHETIC, "for a day", expires=date.today())
    opened.look()
    assert [row.holds for row in opened.people] == [True, True]
    monkeypatch.setattr("studio.app.studio.date", Tomorrow)
    opened.look()
    assert [(row.identity.name, row.holds) for row in opened.people] == [("anna", True), ("guest", False)]


def test_people_are_renamed_and_deleted_as_edits(opened):
    opened.rename(opened.people[0].identity, "anne")
    assert opened.people[0].identity.name == "anne"
    assert opened.history.undo == "Rename anna to anne"
    opened.delete(opened.people[0].identity)
    assert opened.people == ()
    opened.undo()
    opened.undo()
    assert opened.people[0].identity.name == "anna"


def test_closing_leaves_nothing_of_the_project(opened):
    opened.close()
    assert (opened.project, opened.people, opened.history.entries, opened.runs.rows) == (None, (), (), ())
