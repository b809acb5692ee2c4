"""The tables, as a list of migrations: entry N brings a database from version N to N + 1."""

from __future__ import annotations

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

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1,)
