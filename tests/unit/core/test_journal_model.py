"""Whatever is edited, undone, redone and restarted: the faceset is what a simple model of the journal says."""

import copy
import shutil
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from studio.core.errors import IdentityError
from studio.core.project import Project
from studio.core.records import STATES, Basis, FaceState, Scope
from studio.core.store.faces import NewFace
from studio.core.store.journal import Change
from studio.core.store.media import Scan
from studio.faceset import people
from studio.faceset.folder import FacesetFolder

STEPS = 200
NAMES = ("anna", "ben", "cora", "dora")
subsets = st.sets(st.integers(0, 11), min_size=1)


class Snapshot:
    """All that edits can change: names and whereabouts of people, and by place each face's state, cluster, correction.

    A place is a number that no two faces have; a merge has it in two facesets, one of them hidden.
    """

    def __init__(self):
        self.names = {}
        self.hidden = set()
        self.faces = {}

    @property
    def present(self):
        return [person for person in self.names if person not in self.hidden]

    def clash(self):
        names = [self.names[person] for person in self.present]
        return len(names) != len(set(names))

    def __eq__(self, other):
        return vars(self) == vars(other)

    __hash__ = None


class JournalMachine(RuleBasedStateMachine):
    """A project beside a stack of snapshots: an edit pushes one, undo steps down, redo up."""

    longest = 0

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.project = Project.create(self.folder / "p")
        self.snapshots, self.at, self.places, self.steps = [Snapshot()], 0, 0, 0
        for name in NAMES[:2]:
            self._add_person(name)
            self._add_faces(self.now.present[-1], 6)

    @property
    def now(self):
        return self.snapshots[self.at]

    def teardown(self):
        type(self).longest = max(self.longest, self.steps)
        self.project.close()
        shutil.rmtree(self.folder)

    # What is no edit holds in the past and in the undone future too.

    def _add_person(self, name):
        store = self.project.store
        person = store.identities.add(name, Basis.SYNTHETIC, Scope.RESEARCH, "made up", None, None).id
        for snapshot in self.snapshots:
            snapshot.names[person] = name
            snapshot.faces[person] = {}

    def _add_faces(self, person, count):
        store, identity = self.project.store, self.project.store.identities.by_id(person)
        medium = store.media.add(identity, "clip", "/clip", "clip", "00")
        first = store.faces.next_row(identity)
        places = list(range(self.places, self.places + count))
        self.places += count
        landmarks = np.stack([np.full((68, 2), place, np.float32) for place in places])
        self.project.landmarks(identity).write(first, landmarks)
        faces = [NewFace(n, n / 30, 0, (0, 0, 9, 9), 1, 9, 9, (0, 0, 0), "f+p+e", (n, 0, 0, 0)) for n in places]
        store.faces.add(identity, medium, first, faces, Scan(1, 0, self.places, False))
        for snapshot in self.snapshots:
            for place in places:
                snapshot.faces[person][place] = [0, -1, 0]

    # Edits.

    def _push(self, after):
        del self.snapshots[self.at + 1 :]
        self.snapshots.append(after)
        self.at += 1

    def _edit(self, data, changes):
        if not self.now.present:
            return
        person = data.draw(st.sampled_from(self.now.present))
        columns = self.project.store.faces.columns(self.project.store.identities.by_id(person))
        after, written = copy.deepcopy(self.now), []
        for field, subset, value in changes:
            chosen = [index for index in sorted(subset) if index < len(columns)]
            written.append(Change(field, columns.ids[chosen], STATES[value] if field == "state" else value))
            for place in columns.frames[chosen].tolist():
                after.faces[person][place][("state", "cluster", "correction").index(field)] = value
        entry = self.project.store.journal.edit(self.project.store.identities.by_id(person), "edit", written)
        assert (entry is None) == (after == self.now)
        if entry is not None:
            differ = [p for p, values in after.faces[person].items() if values != self.now.faces[person][p]]
            assert entry.faces == len(differ)
            self._push(after)

    @rule(data=st.data(), subset=subsets, value=st.integers(0, 2))
    def mark(self, data, subset, value):
        self._edit(data, [("state", subset, value)])

    @rule(data=st.data(), subset=subsets, value=st.integers(-1, 4))
    def move_between_clusters(self, data, subset, value):
        self._edit(data, [("cluster", subset, value)])

    @rule(data=st.data(), one=subsets, two=subsets, values=st.tuples(*[st.integers(0, 2)] * 3))
    def change_several_things_at_once(self, data, one, two, values):
        self._edit(data, [("state", one, values[0]), ("correction", two, values[1]), ("state", two, values[2])])

    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def rename(self, data, name):
        if not self.now.present:
            return
        person = data.draw(st.sampled_from(self.now.present))
        after = copy.deepcopy(self.now)
        after.names[person] = name
        try:
            entry = people.rename(self.project, self.project.store.identities.by_id(person), name)
        except IdentityError:
            assert after.clash()
            return
        assert not after.clash()
        if entry is not None:
            self._push(after)

    @rule(data=st.data())
    def merge(self, data):
        if len(self.now.present) < 2:
            return
        source, into = data.draw(st.permutations(self.now.present))[:2]
        identities = self.project.store.identities
        people.merge(self.project, identities.by_id(source), identities.by_id(into))
        after = copy.deepcopy(self.now)
        after.hidden.add(source)
        for place, (state, _, correction) in after.faces[source].items():
            after.faces[into].setdefault(place, [state, -1, correction])
        self._push(after)

    @rule(data=st.data())
    def delete(self, data):
        if len(self.now.present) < 2:
            return
        person = data.draw(st.sampled_from(self.now.present))
        people.delete(self.project, self.project.store.identities.by_id(person))
        after = copy.deepcopy(self.now)
        after.hidden.add(person)
        self._push(after)

    def _step(self, move, by):
        wanted = self.at + by
        if not 0 <= wanted < len(self.snapshots):
            assert move() is None
            return
        try:
            assert move() is not None
        except IdentityError:
            assert self.snapshots[wanted].clash()
            return
        assert not self.snapshots[wanted].clash()
        self.at = wanted

    @rule()
    def undo(self):
        self._step(self.project.store.journal.undo, -1)

    @rule()
    def undo_once_more(self):
        self._step(self.project.store.journal.undo, -1)

    @rule()
    def redo(self):
        self._step(self.project.store.journal.redo, 1)

    # What is no edit.

    @rule()
    def restart(self):
        self.project.close()
        self.project = Project(self.folder / "p")

    @precondition(lambda self: self.places < 30)
    @rule(data=st.data(), count=st.integers(1, 3))
    def extract(self, data, count):
        if self.now.present:
            self._add_faces(data.draw(st.sampled_from(self.now.present)), count)

    @precondition(lambda self: len(self.now.names) < 6)
    @rule(name=st.sampled_from(NAMES))
    def add_somebody(self, name):
        if name not in [self.now.names[person] for person in self.now.present]:
            self._add_person(name)

    @rule(data=st.data())
    def put_rejected_faces_into_the_trash(self, data):
        if not self.now.present:
            return
        person = data.draw(st.sampled_from(self.now.present))
        trash = self.project.store.trash
        trash.put(stored.face for stored in trash.rejected(self.project.store.identities.by_id(person)))
        rejected = STATES.index(FaceState.REJECTED)
        gone = [place for place, values in self.now.faces[person].items() if values[0] == rejected]
        for snapshot in self.snapshots:
            for faces in snapshot.faces.values():
                for place in gone:
                    faces.pop(place, None)

    @invariant()
    def the_project_is_what_the_model_says(self):
        self.steps += 1
        store, now = self.project.store, self.now
        assert {identity.id: identity.name for identity in store.identities.all()} == {
            person: now.names[person] for person in now.present
        }
        for identity in store.identities.all():
            assert identity.holds(date.today())
            columns = store.faces.columns(identity)
            found = zip(columns.states.tolist(), columns.clusters.tolist(), columns.corrections.tolist(), strict=True)
            assert dict(zip(columns.frames.tolist(), map(list, found), strict=True)) == now.faces[identity.id]
            faces = [face for face in store.faces.of(identity) if face.correction is None]
            landmarks = FacesetFolder(self.project, identity).landmarks(faces)
            np.testing.assert_array_equal(landmarks[:, 0, 0] if faces else [], [face.frame for face in faces])
        assert store.journal.remaining() == (self.at, len(self.snapshots) - 1 - self.at)


def test_two_hundred_random_edits_undos_redos_and_restarts_leave_what_the_model_says():
    JournalMachine.longest = 0
    run_state_machine_as_test(
        JournalMachine,
        settings=settings(
            max_examples=8, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    assert JournalMachine.longest >= STEPS
