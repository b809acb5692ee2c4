import sqlite3

import pytest

from studio.core.errors import IdentityError, ProjectError
from studio.core.project import Project, check_name


def test_a_new_project_opens_again(tmp_path):
    Project.create(tmp_path / "p").close()
    with Project(tmp_path / "p") as project:
        assert project.store.identities.all() == []


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), lambda p: None])
def test_a_folder_without_a_project_is_refused_with_a_hint(tmp_path, make):
    make(tmp_path / "p")
    with pytest.raises(ProjectError) as caught:
        Project(tmp_path / "p")
    assert caught.value.code == "project.missing"
    assert "studio new" in caught.value.hint


def test_a_folder_with_something_in_it_is_not_made_a_project(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(ProjectError):
        Project.create(tmp_path)
    assert [p.name for p in tmp_path.iterdir() if p.name != "user"] == ["letter.txt"]


def test_a_project_of_a_newer_schema_is_refused_and_not_touched(tmp_path):
    Project.create(tmp_path / "p").close()
    database = tmp_path / "p" / "project.db"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = database.read_bytes()
    with pytest.raises(ProjectError) as caught:
        Project(tmp_path / "p")
    assert caught.value.code == "project.newer"
    assert database.read_bytes() == before


def test_a_newer_project_file_is_refused(tmp_path):
    Project.create(tmp_path / "p").close()
    (tmp_path / "p" / "project.toml").write_text("schema = 2\n")
    with pytest.raises(ProjectError) as caught:
        Project(tmp_path / "p")
    assert caught.value.code == "project.newer"


@pytest.mark.parametrize("text", ["schema = ", "", "schema = 'one'", "\x00\xff"])
def test_a_damaged_project_file_is_refused(tmp_path, text):
    Project.create(tmp_path / "p").close()
    (tmp_path / "p" / "project.toml").write_text(text, encoding="latin-1")
    with pytest.raises(ProjectError):
        Project(tmp_path / "p")


def test_a_damaged_database_is_refused(tmp_path):
    Project.create(tmp_path / "p").close()
    for extra in (tmp_path / "p").glob("project.db*"):
        extra.unlink()
    (tmp_path / "p" / "project.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(ProjectError) as caught:
        Project(tmp_path / "p")
    assert caught.value.code == "project.damaged"


def test_a_project_that_lost_its_database_is_not_begun_anew(tmp_path):
    Project.create(tmp_path / "p").close()
    for extra in (tmp_path / "p").glob("project.db*"):
        extra.unlink()
    with pytest.raises(ProjectError) as caught:
        Project(tmp_path / "p")
    assert caught.value.code == "project.damaged"
    assert not (tmp_path / "p" / "project.db").exists()


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "con", "NUL", "x" * 64, "end.", "tab\t", "-rf"])
def test_names_that_can_not_be_folders_everywhere_are_refused(name):
    with pytest.raises(IdentityError):
        check_name(name)


@pytest.mark.parametrize("name", ["mira", "Tomás 2", "actor_07", "A-1"])
def test_ordinary_names_are_taken(name):
    assert check_name(name) == name
