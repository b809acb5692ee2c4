"""A project of the first release opens, and nothing in it is lost."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from studio.core.project import Project
from studio.core.records import FaceState
from studio.core.store.media import Scan
from studio.core.store.schema import MIGRATIONS

# As the first release made it: kept literally, whatever becomes of the list of migrations.
VERSION_1 = """
CREATE TABLE identities (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, engines TEXT);
CREATE TABLE consents (
    id INTEGER PRIMARY KEY, identity INTEGER NOT NULL REFERENCES identities(id), basis TEXT NOT NULL,
    scope TEXT NOT NULL, note TEXT NOT NULL, document TEXT, document_sha256 TEXT, expires TEXT, revoked TEXT,
    created TEXT NOT NULL);
CREATE TABLE media (
    id INTEGER PRIMARY KEY, identity INTEGER NOT NULL REFERENCES identities(id), source TEXT NOT NULL,
    resolved TEXT NOT NULL, grouping TEXT NOT NULL, sha256 TEXT NOT NULL, UNIQUE (identity, sha256));
CREATE TABLE scans (
    medium INTEGER NOT NULL REFERENCES media(id), stride INTEGER NOT NULL, min_size REAL NOT NULL,
    next_frame INTEGER NOT NULL, complete INTEGER NOT NULL, PRIMARY KEY (medium, stride, min_size));
CREATE TABLE faces (
    id INTEGER PRIMARY KEY, identity INTEGER NOT NULL REFERENCES identities(id),
    medium INTEGER NOT NULL REFERENCES media(id), row INTEGER NOT NULL, frame INTEGER NOT NULL, time REAL NOT NULL,
    position INTEGER NOT NULL, x0 REAL NOT NULL, y0 REAL NOT NULL, x1 REAL NOT NULL, y1 REAL NOT NULL,
    confidence REAL NOT NULL, size REAL NOT NULL, blur REAL NOT NULL, yaw REAL NOT NULL, pitch REAL NOT NULL,
    roll REAL NOT NULL, engines TEXT NOT NULL, phash BLOB NOT NULL, cluster INTEGER,
    state TEXT NOT NULL DEFAULT 'kept', UNIQUE (identity, row), UNIQUE (medium, frame, position));
CREATE TABLE entries (
    id INTEGER PRIMARY KEY, identity INTEGER NOT NULL REFERENCES identities(id), title TEXT NOT NULL,
    created TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0);
CREATE TABLE changes (
    entry INTEGER NOT NULL REFERENCES entries(id), face INTEGER NOT NULL REFERENCES faces(id), before TEXT NOT NULL,
    after TEXT NOT NULL, PRIMARY KEY (entry, face)) WITHOUT ROWID;
