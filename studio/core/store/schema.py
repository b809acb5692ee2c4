"""The tables, as a list of migrations: entry N brings a database from version N to N + 1."""

from __future__ import annotations

from studio.core.store.scores import SCORES

_VERSION_1 = (
    """CREATE TABLE identities (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        engines TEXT)""",
    """CREATE TABLE consents (
        id INTEGER PRIMARY KEY,
        identity INTEGER NOT NULL REFERENCES identities(id),
        basis TEXT NOT NULL,
        scope TEXT NOT NULL,
        note TEXT NOT NULL,
        document TEXT,
        document_sha256 TEXT,
        expires TEXT,
        revoked TEXT,
        created TEXT NOT NULL)""",
    """CREATE TABLE media (
        id INTEGER PRIMARY KEY,
        identity INTEGER NOT NULL REFERENCES identities(id),
        source TEXT NOT NULL,
        resolved TEXT NOT NULL,
        grouping TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        UNIQUE (identity, sha256))""",
    # A scan is one pass over a medium; a frame was looked at if a scan with its stride and a size limit that is
    # no stricter has gone past it.
    """CREATE TABLE scans (
        medium INTEGER NOT NULL REFERENCES media(id),
        stride INTEGER NOT NULL,
        min_size REAL NOT NULL,
        next_frame INTEGER NOT NULL,
        complete INTEGER NOT NULL,
        PRIMARY KEY (medium, stride, min_size))""",
    """CREATE TABLE faces (
        id INTEGER PRIMARY KEY,
        identity INTEGER NOT NULL REFERENCES identities(id),
        medium INTEGER NOT NULL REFERENCES media(id),
        row INTEGER NOT NULL,
        frame INTEGER NOT NULL,
        time REAL NOT NULL,
        position INTEGER NOT NULL,
        x0 REAL NOT NULL, y0 REAL NOT NULL, x1 REAL NOT NULL, y1 REAL NOT NULL,
        confidence REAL NOT NULL,
        size REAL NOT NULL,
        blur REAL NOT NULL,
        yaw REAL NOT NULL, pitch REAL NOT NULL, roll REAL NOT NULL,
        engines TEXT NOT NULL,
        phash BLOB NOT NULL,
        cluster INTEGER,
        state TEXT NOT NULL DEFAULT 'kept',
        UNIQUE (identity, row),
        UNIQUE (medium, frame, position))""",
    """CREATE TABLE entries (
        id INTEGER PRIMARY KEY,
        identity INTEGER NOT NULL REFERENCES identities(id),
        title TEXT NOT NULL,
        created TEXT NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE changes (
        entry INTEGER NOT NULL REFERENCES entries(id),
        face INTEGER NOT NULL REFERENCES faces(id),
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        PRIMARY KEY (entry, face)) WITHOUT ROWID""",
    """CREATE TABLE exports (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        driver_video TEXT NOT NULL,
        run TEXT,
        sha256 TEXT,
        settings TEXT NOT NULL,
        created TEXT NOT NULL)""",
    """CREATE TABLE export_people (
        export INTEGER NOT NULL REFERENCES exports(id) ON DELETE CASCADE,
        identity INTEGER NOT NULL REFERENCES identities(id),
        role TEXT NOT NULL,
        PRIMARY KEY (export, identity, role))""",
)

