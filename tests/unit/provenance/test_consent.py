from datetime import date, timedelta

import pytest

from studio.core.errors import ConsentError, IdentityError, UsageError
from studio.core.files import sha256
from studio.core.records import Basis
from studio.core.runs import RunFolder
from studio.provenance.consent import add_record, derived_files, require
from tests.unit.faceset.stored import store_faces


def test_a_record_that_holds_allows_everything(anna):
    assert require(anna, "training") is None


def test_a_revoked_record_allows_nothing(project, anna):
    project.store.identities.revoke(anna)
    with pytest.raises(ConsentError) as caught:
        require(project.store.identities.get("anna"), "training")
    assert caught.value.code == "consent.revoked"
    assert "training" in caught.value.message


@pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (1, True)])
def test_a_record_holds_through_its_last_day(project, days, holds):
    identity = add_record(project, "bo", Basis.SELF, "me", expires=date.today() + timedelta(days=days))
    assert identity.holds(date.today()) is holds
    if not holds:
        with pytest.raises(ConsentError) as caught:
            require(identity, "extraction")
        assert caught.value.code == "consent.expired"


def test_a_record_that_holds_is_not_replaced_unasked(project, anna):
    with pytest.raises(IdentityError):
        add_record(project, "Anna", Basis.SELF, "again")


def test_consent_given_again_after_a_revocation_holds(project, anna):
    project.store.identities.revoke(anna)
    add_record(project, "anna", Basis.WRITTEN, "signed again")
    again = project.store.identities.get("anna")
    assert (again.id, again.basis) == (anna.id, Basis.WRITTEN)
    require(again, "export")


def test_a_note_is_required(project):
    with pytest.raises(UsageError):
        add_record(project, "bo", Basis.SELF, "  ")


def test_the_document_is_kept_with_its_hash(project, tmp_path):
    paper = tmp_path / "release.pdf"
    paper.write_bytes(b"signed")
    identity = add_record(project, "bo", Basis.WRITTEN, "signed release", document=paper)
    kept = project.folder / identity.document
    assert kept.read_bytes() == b"signed"
    assert identity.document_sha256 == sha256(kept)
    with pytest.raises(UsageError):
        add_record(project, "cy", Basis.WRITTEN, "lost", document=tmp_path / "absent.pdf")


def test_revoking_can_name_every_file_that_rests_on_a_face(project, anna):
    bo = add_record(project, "bo", Basis.SYNTHETIC, "rendered")
    for identity in (anna, bo):
        face = project.faceset_folder(identity) / "aligned" / "0000000.png"
        face.parent.mkdir(parents=True)
        face.touch()
    mine = RunFolder.create(project.runs, "train", "anna-bo", {"a": "anna", "b": "bo"})
    RunFolder.create(project.runs, "extract", "bo", {"identity": "bo"})
    export = project.exports / "clip.mp4"
    export.touch()
    project.store.exports.begin("exports/clip.mp4", "clip.mp4", mine.name, [bo], anna, {})
    derived = {path.as_posix() for path in derived_files(project, anna)}
    assert derived == {"facesets/anna/aligned/0000000.png", f"runs/{mine.name}/run.json", "exports/clip.mp4"}


def test_a_file_that_is_about_to_be_replaced_is_named_for_whom_it_shows(project, anna):
    bo = add_record(project, "bo", Basis.SYNTHETIC, "rendered")
    exports, path = project.store.exports, "exports/clip.mp4"
    (project.folder / path).touch()
    exports.begin(path, "clip.mp4", None, [], anna, {}, b"old")
    exports.finish(path, "0" * 64)
    for _ in range(2):
        # It did not come to its end: the disk was full.
        exports.begin(path, "clip.mp4", None, [], bo, {}, b"new")
        assert [file.as_posix() for file in derived_files(project, anna)] == [path]
        assert [export.path for export, _ in exports.known()] == [path, path]
    exports.finish(path, "1" * 64)
    assert derived_files(project, anna) == []
    assert [prints for _, prints in exports.known()] == [b"new"]


def test_what_a_killed_export_left_is_named_also_where_it_is_hidden(project, anna):
    store_faces(project, anna, "a.mp4", [1])
    left = project.unfinished / ".part-0123456789ab-clip.mp4"
    left.parent.mkdir()
    left.touch()
    assert left.relative_to(project.folder) in derived_files(project, anna)


def test_a_killed_copy_of_an_export_to_another_disk_is_named(project, anna, tmp_path):
    export = tmp_path / "elsewhere" / "clip.mp4"
    left, other = (export.with_name(f".part-0123456789ab-{name}") for name in ("clip.mp4", "other.mp4"))
    export.parent.mkdir()
    for path in (left, other):
        path.touch()
    project.store.exports.begin(str(export), "driver.mp4", None, [], anna, {})
    assert derived_files(project, anna) == [left]


def test_names_that_differ_by_case_alone_are_one_person(project):
    add_record(project, "Émile", Basis.SELF, "me")
    with pytest.raises(IdentityError):
        add_record(project, "émile", Basis.SELF, "me")
