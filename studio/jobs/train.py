"""The job that trains a swap autoencoder on two facesets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field

from studio.core.config import Settings
from studio.core.errors import CheckpointError
from studio.core.project import Project
from studio.core.records import Identity, TrainingFace
from studio.core.reporter import JobReporter, Silent
from studio.faceset.folder import training_faces
from studio.faceset.frozen import SIDES, list_path, read_list, trained_faces, write_list
from studio.jobs.guard import ConsentGuard
from studio.jobs.trained import trained_people
from studio.provenance.consent import require
from studio.training.checkpoints import described, newest, stored
from studio.training.data import FacePair
from studio.training.follow import follow
from studio.training.loop import train
from studio.training.ranks import Ranks, joined
from studio.training.settings import TrainSettings
from studio.zoo.manifest import load_manifest
from studio.zoo.shelf import Shelf


class Fork(Settings):
    """The run and the step that a run began at."""

    run: str
    step: int = Field(ge=0)


class TrainConfig(Settings):
    """Whose faces are trained, and how; `people` are the ids of A and B, whatever they are called meanwhile."""

    project: Path
    a: str
    b: str
    people: tuple[int, int] | None = None
    settings: TrainSettings
    fork: Fork | None = None


def training_config(project: Project, a: Identity, b: Identity, settings: TrainSettings) -> dict[str, Any]:
    """The frozen configuration of a new run that trains A and B."""
    people = (a.id, b.id)
    config = TrainConfig(project=project.folder, a=a.name, b=b.name, people=people, settings=settings.settled())
    return config.model_dump(mode="json", exclude={"fork"})


class StoredFaces:
    """The faces of a training's two people in its project."""

    def __init__(self, project: Project, config: Mapping[str, Any]) -> None:
        self._project = project
        self._config = config

    def kept(self) -> FacePair:
        """The faces that are kept now.

        Raises:
            ConsentError: a record does not hold.
            FacesetError: somebody has none.
        """
        people = trained_people(self._project, self._config)
        for identity in people:
            require(identity, "training")
        a, b = (training_faces(self._project, identity) for identity in people)
        return a, b

    def chosen(self, ids: Mapping[str, Sequence[int]]) -> FacePair:
        """The faces of these ids by side, in their order; those that are gone are left out."""
        a, b = (
            [known[face] for face in ids[side] if face in known] for side, known in zip(SIDES, self._known, strict=True)
        )
        return a, b

    @cached_property
    def _known(self) -> list[dict[int, TrainingFace]]:
        """By side, all faces a run may have chosen from: those of people merged into one of its own are still there."""
        found = []
        for identity in trained_people(self._project, self._config):
            people = [identity, *self._project.store.identities.merged(identity)]
            known = [person for person in people if self._project.store.faces.count(person)]
            faces = [training_faces(self._project, person, rejected=True) for person in known]
            found.append({face.id: face for each in faces for face in each})
        return found


def run(config: Mapping[str, Any], reporter: JobReporter) -> dict[str, Any]:
    """Train up to the launch's total of steps, going on from the newest good checkpoint.

    Where torchrun started several processes, the first does, and the others take their part in it.
    """
    checked = _settled(TrainConfig.build(config), reporter.folder)
    if checked.fork is not None and not stored(reporter.folder / "checkpoints"):
        raise CheckpointError(
            f"The checkpoint of {checked.fork.run} that this run begins with is not here.",
            hint="Make the fork again.",
            code="checkpoint.missing",
        )
    with Project(checked.project) as project:
        people = trained_people(project, config)
        for identity in people:
            require(identity, "training")
        source = StoredFaces(project, config)
        with joined(checked.settings.batch_size) as ranks:
            if ranks.rank:
                _follow(checked, source, reporter, ranks)
                return {}
            faces = source.chosen(_frozen(reporter.folder, source))
            _tell_gone(reporter, source)
            guarded = ConsentGuard(reporter, project, [identity.name for identity in people])
            return _train(checked, faces, source, guarded, ranks)


def _settled(config: TrainConfig, folder: Path) -> TrainConfig:
    """With the network that its checkpoints are of, where an earlier release wrote down no more than the preset."""
    if config.settings.sizes is not None:
        return config
    path = newest(folder / "checkpoints", Silent())
    spec = described(path).network if path is not None else config.settings.network()
    return config.changed({"settings": config.settings.changed({"sizes": spec})})


def _tell_gone(reporter: JobReporter, source: StoredFaces) -> None:
    """Say so where faces that the run draws from are there no more: it goes on, and not as it would have."""
    ids = trained_faces(reporter.folder)
    gone = sum(len(ids[side]) - len(own) for side, own in zip(SIDES, source.chosen(ids), strict=True))
    if gone:
        faces, them = ("1 face", "it") if gone == 1 else (f"{gone:,} faces", "them")
        reporter.note(
            f"{faces} that this training drew from can't be found: it goes on without {them}, and not exactly as it"
            f" would have. Take {them} out of the trash and resume it again where that matters."
        )


def _follow(checked: TrainConfig, source: StoredFaces, reporter: JobReporter, ranks: Ranks) -> None:
    def first() -> FacePair:
        return source.chosen(read_list(list_path(reporter.folder, 0)))

    total = int(reporter.launch["steps"])
    follow(checked.settings, reporter.folder, first, total, ranks, _encoder_weights(checked), source)


def _encoder_weights(checked: TrainConfig) -> Path | None:
    encoder = checked.settings.network().encoder.replace("_", "-")
    return Shelf().find(encoder) if encoder in load_manifest() else None


def _train(
    checked: TrainConfig, faces: FacePair, source: StoredFaces, guarded: ConsentGuard, ranks: Ranks
) -> dict[str, Any]:
    weights, total = _encoder_weights(checked), int(guarded.launch["steps"])
    result = train(checked.settings, *faces, guarded.folder, total, guarded, weights, guarded.orders, source, ranks)
    return {
        "steps": result.steps,
        "loss": result.loss,
        "seconds": round(result.seconds, 2),
        "steps_per_second": round(result.steps_per_second, 3),
        "checkpoint": str(result.checkpoint),
        "faces": dict(zip(SIDES, result.faces, strict=True)),
    }


def _frozen(folder: Path, source: StoredFaces) -> dict[str, list[int]]:
    """The ids of the faces this run began with: those kept at its first start, so that resuming is exact."""
    path = list_path(folder, 0)
    if not path.exists():
        write_list(path, {side: [face.id for face in own] for side, own in zip(SIDES, source.kept(), strict=True)})
    return read_list(path)
