"""What a training is to be started with."""

from datetime import date, timedelta

import pytest

from studio.app.background import Inline
from studio.app.settings import UserSettings
from studio.app.studio import Studio
from studio.app.training.fields import GROUPS, PRESETS, defaults, grouped_fields, preset_words
from studio.app.training.pairing import Pairing
from studio.app.training.plan import TrainingPlan
from studio.core.project import Project
from studio.core.records import Basis, FaceState
from studio.provenance.consent import add_record
from studio.training.settings import PRESET_STEPS, TrainSettings
from tests.unit.faceset.stored import store_faces, three_people


@pytest.fixture
def folder(tmp_path):
    """Anna and Ben with faces, Cara without."""
    return three_people(tmp_path / "film")


@pytest.fixture
def studio(folder):
    session = Studio(Inline(), UserSettings())
    session.open(folder)
    yield session
    session.close()


@pytest.fixture
def plan(studio):
    return TrainingPlan(studio)


def number(studio, name):
    return next(row.identity.id for row in studio.people if row.identity.name == name)


def names(plan):
    return [plan.person(side).identity.name for side in ("a", "b")]


def test_the_first_two_who_can_be_trained_are_chosen(plan):
    assert names(plan) == ["anna", "ben"]
    assert plan.obstacle() == ""


def test_a_plan_is_a_command(studio, plan, folder):
    plan.use_preset("light")
    plan.set_values({"batch_size": "4", "flip": "False"})
    assert plan.arguments("train") == [
        "train", str(folder), "anna", "ben", "--preset", "light", "--steps", "100000",
        "--set", "batch_size=4", "--set", "flip=False",
    ]  # fmt: skip


def test_a_preset_brings_its_steps_and_keeps_what_shall_differ(plan):
    plan.set_steps(50)
    plan.set_values({"seed": "3"})
    plan.use_preset("paper")
    assert (plan.steps, plan.values) == (PRESET_STEPS["paper"], {"seed": "3"})
    plan.set_values({"seed": None})
    assert plan.values == {}


def test_the_same_person_twice_is_no_swap(studio, plan):
    plan.choose("b", number(studio, "anna"))
    assert plan.obstacle() == "A and B are the same person: a swap needs two."


def test_who_has_no_faces_can_not_be_trained(studio, plan):
    plan.choose("b", number(studio, "cara"))
    assert "cara has no faces" in plan.obstacle()


def test_who_withdrew_consent_can_not_be_trained(studio, plan, folder):
    with Project(folder) as other:
        other.store.identities.revoke(other.store.identities.get("ben"))
    studio.refresh()
    assert "consent record of ben does not hold" in plan.obstacle()


def test_two_people_are_needed(tmp_path):
    session = Studio(Inline(), UserSettings())
    session.create(tmp_path / "empty")
    assert "two people" in TrainingPlan(session).obstacle()
    session.close()


def test_what_is_wrong_is_said_of_the_setting_as_the_job_says_it(plan):
    plan.set_values({"batch_size": "0", "window": "4", "seed": "1"})
    complaints = plan.complaints()
    assert set(complaints) == {"batch_size", "window"}
    assert complaints["batch_size"].startswith("The setting 'batch_size' does not take '0'")
    assert plan.obstacle() == "A setting is out of bounds: see More settings."
    plan.set_values({"batch_size": "2", "window": None})
    assert plan.obstacle() == ""


def test_every_setting_is_in_one_group_and_has_help(plan):
    fields = [field for group in grouped_fields().values() for field in group]
    assert sorted(field.name for field in fields) == sorted(set(TrainSettings.model_fields) - {"preset", "sizes"})
    assert list(grouped_fields()) == list(GROUPS)
    assert all(len(field.help) > 10 for field in fields)


def test_fields_know_what_there_is_to_choose_from_and_their_bounds(plan):
    fields = {field.name: field for group in grouped_fields().values() for field in group}
    assert fields["window"].choices == (3, 5, 7, 9, 11)
    assert fields["encoder"].choices[-1] is None
    assert "efficientnet_b4" in fields["encoder"].choices
    assert (fields["flip"].switch, fields["seed"].switch) == (True, False)
    assert fields["batch_size"].help.endswith("From 1 to 256.")
    assert fields["learning_rate"].help.endswith("Above 0, up to 0.1.")


def test_every_preset_is_described_and_has_its_defaults():
    assert set(PRESETS) == set(PRESET_STEPS)
    assert defaults("paper")["batch_size"] == 32
    assert preset_words("paper").startswith("256 pixels, the paper's network")


def test_what_each_lacks_for_the_other_is_read_again_when_faces_change(studio, plan):
    pairing = Pairing(studio, plan)
    assert pairing.coverage("a").counts.sum() == 5
    assert pairing.words("a") == "ben shows every pose that anna takes."
    anna = studio.people[0].identity
    ids = studio.project.store.faces.columns(anna).ids[:2]
    studio.edit(lambda project: project.store.journal.set_state(anna, ids, FaceState.REJECTED, "x"))
    assert pairing.coverage("a").counts.sum() == 3


def test_of_a_person_paired_with_themselves_nothing_is_said(studio, plan):
    pairing = Pairing(studio, plan)
    plan.choose("b", number(studio, "anna"))
    assert pairing.words("a") == ""


def test_nothing_is_known_of_another_project(studio, plan, tmp_path):
    pairing = Pairing(studio, plan)
    studio.create(tmp_path / "other")
    assert plan.person("a") is None
    assert pairing.coverage("a") is None


def test_whose_record_is_over_is_not_chosen(tmp_path):
    with Project.create(tmp_path / "film") as project:
        yesterday = date.today() - timedelta(days=1)
        for name, expires in (("old", yesterday), ("anna", None), ("ben", None)):
            identity = add_record(project, name, Basis.SYNTHETIC, "rendered", expires=expires)
            store_faces(project, identity, f"{name}.mp4", range(3))
    session = Studio(Inline(), UserSettings())
    session.open(tmp_path / "film")
    assert names(TrainingPlan(session)) == ["anna", "ben"]
    session.close()
