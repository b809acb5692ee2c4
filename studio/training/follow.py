"""Taking part in a training that another process leads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.core.reporter import Silent
from studio.training import checkpoints
from studio.training.chance import start_random_states
from studio.training.changes import Changes
from studio.training.data import FacePair, batches
from studio.training.facesets import Facesets, Source
from studio.training.hardware import deterministic, prepare
from studio.training.pretrained import start_encoder
from studio.training.ranks import Ranks, What, Word
from studio.training.schedule import batch_plan, moves_alike
from studio.training.settings import TrainSettings
from studio.training.state import TrainingState

_SEEDS = 2**32


def follow(
    settings: TrainSettings,
    folder: Path,
    first: Callable[[], FacePair],
    total: int,
    ranks: Ranks,
    encoder_weights: Path | None = None,
    source: Source | None = None,
) -> None:
    """Make the steps that the first process tells, with this one's share of their batches, until it tells the end.

    Reads the run's folder and writes nothing; see `loop.train`, which leads. `first` gives the faces that the run began
    with; it is asked once a training begins, when the folder has their list.

    Raises:
        JobError: the first process has ended.
        StudioError: something that the first process has is not here.
    """
    # The first process keeps the average.
    own = settings.changed({"average": 0.0})
    with deterministic(own):
        word = ranks.told()
        while word.what in (What.ANEW, What.RESUME):
            word = _Follower(own, folder, first(), total, ranks, source).go_on(word, encoder_weights)


class _Follower:
    """A training as it is seen from beside, between two beginnings."""

    def __init__(
        self,
        settings: TrainSettings,
        folder: Path,
        first: FacePair,
        total: int,
        ranks: Ranks,
        source: Source | None,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._first = first
        self._total = total
        self._ranks = ranks
        self._source = source
        self._hardware = prepare(settings)
        self._state = TrainingState(settings, self._hardware, ranks=ranks)

    def go_on(self, word: Word, encoder_weights: Path | None) -> Word:
        """Begin as `word` says and make steps; returns the word that is of no step."""
        state, settings = self._state, self._settings
        self._begin(word, encoder_weights)
        self._take_faces(word)
        plan = batch_plan(settings, self._total, self._ranks, self._hardware.changes_faces)
        steps = range(word.step, self._total)
        memory = settings.cache_megabytes << 20
        with batches(plan, lambda step: self._facesets.prepare(step), steps, settings.workers, memory) as stream:
            for step, batch_a, batch_b in stream:
                word = self._ranks.told()
                if word.what is What.STEP:
                    alike = moves_alike(settings, step, self._total)
                    state.update(batch_a, batch_b, word.rate, word.eye_weight, word.mouth_weight, alike)
                elif word.what is What.SKIP:
                    state.skip()
                else:
                    return word
                if word.lists != self._lists:
                    self._take_faces(word)
        return self._ranks.told()

    def _begin(self, word: Word, encoder_weights: Path | None) -> None:
        if word.what is What.ANEW:
            start_encoder(self._state.network, encoder_weights, Silent())
        else:
            found = checkpoints.read(self._folder / "checkpoints" / checkpoints.name_of(word.step))
            self._state.restore(word.step, found.network, found.optimiser, None)
        # What is left to chance in the network shall not be the same for all shares of a batch.
        start_random_states((self._settings.seed + 7919 * self._ranks.rank + word.step) % _SEEDS)

    def _take_faces(self, word: Word) -> None:
        changes = Changes(self._folder / "changes.json", self._settings)
        self._facesets = Facesets(self._folder, self._first, self._source, changes)
        self._lists = word.lists
