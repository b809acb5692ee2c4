"""The job that writes a report on one swap: contact sheet, losses, scores, credentials, commands."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from pydantic import Field

from studio.conversion.frames import ConvertSettings
from studio.core import resources
from studio.core.config import Settings
from studio.core.files import write_text
from studio.core.pictures import write_png
from studio.core.project import Project
from studio.core.reporter import JobReporter
from studio.core.runs import RunFolder, find_run
from studio.jobs.machine import examine
from studio.jobs.sheets import contact_sheet, loss_plot
from studio.jobs.swapping import SwapChoice, prepare_swap
from studio.provenance.credentials import verify
from studio.video.read import read_frames

_ROWS = 5


class ReportConfig(Settings):
    """What the report is about."""

    project: Path
    convert: str = Field(description="The run of the conversion.")
    detect: str = Field(description="The run that scored the export.")
    commands: tuple[tuple[str, ...], ...] = Field((), description="The commands that repeat each step.")


def run(config: Mapping[str, Any], reporter: JobReporter) -> dict[str, Any]:
    """Write report/index.html and its pictures into the project."""
    checked = ReportConfig.build(config)
    with Project(checked.project) as project:
        folder = project.folder / "report"
        conversion = find_run(project.runs, checked.convert)
        training = find_run(project.runs, str(conversion.config["run"]))
        write_png(folder / "contact.png", _contact(project, conversion, reporter))
        losses = [event for event in training.events() if event["kind"] == "loss"]
        loss_plot(losses, (str(training.config["a"]), str(training.config["b"])), folder / "loss.png")
        values = {
            **_training_values(training, losses),
            **_conversion_values(conversion, folder),
            **_detection_values(find_run(project.runs, checked.detect)),
            "commands": [shlex.join(command) for command in checked.commands],
        }
        write_text(folder / "index.html", _page(values))
    return {"report": str(folder / "index.html")}


def _page(values: Mapping[str, Any]) -> str:
    loader = jinja2.FileSystemLoader(resources.assets() / "report")
    pages = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return pages.get_template("demo.html.j2").render(values)


def _contact(project: Project, conversion: RunFolder, reporter: JobReporter) -> Any:
    config = conversion.config
    choice = SwapChoice(run=config["run"], to=config["to"], driver=config["driver"], smoothing=config["smoothing"])
    settings = ConvertSettings.build(config["settings"])
    video = Path(config["videos"][0])
    swap = prepare_swap(project, video, choice, settings, reporter)
    every = max(swap.analysis.frames // _ROWS, 1)
    moments = []
    for frame in read_frames(video, start=every // 2, every=every):
        moments.append(swap.converter.convert(frame))
        reporter.progress("report", len(moments), _ROWS)
    return contact_sheet([moment for moment in moments if moment.swapped][:_ROWS])


def _training_values(training: RunFolder, losses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    result = training.result() or {}
    first, last = (losses[0], losses[-1]) if losses else ({}, {})
    return {
        "preset": training.config["settings"]["preset"],
        "steps": result.get("steps"),
        "minutes": f"{result.get('seconds', 0) / 60:.1f}",
        "faces_a": result["faces"]["a"],
        "faces_b": result["faces"]["b"],
        "device": examine(training.folder).device,
        "loss_text": f"Sum over both identities: {first.get('loss', 0):.3f} at step {first.get('step')}, "
        f"{last.get('loss', 0):.3f} at step {last.get('step')}. Inputs are warped in the first half.",
    }


def _conversion_values(conversion: RunFolder, folder: Path) -> dict[str, Any]:
    result = conversion.result() or {}
    found = verify(Path(result["out"]))
    facts = {
        "State": f"{found.state}: {found.wording}",
        "Source type": found.digital_source_type,
        "Identities": ", ".join(found.identities),
        "Squeeze": found.squeeze_words,
        "Model": found.model,
        "Label": found.label,
        "Frames": f"{result['frames_swapped']} of {result['frames']} swapped",
    }
    return {
        "driver": found.identities[-1],
        "target": found.identities[0],
        "video": Path(os.path.relpath(result["out"], folder)).as_posix(),
        "credentials": list(facts.items()),
    }


def _detection_values(detection: RunFolder) -> dict[str, Any]:
    results = (detection.result() or {})["results"]
    scores = [
        {
            "name": Path(row["file"]).name,
            "score": "none" if row["score"] is None else f"{row['score']:.3f}",
            "called": row["label"] or row["reason"],
        }
        for row in results
    ]
    return {"scores": scores, "detector": results[0]["detector"], "trained_on": results[0]["trained_on"]}
