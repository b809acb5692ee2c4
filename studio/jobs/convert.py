"""The job that swaps a face in videos: analyse, convert, sign, record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import Field

from studio.conversion.convert import ConversionSummary, convert_video, write_twin
from studio.conversion.frames import ConvertSettings
from studio.core.errors import UsageError
from studio.core.files import sha256
from studio.core.project import Project
from studio.core.reporter import JobReporter
from studio.jobs.swapping import Swap, SwapChoice, prepare_swap
from studio.provenance.credentials import sign, verify


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
    if not checked.settings.label and not (checked.no_label_reason or "").strip():
        raise UsageError(
            "An export without a visible label needs a reason.",
            hint="Say why: --no-label REASON.",
            code="usage.label",
        )
    with Project(checked.project) as project:
        exports = [_export(project, video, checked, reporter) for video in checked.videos]
    return {**exports[0], "exports": exports}


def _export(project: Project, video: Path, config: ConvertConfig, reporter: JobReporter) -> dict[str, Any]:
    swap = prepare_swap(project, video, config, config.settings, reporter)
    out = _target(project, video, config, swap)
    unsigned = out.with_name(f".unsigned-{out.name}")
    try:
        summary = convert_video(video, swap.analysis, swap.converter, config.settings, unsigned, reporter)
        reason = None if config.settings.label else config.no_label_reason
        claim = swap.claim(out.name, config.settings, summary.squeeze_frame, reason)
        sign(unsigned, out, claim)
    finally:
        unsigned.unlink(missing_ok=True)
    _record(project, out, video, config, swap)
    for note in _notes(out, summary):
        reporter.note(note)
    result = {**asdict(summary), "video": str(video), "out": str(out), "credentials": verify(out).state.value}
    if config.pristine_twin:
        result["pristine_twin"] = str(_twin(project, video, config, swap, out, reporter))
    return result


def _target(project: Project, video: Path, config: ConvertConfig, swap: Swap) -> Path:
    suffix = ".mkv" if config.settings.codec == "ffv1" else ".mp4"
    name = f"{video.stem}-to-{swap.pairing.target.name}{suffix}"
    if config.out is None:
        return project.exports / name
    several = len(config.videos) > 1
    return config.out / name if several or config.out.is_dir() else config.out


def _twin(project: Project, video: Path, config: ConvertConfig, swap: Swap, out: Path, reporter: JobReporter) -> Path:
    twin = out.with_name(f"{out.stem}-pristine{out.suffix}")
    write_twin(video, swap.analysis, config.settings, twin, reporter)
    project.store.exports.add(
        _stored(project, twin), str(video), None, swap.pairing.other, None, sha256(twin), {"pristine": True}
    )
    return twin


def _record(project: Project, out: Path, video: Path, config: ConvertConfig, swap: Swap) -> None:
    settings = {**config.settings.model_dump(mode="json"), "no_label_reason": config.no_label_reason}
    project.store.exports.add(
        _stored(project, out), str(video), swap.pairing.run.name, swap.pairing.other, swap.pairing.target,
        sha256(out), settings,
    )  # fmt: skip


def _stored(project: Project, path: Path) -> str:
    path = path.resolve()
    return path.relative_to(project.folder).as_posix() if path.is_relative_to(project.folder) else str(path)


def _notes(out: Path, summary: ConversionSummary) -> list[str]:
    notes = []
    if summary.frames_squeezed_away:
        notes.append(f"{out.name}: in {summary.frames_squeezed_away} frames the mask was squeezed to nothing.")
    if summary.frames_without_face:
        notes.append(f"{out.name}: {summary.frames_without_face} frames show no face and are the driver's.")
    return notes
