"""A training of seconds, its commands and its end, for tests that steer one."""

import torch
from safetensors.torch import load_file

from studio.training.settings import TrainSettings

QUICK = TrainSettings.build(
    {
        "preset": "demo",
        "batch_size": 1,
        "checkpoint_every": 4,
        "preview_every": 50,
        "threads": 1,
        "size": 64,
        "precision": "float32",
    }
)


class Orders:
    """Gives commands before given steps."""

    def __init__(self, **by_step):
        self._calls, self._given = 0, False
        self._by_step = {int(key.removeprefix("at")): value for key, value in by_step.items()}

    def __call__(self):
        # A training that obeyed some asks again.
        if self._given:
            self._given = False
            return ()
        self._calls += 1
        found = self._by_step.get(self._calls - 1, ())
        self._given = bool(found)
        return found


class Faces:
    """A source whose kept faces are what the test says, or an error."""

    def __init__(self, every, kept):
        self._every, self.now = every, kept

    def kept(self):
        if isinstance(self.now, Exception):
            raise self.now
        return self.now

    def chosen(self, ids):
        return tuple(
            [{face.id: face for face in own}[number] for number in ids[side]]
            for side, own in zip("ab", self._every, strict=True)
        )


def ends_before_step(number, how=KeyboardInterrupt):
    """What `check` does to end a training before its step `number` from here: as a kill, nothing is saved."""
    left = [number]

    def check():
        if left[0] == 0:
            raise how
        left[0] -= 1

    return check


def equal(one, other):
    """Whether two checkpoints hold the same weights and the same state of the optimiser, bit for bit."""
    names = [sorted(path.name for path in folder.glob("*.safetensors")) for folder in (one, other)]
    if names[0] != names[1]:
        return False
    for name in names[0]:
        mine, theirs = load_file(one / name), load_file(other / name)
        if mine.keys() != theirs.keys() or not all(torch.equal(value, theirs[key]) for key, value in mine.items()):
            return False
    return True