CREATE TABLE exports (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, driver_video TEXT NOT NULL, run TEXT, sha256 TEXT,
    settings TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE export_people (
    export INTEGER NOT NULL REFERENCES exports(id) ON DELETE CASCADE,
    identity INTEGER NOT NULL REFERENCES identities(id), role TEXT NOT NULL, PRIMARY KEY (export, identity, role));
PRAGMA user_version = 1;
INSERT INTO identities VALUES (1, 'Anna', 'a+b+dlib-resnet'), (2, 'ben', NULL);
INSERT INTO consents VALUES
    (1, 1, 'synthetic', 'research', 'rendered', NULL, NULL, NULL, NULL, '2025-01-01T00:00:00+00:00'),
    (2, 2, 'self', 'production', 'myself', NULL, NULL, '2020-01-01', NULL, '2019-01-01T00:00:00+00:00');
INSERT INTO media VALUES (1, 1, 'clip.mp4', '/clip.mp4', 'clip.mp4', 'ab');
INSERT INTO scans VALUES (1, 2, 48.0, 10, 1);
INSERT INTO faces VALUES
    (1, 1, 1, 0, 0, 0.0, 0, 1, 2, 3, 4, 0.9, 100, 7, 1, 2, 3, 'a+b+dlib-resnet', zeroblob(32), 5, 'rejected'),
    (2, 1, 1, 1, 2, 0.1, 0, 1, 2, 3, 4, 0.9, 100, 7, 1, 2, 3, 'a+b+dlib-resnet', zeroblob(32), NULL, 'rejected'),
    (3, 1, 1, 2, 4, 0.2, 0, 1, 2, 3, 4, 0.9, 100, 7, 1, 2, 3, 'a+b+dlib-resnet', zeroblob(32), NULL, 'kept');
INSERT INTO entries VALUES
    (1, 1, 'two', '2025-01-02T00:00:00+00:00', 0), (2, 1, 'third', '2025-01-03T00:00:00+00:00', 1);
INSERT INTO changes VALUES (1, 1, 'kept', 'rejected'), (1, 2, 'kept', 'rejected'), (2, 3, 'kept', 'rejected');
INSERT INTO exports VALUES (1, 'exports/x.mp4', 'd.mp4', NULL, NULL, '{}', '2025-01-04T00:00:00+00:00');
INSERT INTO export_people VALUES (1, 1, 'target');
"""


@pytest.fixture
def old(tmp_path):
    """A project as the first release left it."""
    folder = tmp_path / "p"
    Project.create(folder).close()
    for file in folder.glob("project.db*"):
        file.unlink()
    with closing(sqlite3.connect(folder / "project.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(VERSION_1)
    return folder


def test_faces_that_nobody_decided_on_are_unmarked_and_rejected_ones_stay_rejected(old):
    with Project(old) as project:
        anna = project.store.identities.get("anna")
        faces = project.store.faces.of(anna)
        assert [face.state for face in faces] == [FaceState.REJECTED, FaceState.REJECTED, FaceState.UNMARKED]
        assert [face.cluster for face in faces] == [5, None, None]
        assert [face.frame for face in faces] == [0, 2, 4]
        assert faces[0].exposure is None
        assert not faces[0].seen
        assert np.isnan(project.store.faces.columns(anna).landmark_confidence).all()


def test_people_keep_their_records_folders_media_and_exports(old):
    with Project(old) as project:
        anna, ben = project.store.identities.all()
        assert (anna.name, anna.basis, anna.note) == ("Anna", "synthetic", "rendered")
        assert (ben.scope, str(ben.expires)) == ("production", "2020-01-01")
        assert project.faceset_folder(anna) == project.folder / "facesets" / "Anna"
        assert project.store.identities.engines(anna) == "a+b+dlib-resnet"
        assert [medium.source for medium in project.store.media.of(anna)] == ["clip.mp4"]
        assert project.store.media.scans(project.store.media.find(anna, "ab")) == [Scan(2, 48, 10, True)]
        assert [export.path for export in project.store.exports.of(anna)] == ["exports/x.mp4"]


def test_the_journal_goes_on_where_it_was(old):
    with Project(old) as project:
        anna = project.store.identities.get("anna")
        assert [(e.title, e.faces, e.undone) for e in project.store.journal.history()] == [
            ("third", 1, True), ("two", 2, False)
        ]  # fmt: skip
        assert project.store.journal.redo().title == "third"
        assert project.store.faces.count(anna, FaceState.REJECTED) == 3
        project.store.journal.undo()
        project.store.journal.undo()
        assert project.store.faces.count(anna, FaceState.UNMARKED) == 3


def test_a_migrated_database_has_the_tables_of_a_new_one_and_no_dangling_reference(old, tmp_path):
    Project(old).close()
    Project.create(tmp_path / "new").close()
    shapes = []
    for folder in (old, tmp_path / "new"):
        with closing(sqlite3.connect(folder / "project.db")) as connection:
            rows = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
            shapes.append([(kind, name, "".join((sql or "").split())) for kind, name, sql in rows])
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    assert shapes[0] == shapes[1]


def test_a_migration_that_fails_leaves_the_old_database_as_it_was(old, monkeypatch):
    broken = (*MIGRATIONS[:1], (*MIGRATIONS[1], "INSERT INTO nowhere VALUES (1)"))
    monkeypatch.setattr("studio.core.store.database.MIGRATIONS", broken)
    with pytest.raises(sqlite3.OperationalError):
        Project(old)
    with closing(sqlite3.connect(old / "project.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 1
        assert connection.execute("SELECT state FROM faces ORDER BY id").fetchall() == [
            ("rejected",), ("rejected",), ("kept",)
        ]  # fmt: skip
