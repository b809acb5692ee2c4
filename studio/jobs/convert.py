"""The job that swaps a face in videos: analyse, convert, sign, record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import Field

from studio.conversion.convert import convert_video, write_twin
from studio.conversion.frames import ConvertSettings
from studio.conversion.tally import ConversionSummary
from studio.core.errors import UsageError
from studio.core.files import link_or_copy, remove, remove_parts, sha256, storage_errors, whole_folder
from studio.core.project import Project
from studio.core.reporter import JobReporter
from studio.jobs.guard import ConsentGuard
from studio.jobs.swapping import Swap, SwapChoice, check_consent, checked_label, prepare_swap, stored_path
from studio.provenance.claim import Claim
from studio.provenance.credentials import Signing, sign, verify
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
    with Project(checked.project) as project:
        targets = _targets(project, checked)
        guarded = ConsentGuard(reporter, project, (checked.to,))
        exports = [_export(project, video, out, checked, guarded) for video, out in targets.items()]
    return {**exports[0], "exports": exports}


def _export(project: Project, video: Path, out: Path, config: ConvertConfig, reporter: JobReporter) -> dict[str, Any]:
    swap = prepare_swap(project, video, config, config.settings, reporter)
    if out.exists():
        reporter.note(f"{out.name} will replace the earlier file of that name; name another with --out to keep it.")
    with _unfinished(project, out) as unsigned:
        summary = convert_video(video, swap.analysis, swap.converter, config.settings, unsigned, reporter)
        # Hours may have passed: nobody's withdrawal is overlooked.
        check_consent(project, (swap.pairing.target, *swap.drivers))
        settings = {**config.settings.model_dump(mode="json"), "no_label_reason": config.no_label_reason}
        stored = stored_path(project, out)
        project.store.exports.begin(
            stored, str(video), swap.pairing.run.name, swap.drivers, swap.pairing.target, settings,
            summary.fingerprints.packed(),
        )  # fmt: skip
        claim = swap.claim(out.name, config.settings, summary.squeeze_frame, config.no_label_reason)
        _sign(unsigned, out, claim, reporter)
        project.store.exports.finish(stored, _digest(out))
    for note in _notes(out, summary):
        reporter.note(note)
    told = {name: value for name, value in asdict(summary).items() if name != "fingerprints"}
    result = {**told, "video": str(video), "out": str(out), "credentials": verify(_shown(out)).state.value}
    if config.pristine_twin:
        result["pristine_twin"] = str(_write_twin(project, video, config, swap, out, reporter))
    return result


def unfinished_file(project: Project, out: Path) -> Path:
    """The file that holds the export `out` until it is signed.

    It lies in the project and not beside `out`: what a killed conversion leaves shows people, and must be found when
    one of them withdraws consent.
    """
    place = hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:8]
    return project.unfinished / f"{place}-{out.name}"


@contextmanager
def _unfinished(project: Project, out: Path) -> Iterator[Path]:
    """See `unfinished_file`; one that a killed conversion left is removed, and its stretches are gone on with."""
    unsigned = unfinished_file(project, out)
    with storage_errors(unsigned):
        unsigned.parent.mkdir(exist_ok=True)
        remove_parts(unsigned.parent, unsigned.name)
    with storage_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        remove_parts(out.parent, out.name)
        remove(unsigned)
    try:
        yield unsigned
    finally:
        remove(unsigned)


def _sign(unsigned: Path, out: Path, claim: Claim, reporter: JobReporter) -> None:
    """Sign an export into its place; of a folder of frames each frame by itself, as each may be passed on."""
    if not unsigned.is_dir():
        sign(unsigned, out, claim)
        return
    files = sorted(unsigned.iterdir())
    signing = Signing(claim)
    with whole_folder(out) as part:
        for done, file in enumerate(files, start=1):
            reporter.check()
            if file.suffix == ".png":
                signing.sign(file, part / file.name)
            else:
                link_or_copy(file, part / file.name)
            reporter.progress("sign", done, len(files))


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
    files = [path.resolve() for out in targets.values() for path in (out, _twin_of(out))]
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
                hint=f"Give it a name that ends in {suffix}." if suffix else "Name a folder: frames have no suffix.",
                code="usage.out",
            )
        if frames and out.exists() and not is_frame_folder(out):
            raise UsageError(
                f"{out} is there and holds no exported frames.",
                hint="Name a new folder with --out.",
                code="usage.out",
            )
    inputs = {video.resolve() for video in config.videos}
    for path in inputs.intersection(files):
        raise UsageError(
            f"{path.name} is the driver's video: the export would replace it.",
            hint="Choose another name with --out.",
            code="usage.out",
        )
    return targets


def _twin_of(out: Path) -> Path:
    return out.with_name(f"{out.stem}-pristine{out.suffix}")


def _write_twin(
    project: Project, video: Path, config: ConvertConfig, swap: Swap, out: Path, reporter: JobReporter
) -> Path:
    twin = _twin_of(out)
    project.store.exports.begin(stored_path(project, twin), str(video), None, swap.drivers, None, {"pristine": True})
    write_twin(video, swap.analysis, config.settings, twin, reporter)
    project.store.exports.finish(stored_path(project, twin), _digest(twin))
    return twin


def _notes(out: Path, summary: ConversionSummary) -> list[str]:
    notes = []
    if summary.frames_squeezed_away:
        notes.append(f"{out.name}: in {summary.frames_squeezed_away} frames the mask was squeezed to nothing.")
    if summary.frames_without_face:
        notes.append(f"{out.name}: {summary.frames_without_face} frames show no face and are the driver's.")
    return notes