# A face's record is written once; what curation decides of it lies in a narrow table of its own, so that an edit of
# 100,000 faces writes 2 MB and not 25.
_VERSION_2 = (
    """CREATE TABLE new_identities (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL COLLATE NOCASE,
        folder TEXT NOT NULL UNIQUE COLLATE NOCASE,
        engines TEXT,
        hidden INTEGER NOT NULL DEFAULT 0,
        merged_into INTEGER REFERENCES identities(id))""",
    "INSERT INTO new_identities (id, name, folder, engines) SELECT id, name, name, engines FROM identities",
    "DROP TABLE identities",
    "ALTER TABLE new_identities RENAME TO identities",
    "CREATE UNIQUE INDEX identities_by_name ON identities(name) WHERE hidden = 0",
    # Runs name the people that they train: a name that somebody once had still finds them.
    """CREATE TABLE former_names (
        name TEXT NOT NULL COLLATE NOCASE,
        identity INTEGER NOT NULL REFERENCES identities(id),
        PRIMARY KEY (name, identity)) WITHOUT ROWID""",
    # entry: the merge that brought the medium, NULL for an identity's own. hidden: 1 while that merge is undone.
    """CREATE TABLE new_media (
        id INTEGER PRIMARY KEY,
        identity INTEGER NOT NULL REFERENCES identities(id),
        source TEXT NOT NULL,
        resolved TEXT NOT NULL,
        grouping TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        entry INTEGER,
        hidden INTEGER NOT NULL DEFAULT 0)""",
    "INSERT INTO new_media (id, identity, source, resolved, grouping, sha256)"
    " SELECT id, identity, source, resolved, grouping, sha256 FROM media",
    "DROP TABLE media",
    "ALTER TABLE new_media RENAME TO media",
    "CREATE UNIQUE INDEX media_own ON media(identity, sha256) WHERE entry IS NULL",
    "CREATE INDEX media_by_content ON media(identity, sha256)",
    "CREATE INDEX media_by_entry ON media(entry) WHERE entry IS NOT NULL",
    # similar: the pass left out frames that differ by less. aligned: it took each picture for one aligned face.
    """CREATE TABLE new_scans (
        medium INTEGER NOT NULL REFERENCES media(id),
        stride INTEGER NOT NULL,
        min_size REAL NOT NULL,
        similar REAL NOT NULL DEFAULT 0,
        aligned INTEGER NOT NULL DEFAULT 0,
        next_frame INTEGER NOT NULL,
        complete INTEGER NOT NULL,
        PRIMARY KEY (medium, stride, min_size, similar, aligned))""",
    "INSERT INTO new_scans (medium, stride, min_size, next_frame, complete)"
    " SELECT medium, stride, min_size, next_frame, complete FROM scans",
    "DROP TABLE scans",
    "ALTER TABLE new_scans RENAME TO scans",
    # state: index into records.STATES. cluster: -1 for none. correction: 0 for none.
    # hidden: 1 while the merge that brought the face is undone, 2 once its files are in the trash.
    """CREATE TABLE marks (
        face INTEGER PRIMARY KEY REFERENCES faces(id),
        state INTEGER NOT NULL DEFAULT 0,
        cluster INTEGER NOT NULL DEFAULT -1,
        seen INTEGER NOT NULL DEFAULT 0,
        correction INTEGER NOT NULL DEFAULT 0,
        hidden INTEGER NOT NULL DEFAULT 0)""",
    "INSERT INTO marks (face, state, cluster)"
    " SELECT id, CASE state WHEN 'rejected' THEN 2 ELSE 0 END, coalesce(cluster, -1) FROM faces",
    # copy_of: the face that a merge copied.
    """CREATE TABLE new_faces (
        id INTEGER PRIMARY KEY,
        identity INTEGER NOT NULL REFERENCES identities(id),
        medium INTEGER NOT NULL REFERENCES media(id),
        row INTEGER NOT NULL,
        frame INTEGER NOT NULL,
        time REAL NOT NULL,
        position INTEGER NOT NULL,
        x0 REAL NOT NULL, y0 REAL NOT NULL, x1 REAL NOT NULL, y1 REAL NOT NULL,
        confidence REAL NOT NULL,
        size REAL NOT NULL,
        blur REAL NOT NULL,
        yaw REAL NOT NULL, pitch REAL NOT NULL, roll REAL NOT NULL,
        landmark_confidence REAL,
        exposure REAL,
        occlusion REAL,
        engines TEXT NOT NULL,
        phash BLOB NOT NULL,
        copy_of INTEGER REFERENCES faces(id),
        UNIQUE (identity, row),
        UNIQUE (medium, frame, position))""",
    "INSERT INTO new_faces (id, identity, medium, row, frame, time, position, x0, y0, x1, y1, confidence, size, blur,"
    " yaw, pitch, roll, engines, phash) SELECT id, identity, medium, row, frame, time, position, x0, y0, x1, y1,"
    " confidence, size, blur, yaw, pitch, roll, engines, phash FROM faces",
    "DROP TABLE faces",
    "ALTER TABLE new_faces RENAME TO faces",
    # Holds ids in their order: a hundred thousand faces need not be sorted.
    "CREATE INDEX faces_by_identity ON faces(identity)",
    """CREATE TABLE new_changes (
        entry INTEGER NOT NULL REFERENCES entries(id),
        field TEXT NOT NULL,
        face INTEGER NOT NULL REFERENCES faces(id),
        before INTEGER NOT NULL,
        after INTEGER NOT NULL,
        PRIMARY KEY (entry, field, face)) WITHOUT ROWID""",
    "INSERT INTO new_changes SELECT entry, 'state', face, CASE before WHEN 'rejected' THEN 2 ELSE 0 END,"
    " CASE after WHEN 'rejected' THEN 2 ELSE 0 END FROM changes",
    "DROP TABLE changes",
    "ALTER TABLE new_changes RENAME TO changes",
    "ALTER TABLE entries ADD COLUMN faces INTEGER NOT NULL DEFAULT 0",
    "UPDATE entries SET faces = (SELECT count(*) FROM changes WHERE entry = entries.id)",
    """CREATE TABLE identity_changes (
        entry INTEGER NOT NULL REFERENCES entries(id),
        identity INTEGER NOT NULL REFERENCES identities(id),
        field TEXT NOT NULL,
        before,
        after,
        PRIMARY KEY (entry, identity, field)) WITHOUT ROWID""",
    # AUTOINCREMENT: a number names files, and is never given twice.
    """CREATE TABLE corrections (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        face INTEGER NOT NULL REFERENCES faces(id),
        created TEXT NOT NULL)""",
    "CREATE INDEX corrections_by_face ON corrections(face)",
    """CREATE VIEW present AS
        SELECT f.*, m.state, m.cluster, m.seen, m.correction
        FROM faces f JOIN marks m ON m.face = f.id WHERE m.hidden = 0""",
)

