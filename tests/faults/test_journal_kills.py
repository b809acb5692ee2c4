"""The process is killed in the middle of an edit of 50,000 faces: the edit is there or not there, never half."""

import random
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing

import pytest

from studio.core.project import Project
from studio.core.records import STATES, FaceState
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan

FACES = 50_000
KILLS = 20

PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from studio.core.project import Project
    from studio.core.records import FaceState
    from studio.core.store.journal import Change

    with Project(Path(sys.argv[1])) as project:
        anna = project.store.identities.get("anna")
        ids = project.store.faces.columns(anna).ids
        changes = [Change("state", ids, FaceState(sys.argv[3])), Change("cluster", ids, ids % 25)]
        print("begun", flush=True)
        if sys.argv[2] == "undo":
            project.store.journal.undo()
        else:
            project.store.journal.edit(anna, sys.argv[3], changes)
        print("done", flush=True)
    """
)


@pytest.fixture
def many(project, anna):
    medium = project.store.media.add(anna, "clip.mp4", "/clip.mp4", "clip.mp4", "00")
    faces = [NewFace(n, n / 30, 0, (0, 0, 9, 9), 1, 9, 9, (0, 0, 0), "f+p+e", (n, 0, 0, 0)) for n in range(FACES)]
    project.store.faces.add(anna, medium, 0, faces, Scan(1, 0, FACES, True))
    return project.folder


def start(folder, action, state):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), action, state], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    return process


def look(folder):
    """What a new process sees: the one state and kind of cluster all faces have, and the journal."""
    with closing(sqlite3.connect(folder / "project.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with Project(folder) as project:
        columns = project.store.faces.columns(project.store.identities.get("anna"))
        assert len(columns) == FACES
        (state,) = set(columns.states.tolist())
        (clustered,) = {bool(cluster >= 0) for cluster in columns.clusters.tolist()}
        entries = [(entry.title, entry.undone) for entry in project.store.journal.history()]
    return state, clustered, entries


@pytest.mark.slow
def test_an_edit_of_fifty_thousand_faces_is_there_or_not_there_whenever_the_process_is_killed(many):
    choose = random.Random(1)
    with start(many, "edit", FaceState.REJECTED) as process:
        began = time.monotonic()
        assert process.stdout.readline() == "done\n"
        takes = time.monotonic() - began
    in_the_middle, there = 0, 0
    for _ in range(KILLS):
        before = look(many)
        state, _, entries = before
        done = [entry for entry in entries if not entry[1]]
        action = choose.choice(["edit", "undo"]) if done else "edit"
        wanted = FaceState.KEPT if STATES[state] is FaceState.REJECTED else FaceState.REJECTED
        process = start(many, action, wanted)
        time.sleep(choose.uniform(0, 1.3 * takes))
        process.kill()
        done_before = "done" in process.communicate()[0]
        in_the_middle += not done_before
        # The machine may be slower now than it was then, or faster.
        takes *= 0.8 if done_before else 1.1
        after = look(many)
        if after == before:
            continue
        there += 1
        if action == "edit":
            assert after == (STATES.index(wanted), True, [(wanted, False), *done])
        else:
            last = entries.index(done[0])
            assert after[2] == [(title, undone or n == last) for n, (title, undone) in enumerate(entries)]
    assert in_the_middle >= KILLS // 2
    assert there < KILLS
