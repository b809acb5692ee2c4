"""Everything a swap needs, opened and checked: engines, driver analysis, network, consent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from studio.conversion.analysis import analyse
from studio.conversion.driver import DriverAnalysis
from studio.conversion.frames import ConvertSettings, FrameConverter
from studio.conversion.gathering import GatheringGenerator
from studio.conversion.generator import Generator
from studio.conversion.people import swappable_people
from studio.conversion.repairs import repaired
from studio.core.config import Settings
from studio.core.errors import RunError, UsageError
from studio.core.project import Project
from studio.core.records import Identity
from studio.core.reporter import Reporter
from studio.core.runs import RunFolder, find_training
from studio.faces.engines.choose import choose, named
from studio.faces.protocols import Engines
from studio.faceset.frozen import trained_faces
from studio.jobs.trained import trained_people
from studio.provenance.claim import Claim, Person
from studio.provenance.consent import require
from studio.provenance.label import LABEL
from studio.training.fork import checkpoint_at
from studio.zoo.shelf import Shelf


class SwapChoice(Settings):
    """Which network swaps whom, however many frames."""

    run: str = Field(description="The training whose network is used.")
    to: str = Field(description="The identity whose face is put in.")
    driver: Literal["other", "any"] = Field(
        "other", description="Swap only the run's other identity, or anyone with a consent record."
    )
    smoothing: bool = Field(True, description="Smooth landmarks over time; off, each frame stands for itself.")
    checkpoint: int | None = Field(None, ge=0, description="The step of the checkpoint to use; none: the newest.")


@dataclass(frozen=True)
class Pairing:
    """A training run seen as a swap: from the driver to the target, by which decoder."""

    run: RunFolder
    target: Identity
    other: Identity
    side: Literal["a", "b"]


@dataclass(frozen=True, eq=False)
class Swap:
    """A driver's video ready to be converted.

    Attributes:
        drivers: whoever is swapped in it, each once.
    """

    pairing: Pairing
    drivers: tuple[Identity, ...]
    analysis: DriverAnalysis
    generator: Generator
    converter: FrameConverter
    facesets: dict[str, str]

    def claim(
        self, title: str, settings: ConvertSettings, squeeze_frame: float | None, no_label_reason: str | None
    ) -> Claim:
        """What an export of this swap says of itself."""
        settings = settings.applied
        return Claim(
            title=title,
            driver=self.analysis.video,
            persons=(
                Person.of(self.pairing.target, "target"),
                *(Person.of(driver, "driver") for driver in self.drivers),
            ),
            model=self.generator.sha256,
            facesets=self.facesets,
            squeeze=settings.squeeze,
            squeeze_keys=settings.squeeze_keys,
            squeeze_method=settings.squeeze_method,
            squeeze_frame=squeeze_frame,
            network_size=self.generator.size,
            label=LABEL if settings.label else None,
            no_label_reason=no_label_reason or "",
        )


def checked_label(settings: ConvertSettings, reason: str | None) -> None:
    """Refuse to leave the visible label out without saying why.

    Raises:
        UsageError: there is no reason.
    """
    if not settings.label and not (reason or "").strip():
        raise UsageError(
            "An export without a visible label needs a reason.",
            hint="Say why with --no-label REASON; it is written into the credentials.",
            code="usage.label",
        )


def stored_path(project: Project, path: Path) -> str:
    """How the store names a file: relative to the project where it lies in it."""
    path = path.resolve()
    return path.relative_to(project.folder).as_posix() if path.is_relative_to(project.folder) else str(path)


def check_consent(project: Project, people: Iterable[Identity]) -> None:
    """Ask again, of the store as it is now, whether everyone's record still holds.

    Raises:
        ConsentError: somebody's does not.
    """
    for person in people:
        require(project.store.identities.by_id(person.id), "export")


def pair(project: Project, choice: SwapChoice) -> Pairing:
    """The run and the two people of a swap, their consent checked.

    Raises:
        RunError: the run is unknown, no training, or does not train the target.
        ConsentError: a record of either person does not hold.
    """
    run = find_training(project.runs, choice.run)
    target = project.store.identities.get(choice.to)
    a, b = trained_people(project, run.config)
    if target.id not in (a.id, b.id):
        raise RunError(
            f"{run.name} trains {a.name} and {b.name}, not {target.name}.",
            hint="Name one of these two with --to.",
            code="run.identities",
        )
    side: Literal["a", "b"] = "a" if a.id == target.id else "b"
    other = b if side == "a" else a
    for person in (target, other):
        require(person, "export")
    return Pairing(run, target, other, side)


def analyse_driver(
    project: Project, video: Path, engines: Engines, *, smooth: bool, reporter: Reporter
) -> DriverAnalysis:
    """The driver analysis of `video`, from the project's cache where it is there, with what was repaired by hand."""
    found = analyse(
        video, project.analyses, engines.finder, engines.parser, engines.encoder, smooth=smooth, reporter=reporter
    )
    return repaired(found, project.store.repairs.of(found.key.sha256))


def engines_for(project: Project, identity: Identity | None = None) -> Engines:
    """The engines that fit a faceset (`identity`'s, else the project's first): alignment and features must agree."""
    identities = [identity] if identity else project.store.identities.all()
    begun = [names for person in identities if (names := project.store.identities.engines(person))]
    return named(begun[0], Shelf().find) if begun else choose("auto", Shelf().find)


def prepare_swap(
    project: Project,
    video: Path,
    choice: SwapChoice,
    settings: ConvertSettings,
    reporter: Reporter,
    device: str | None = None,
) -> Swap:
    """Open everything that converts `video`; the network runs on `device`, or on a GPU where there is one.

    Raises:
        StudioError: as `pair`; the video can't be read or shows nobody who may be swapped; no checkpoint.
    """
    pairing = pair(project, choice)
    generator = Generator(checkpoint_at(pairing.run.folder, choice.checkpoint, reporter), device)
    engines = engines_for(project, pairing.target)
    analysis = analyse_driver(project, video, engines, smooth=choice.smoothing, reporter=reporter)
    people = swappable_people(project, analysis, pairing.other if choice.driver == "other" else None)
    # One face at a time stays with the thread that asks: a processor gains nothing by more.
    shared = GatheringGenerator(generator, generator.batch) if generator.batch > 1 else generator
    converter = FrameConverter(
        analysis, shared, pairing.side, frozenset(people), engines.finder, engines.parser, settings
    )  # fmt: skip
    drivers = tuple({identity.id: identity for identity in people.values()}.values())
    return Swap(pairing, drivers, analysis, generator, converter, _faceset_hashes(project, pairing))


def _faceset_hashes(project: Project, pairing: Pairing) -> dict[str, str]:
    """For each identity the SHA-256 over where its trained faces came from: medium, frame and place in it."""
    trained = trained_faces(pairing.run.folder)
    hashes = {}
    for side, identity in zip(("a", "b"), trained_people(project, pairing.run.config), strict=True):
        origins = project.store.faces.origins(trained[side])
        hashes[identity.name] = hashlib.sha256("\n".join(origins).encode()).hexdigest()
    return hashes
