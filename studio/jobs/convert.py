"""The job that swaps a face in videos: analyse, convert, sign, record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import Field

from studio.conversion.convert import convert_video, write_twin
from studio.conversion.frames import ConvertSettings
from studio.conversion.tally import ConversionSummary
from studio.core.errors import UsageError
from studio.core.files import sha256
from studio.core.project import Project
from studio.core.reporter import JobReporter
from studio.jobs.guard import ConsentGuard
from studio.jobs.swapping import Swap, SwapChoice, check_consent, checked_label, prepare_swap, stored_path
from studio.jobs.unfinished import Unfinished, unfinished
from studio.provenance.credentials import verify
from studio.video.encode import FRAMES, fits, suffix_of
from studio.video.frames import is_frame_folder


class ConvertConfig(SwapChoice):
    """Which videos to convert, how, and where to."""

    project: Path
    videos: tuple[Path, ...] = Field(min_length=1)
    settings: ConvertSettings = ConvertSettings()
    no_label_reason: str | None = Field(None, description="Why the visible label is left out.")
    out: Path | None = Field(None, description="The export; a folder where several videos are converted.")
    pristine_twin: bool = Field(False, description="Write the same video unswapped through the same writer, too.")


def run(config: Mapping[str, Any], reporter: JobReporter) -> dict[str, Any]:
    """Convert each video in turn; an export takes its name only when it is whole and signed."""
    checked = ConvertConfig.build(config)
    checked_label(checked.settings, checked.no_label_reason)
    with Project(checked.project) as project, ExitStack() as held:
        targets = _targets(project, checked)
        places = {
            video: [held.enter_context(unfinished(project, path)) for path in _files(out, checked)]
            for video, out in targets.items()
        }
        exports = [
            _export(project, video, *making, config=checked, reporter=reporter) for video, making in places.items()
        ]
    return {**exports[0], "exports": exports}


def _export(
    project: Project,
    video: Path,
    place: Unfinished,
    twin: Unfinished | None = None,
    *,
    config: ConvertConfig,
    reporter: JobReporter,
) -> dict[str, Any]:
    swap = prepare_swap(project, video, config, config.settings, ConsentGuard(reporter, project, (config.to,)))
    people = (swap.pairing.target, *swap.drivers)
    reporter = ConsentGuard(reporter, project, [person.name for person in people])
    out = place.out
    for path in _files(out, config):
        if path.exists():
            reporter.note(f"{path.name} will replace the earlier one of that name; name another with --out to keep it.")
    summary = convert_video(video, swap.analysis, swap.converter, config.settings, place.unsigned, reporter)
    # Hours may have passed: nobody's withdrawal is overlooked.
    check_consent(project, people)
    place.sign(swap.claim(out.name, config.settings, summary.squeeze_frame, config.no_label_reason), reporter)
    stored = stored_path(project, out)
    settings = {**config.settings.applied.model_dump(mode="json"), "no_label_reason": config.no_label_reason}
    project.store.exports.begin(
        stored, str(video), swap.pairing.run.name, swap.drivers, swap.pairing.target, settings,
        summary.fingerprints.packed(),
    )  # fmt: skip
    place.publish(place.signed)
    project.store.exports.finish(stored, _digest(out))
    for note in _notes(out, summary):
        reporter.note(note)
    told = {name: value for name, value in asdict(summary).items() if name != "fingerprints"}
    result = {**told, "video": str(video), "out": str(out), "credentials": verify(_shown(out)).state.value}
    if twin is not None:
        _write_twin(project, video, config, swap, twin, reporter)
        result["pristine_twin"] = str(twin.out)
    place.done()
    return result


def _shown(out: Path) -> Path:
    """The file that shows an export: itself, or the first of its frames."""
    return min(out.glob("*.png")) if out.is_dir() else out


def _digest(out: Path) -> str:
    """The SHA-256 of an export; of a folder that over its files' names and digests."""
    if not out.is_dir():
        return sha256(out)
    lines = [f"{file.name} {sha256(file)}\n" for file in sorted(out.iterdir())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _targets(project: Project, config: ConvertConfig) -> dict[Path, Path]:
    """For each video its export.

    Raises:
        UsageError: two exports would have one name, or one would replace a video or have a wrong suffix.
    """
    suffix = suffix_of(config.settings.codec)
    frames = config.settings.codec == FRAMES
    if config.out and len(config.videos) == 1 and (frames or not config.out.is_dir()):
        targets = {config.videos[0]: config.out}
    else:
        folder = config.out or project.exports
        targets = {video: folder / f"{video.stem}-to-{config.to}{suffix}" for video in config.videos}
    files = [path.resolve() for out in targets.values() for path in (out, _twin_of(out, frames))]
    if len(set(files)) < len(files) or len(targets) < len(config.videos):
        raise UsageError(
            "Two of these exports would have the same name.",
            hint="Convert videos of one name one by one, with --out.",
            code="usage.out",
        )
    for out in targets.values():
        if not fits(config.settings.codec, out.suffix):
            raise UsageError(
                f"{config.settings.codec} can't be written to {out.name}.",
                hint=f"Give it a name that ends in {suffix}." if suffix else "Name a folder: frames are many files.",
                code="usage.out",
            )
        for path in _files(out, config):
            _check_place(path, frames)
    inputs = {video.resolve() for video in config.videos}
    for path in inputs.intersection(files):
        raise UsageError(
            f"{path.name} is the driver's video: the export would replace it.",
            hint="Choose another name with --out.",
            code="usage.out",
        )
    return targets


def _check_place(path: Path, frames: bool) -> None:
    """Refuse to replace what is no earlier export.

    Raises:
        UsageError: a folder with other things is there, or a file in the place of a folder.
    """
    if frames and path.exists() and not is_frame_folder(path):
        raise UsageError(
            f"{path} is there and holds no exported frames.", hint="Name a new folder with --out.", code="usage.out"
        )
    if not frames and path.is_dir():
        raise UsageError(f"{path} is a folder.", hint="Name another file with --out.", code="usage.out")


def _files(out: Path, config: ConvertConfig) -> tuple[Path, ...]:
    """What is written for an export: itself, and its twin where one is asked for."""
    return (out, _twin_of(out, config.settings.codec == FRAMES)) if config.pristine_twin else (out,)


def _twin_of(out: Path, frames: bool) -> Path:
    # A folder's name may have dots, but no suffix.
    return out.with_name(f"{out.name}-pristine" if frames else f"{out.stem}-pristine{out.suffix}")


def _write_twin(
    project: Project, video: Path, config: ConvertConfig, swap: Swap, place: Unfinished, reporter: JobReporter
) -> None:
    write_twin(video, swap.analysis, config.settings, place.unsigned, reporter)
    stored = stored_path(project, place.out)
    project.store.exports.begin(stored, str(video), None, swap.drivers, None, {"pristine": True})
    place.publish(place.unsigned)
    project.store.exports.finish(stored, _digest(place.out))


def _notes(out: Path, summary: ConversionSummary) -> list[str]:
    notes = []
    if summary.frames_squeezed_away:
        notes.append(f"{out.name}: in {summary.frames_squeezed_away} frames the mask was squeezed to nothing.")
    if summary.frames_without_face:
        notes.append(f"{out.name}: {summary.frames_without_face} frames show no face and are the driver's.")
    return notes
