"""Whom a training trains, by runs of this release and by earlier ones that know names alone."""

import json

import pytest

from studio.app.background import Inline
from studio.app.faceset.session import FacesetSession
from studio.app.settings import UserSettings
from studio.app.studio import Studio
from studio.app.training.face_errors import FaceErrors
from studio.app.training.trained import hidden_words, trained_people
from studio.core.files import write_json
from studio.core.project import Project
from studio.core.records import Basis
from studio.core.runs import RunFolder
from studio.jobs import trained as jobs
from studio.provenance.consent import add_record
from tests.unit.faceset.stored import store_faces


@pytest.fixture
def studio(tmp_path):
    with Project.create(tmp_path / "film") as project:
        for name in ("Anna", "Ben", "Cara"):
            store_faces(project, add_record(project, name, Basis.SYNTHETIC, "rendered"), f"{name}.mp4", range(3))
    made = Studio(Inline(), UserSettings())
    made.open(tmp_path / "film")
    yield made
    made.close()


def identity(studio, name):
    return next(row.identity for row in studio.people if row.identity.name == name)


@pytest.fixture(params=["by ids", "by names"])
def config(request, studio):
    """What two ways of writing it say of the same training."""
    people = {"people": [identity(studio, name).id for name in ("Anna", "Ben")]} if request.param == "by ids" else {}
    return {"a": "Anna", "b": "Ben", **people}


def found(studio, config):
    return {side: row.identity.name for side, row in trained_people(studio.people, config).items()}


def as_jobs_find(studio, config):
    return dict(zip("ab", (person.name for person in jobs.trained_people(studio.project, config)), strict=True))


def test_both_people_are_found(studio, config):
    assert found(studio, config) == as_jobs_find(studio, config) == {"a": "Anna", "b": "Ben"}
    assert hidden_words(studio.people, config) == ""


def test_whoever_was_renamed_or_merged_is_found_as_they_are_now(studio, config):
    studio.rename(identity(studio, "Ben"), "Benno")
    studio.merge(identity(studio, "Anna"), identity(studio, "Cara"))
    assert found(studio, config) == as_jobs_find(studio, config) == {"a": "Cara", "b": "Benno"}


@pytest.mark.parametrize("name", ["Anna", "Ben"])
def test_pictures_of_either_person_are_hidden_once_consent_is_revoked(studio, config, name):
    studio.revoke(identity(studio, name))
    assert hidden_words(studio.people, config) == (
        f"No picture is shown: there is no consent record of {name} that holds."
    )


def test_pictures_are_hidden_when_whom_somebody_was_merged_into_revokes(studio, config):
    studio.merge(identity(studio, "Anna"), identity(studio, "Cara"))
    studio.revoke(identity(studio, "Cara"))
    assert "Cara" in hidden_words(studio.people, config)


def test_pictures_stay_hidden_when_whoever_revoked_is_deleted(studio, config):
    studio.revoke(identity(studio, "Ben"))
    studio.delete(identity(studio, "Ben"))
    assert "no consent record of Ben" in hidden_words(studio.people, config)
    assert found(studio, config) == {"a": "Anna"}


def test_errors_of_faces_are_those_of_the_persons_side(studio, config):
    run = RunFolder.create(studio.project.runs, "train", "anna-ben", config)
    run.append("done", result={})
    studio.runs.poll()
    session = FacesetSession(studio)
    errors = FaceErrors(studio, session)
    session.show(identity(studio, "Ben"))
    ids = session.faces.columns.ids.tolist()
    told = {"step": 20, "a": {str(ids[0]): [9.0, 1]}, "b": {str(ids[1]): [0.25, 3]}}
    write_json(run.folder / "errors.json", told)
    errors.look()
    assert json.dumps(errors.values.tolist()) == "[NaN, 0.25, NaN]"
    session.close()
