"""One training at work: its state, and what it leaves beside its weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from studio.core.errors import CheckpointError
from studio.core.reporter import Reporter, Silent
from studio.training import checkpoints
from studio.training.batch import Batch
from studio.training.changes import Changes
from studio.training.data import FacePair, batches
from studio.training.errors import FaceErrors
from studio.training.facesets import Facesets, Source
from studio.training.hardware import prepare
from studio.training.losses import weighted
from studio.training.meter import LossMeter, diverged
from studio.training.orders import Order, Orders
from studio.training.pretrained import start_encoder
from studio.training.previews import Previews, write_batches
from studio.training.ranks import Ranks, What, Word
from studio.training.saving import Saver
from studio.training.schedule import batch_plan, learning_rate, moves_alike, sampler, schedule
from studio.training.settings import TrainSettings
from studio.training.state import TrainingState
from studio.training.watch import Astray, Step, Watch

_LAST_TROUBLE = 3
_SLOWER = 0.5
_ERRORS = "errors.json"


class Run:
    """A training on two facesets, in a folder.

    Attributes:
        state: what a step changes.
        meter: what the losses are told to.
        total: how many steps there will be in all.
    """

    def __init__(
        self,
        settings: TrainSettings,
        folder: Path,
        faces: FacePair,
        source: Source | None,
        total: int,
        reporter: Reporter,
        saver: Saver,
        encoder_weights: Path | None,
        ranks: Ranks,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._reporter = reporter
        self._saver = saver
        self._encoder_weights = encoder_weights
        self._ranks = ranks
        self._hardware = prepare(settings)
        self._changes = Changes(folder / "changes.json", settings)
        self._facesets = Facesets(folder, faces, source, self._changes)
        self._saved = ""
        self._due = self._milestone = False
        self._last: Step | None = None
        self.total = total
        self.state = TrainingState(settings, self._hardware, reporter, ranks)
        self._previews = Previews(folder / "previews", faces, self.state.network.size)
        self._orders = Orders(folder, self._changes, self._previews, self._facesets, reporter)
        self._take(0, loss=None, recent=())

    @property
    def faces(self) -> tuple[int, int]:
        """How many faces of A and of B the last step drew from."""
        faces_a, faces_b = self._facesets.at(max(0, self.state.step - 1))
        return len(faces_a), len(faces_b)

    def begin(self) -> None:
        """Take the state of the newest good checkpoint, or start anew where there is none."""
        folder = self._folder / "checkpoints"
        checkpoints.remove_parts(folder)
        path = checkpoints.newest(folder, self._reporter)
        if path is None:
            start_encoder(self.state.network, self._encoder_weights, self._reporter)
            # What an earlier start told is not of these steps.
            self._reporter.event("begun", step=0)
            self._ranks.tell(Word(What.ANEW, lists=len(self._changes.lists)))
            return
        found = checkpoints.read(path)
        if found.record.network != self.state.network.spec:
            raise CheckpointError(
                f"The checkpoints in {folder} are of another network.",
                hint="Resume the run with its own preset and network settings, or start a new one.",
                code="checkpoint.network",
            )
        checkpoints.set_aside(folder, found.record.step)
        self.state.restore(found.record.step, found.network, found.optimiser, found.average)
        self._saved = path.name
        self._take(self.state.step, found.record.loss, found.optimiser.get("watch.recent", ()))
        self.meter.errors = FaceErrors.read(self._folder / _ERRORS, self._reporter)
        self._reporter.event("resumed", step=self.state.step)
        self._ranks.tell(Word(What.RESUME, self.state.step, lists=len(self._changes.lists)))

    def batches(self) -> AbstractContextManager[Iterator[tuple[int, Batch, Batch]]]:
        """The batches of the steps that are left."""
        settings, steps = self._settings, range(self.state.step, self.total)
        plan = batch_plan(settings, self.total, self._ranks, self._hardware.changes_faces)
        return batches(plan, self._facesets.prepare, steps, settings.workers, settings.cache_megabytes << 20)

    def step(self, number: int, batch_a: Batch, batch_b: Batch) -> None:
        """Make one step.

        Raises:
            Astray: the one before went wrong.
        """
        settings = self._in_force(number)
        lists = len(self._changes.lists)
        if self._changes.skips(number):
            self._ranks.tell(Word(What.SKIP, number, lists=lists))
            self.state.skip()
            return
        rate = learning_rate(settings, number, self.total) * self._changes.rate(number)
        weights = settings.eye_weight, settings.mouth_weight
        self._ranks.tell(Word(What.STEP, number, rate, *weights, lists))
        alike = moves_alike(settings, number, self.total)
        terms = self.state.update(batch_a, batch_b, rate, *weights, alike)
        self.meter.add(self.state.step, terms, (batch_a.faces, batch_b.faces))
        self._last = Step(number, (batch_a, batch_b), weighted(terms, *weights).mean(1).sum())
        self._watch.add(self._last)

    def look_after(self) -> None:
        """Preview and save where it is time, and tell of what was saved."""
        settings, step = self._changes.settings(self.state.step), self.state.step
        if step % settings.preview_every == 0 or step == self.total:
            self.preview()
        self._milestone = self._milestone or (settings.milestone_every > 0 and step % settings.milestone_every == 0)
        self._due = self._due or self._milestone or step % settings.checkpoint_every == 0
        self._save_what_is_due()
        self._tell(self._saver.written())

    def obey(self, order: Order) -> None:
        """Obey a command: save, preview, or one that changes something (see `Orders`)."""
        command = order.get("command")
        if command == "save":
            self._due = True
            self._save_what_is_due()
            # Whoever asked wants to know that it is there, also of a training that is paused.
            self._tell(self._saver.wait() or self._kept())
        elif command == "preview" or self._orders.obey(order, self.state.step):
            self.preview()

    def save(self) -> None:
        """Begin to write a checkpoint of this step, unless the newest one is just that.

        Raises:
            Astray: the last step went wrong: what it led to is not kept.
            StorageError: the checkpoint before could not be written.
        """
        self._watch.settle()
        step, name = self.state.step, checkpoints.name_of(self.state.step)
        self.meter.report(step)
        if self._saved == name:
            self._due = self._milestone = False
            return
        if self._last is not None and not self.state.is_finite():
            raise Astray(self._last, "it leaves weights that are no numbers")
        settings = self._changes.settings(step)
        record = checkpoints.CheckpointRecord(
            step=step,
            loss=self.meter.loss,
            network=self.state.network.spec,
            settings=settings.model_dump(mode="json"),
            sampler=sampler(settings, step),
            schedule=schedule(settings, step, self.total, self._changes.rate(step)),
            milestone=self._milestone,
            files={},
        )
        # What is still being written is written from the memory that the state is copied into.
        self._tell(self._saver.wait())
        optimiser = {**self.state.optimiser_tensors(), "watch.recent": self._watch.recent}
        errors = partial(self.meter.errors.copied().write, self._folder / _ERRORS, step)
        self._saver.begin(
            record,
            self.state.network_tensors(),
            optimiser,
            settings.keep_checkpoints,
            errors,
            self.state.average_tensors(),
        )
        self._saved, self._due, self._milestone = name, False, False

    def preview(self) -> None:
        """Write a preview of this step."""
        path = self._previews.write(self.state.shown, self.state.step)
        faces = self._previews.faces
        where = path.relative_to(self._folder).as_posix()
        self._reporter.event("preview", step=self.state.step, path=where, faces=faces, rows=len(faces["a"]))

    def stop(self) -> None:
        """Keep what there is, where it is good: whoever stops a training does not want it to go on from before."""
        with suppress(Astray):
            self._watch.settle()
            if not (self._watch.doubtful and self._saved):
                self.save()
        self._tell(self._saver.wait())

    def finish(self) -> Path:
        """Write the last checkpoint, and return its folder."""
        self.save()
        self._tell(self._saver.wait())
        return self._folder / "checkpoints" / self._saved

    def go_back(self, trouble: Astray) -> None:
        """Go back to the last checkpoint, and past the steps that led astray; the first time at half the rate.

        Raises:
            JobError: it is the third time.
        """
        self._tell(self._saver.wait())
        number = trouble.step.number
        kept = self._folder / "astray" / f"step-{number:08d}.png"
        write_batches(kept, trouble.step.batches)
        picture = kept.relative_to(self._folder).as_posix()
        self._reporter.event("astray", step=number, reason=trouble.reason, picture=picture)
        # What the step before led to may be what is wrong with this one.
        skipped = range(max(0, number - 1), number + 1)
        first = self._changes.troubles == 0
        good = checkpoints.newest(self._folder / "checkpoints", Silent())
        since = checkpoints.step_of(good) if good is not None else 0
        self._changes.go_past(skipped, since, _SLOWER if first else 1.0)
        if self._changes.troubles >= _LAST_TROUBLE:
            raise diverged(number, trouble.reason)
        self._renew()
        slower = " at half the rate" if first else ""
        self._reporter.note(
            f"The training went astray at step {number}: {trouble.reason}. It goes on from step"
            f" {self.state.step}{slower}, without that step; its faces are kept in {picture}."
        )

    def _kept(self) -> Path | None:
        """The checkpoint of this step, where there is one already."""
        path = self._folder / "checkpoints" / checkpoints.name_of(self.state.step)
        return path if self._saved == path.name else None

    def _save_what_is_due(self) -> None:
        """Save where that is due: a training may go back to what is saved, so while it is in doubt, that waits."""
        if self._due:
            self._watch.settle()
            if not self._watch.doubtful:
                self.save()

    def _renew(self) -> None:
        self._last, self._saved, self._due, self._milestone = None, "", False, False
        # First: a device may have no room for two of them.
        del self.state
        self.state = TrainingState(self._settings, self._hardware, self._reporter, self._ranks)
        self._take(0, loss=None, recent=())
        self.begin()

    def _take(self, step: int, loss: float | None, recent: Any) -> None:
        """Begin to measure and to watch at `step`."""
        self._settings_now = self._changes.settings(max(0, step - 1))
        self._watch = Watch(recent, self._hardware.scales)
        self.meter = LossMeter(self._reporter, self._settings_now, self._hardware, loss)

    def _in_force(self, number: int) -> TrainSettings:
        """The settings of a step; those who reckon with them are told where they change."""
        settings, before = self._changes.settings(number), self._settings_now
        if settings is not before:
            self.meter.report(self.state.step)
            self.meter.settings = self._settings_now = settings
            if (settings.eye_weight, settings.mouth_weight) != (before.eye_weight, before.mouth_weight):
                self._watch.settle()
                self._watch.forget()
        return settings

    def _tell(self, written: Path | None) -> None:
        if written is not None:
            step = checkpoints.step_of(written)
            self._reporter.event("checkpoint", step=step, path=written.relative_to(self._folder).as_posix())
            self._reporter.event("errors", step=step, path=_ERRORS)
