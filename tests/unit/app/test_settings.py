"""What a user has set."""

import json

import pytest

from studio.app.settings import RECENT, ThemeName, UserSettings
from studio.core.errors import UsageError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "window.json"


def test_settings_are_there_again_after_a_restart(path):
    settings = UserSettings(path)
    settings.change(theme=ThemeName.LIGHT, thumbnail_size=200)
    settings.flush()
    again = UserSettings(path).values
    assert (again.theme, again.thumbnail_size, again.auto_advance) == (ThemeName.LIGHT, 200, True)


def test_a_change_is_in_force_at_once_and_told(path):
    settings, told = UserSettings(path), []
    settings.changed.connect(told.append)
    settings.change(auto_advance=False)
    assert not settings.values.auto_advance
    assert [values.auto_advance for values in told] == [False]


def test_what_is_set_already_is_no_change(path):
    settings, told = UserSettings(path), []
    settings.changed.connect(told.append)
    settings.change(thumbnail_size=settings.values.thumbnail_size)
    settings.flush()
    assert told == []
    assert not path.exists()


@pytest.mark.parametrize("values", [{"thumbnail_size": 5}, {"theme": "plaid"}, {"colour": "red"}])
def test_a_setting_that_makes_no_sense_is_refused(path, values):
    settings = UserSettings(path)
    with pytest.raises(UsageError):
        settings.change(**values)
    assert settings.values == UserSettings(path).values


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"theme": "plaid"}', b'{"unknown": 1}', b"\xff\xfe"])
def test_a_damaged_file_is_kept_aside_and_the_window_says_so(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    settings = UserSettings(path)
    assert settings.values.theme is ThemeName.DARK
    assert "window.damaged.json" in settings.complaint
    assert path.with_suffix(".damaged.json").read_bytes() == content
    settings.change(theme=ThemeName.LIGHT)
    settings.flush()
    assert not UserSettings(path).complaint


def test_projects_opened_last_come_first_and_once(path, tmp_path):
    settings = UserSettings(path)
    for name in ("one", "two", "one"):
        settings.opened(tmp_path / name)
    assert settings.values.recent == (str(tmp_path / "one"), str(tmp_path / "two"))


def test_no_more_projects_are_remembered_than_one_looks_through(path, tmp_path):
    settings = UserSettings(path)
    for number in range(RECENT + 5):
        settings.opened(tmp_path / str(number))
    assert len(settings.values.recent) == RECENT
    assert settings.values.recent[0] == str(tmp_path / str(RECENT + 4))


def test_a_project_can_be_taken_from_the_list(path, tmp_path):
    settings = UserSettings(path)
    settings.opened(tmp_path / "one")
    settings.forget(str(tmp_path / "one"))
    assert settings.values.recent == ()


def test_the_file_is_whole_after_every_write(path):
    settings = UserSettings(path)
    for size in (80, 120, 160):
        settings.change(thumbnail_size=size)
        settings.flush()
        assert json.loads(path.read_text())["thumbnail_size"] == size
    assert [file.name for file in path.parent.iterdir()] == ["window.json"]