# The measured scores of a face are one vector, in the order of `columns.SCORES`: a hundred thousand faces are read at
# once each time a faceset is opened, and ten numbers of each as one value take a third less time.
_VERSION_3 = (
    "DROP VIEW present",
    "ALTER TABLE faces ADD COLUMN scores BLOB NOT NULL DEFAULT x''",
    f"UPDATE faces SET scores = pack_scores({', '.join(SCORES)})",
    *(f"ALTER TABLE faces DROP COLUMN {column}" for column in SCORES),
    """CREATE VIEW present AS
        SELECT f.*, m.state, m.cluster, m.seen, m.correction
        FROM faces f JOIN marks m ON m.face = f.id WHERE m.hidden = 0""",
)

# By what an export is known again when its credentials are gone; and what was repaired by hand of an analysis.
_VERSION_4 = (
    "ALTER TABLE exports ADD COLUMN fingerprints BLOB",
    """CREATE TABLE repair_entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        video TEXT NOT NULL,
        title TEXT NOT NULL,
        created TEXT NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE repairs (
        id INTEGER PRIMARY KEY,
        entry INTEGER NOT NULL REFERENCES repair_entries(id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        frame INTEGER NOT NULL,
        x REAL,
        y REAL,
        data BLOB NOT NULL)""",
    "CREATE INDEX repairs_by_entry ON repairs(entry)",
    "CREATE INDEX repair_entries_by_video ON repair_entries(video)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4)
