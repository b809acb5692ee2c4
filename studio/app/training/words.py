"""What a training's figures are in words."""

from __future__ import annotations

from studio.app.runs import RunRow
from studio.app.training.course import ASTRAY, FORKED, LATEST, NOTE, REFUSED, SET, Course

_TOLD = (ASTRAY, FORKED, LATEST, NOTE, REFUSED, SET)

_STATES = {
    "queued": "Waits for its turn",
    "running": "Training",
    "paused": "Paused",
    "done": "Done",
    "failed": "Failed",
    "stopped": "Stopped",
    "died": "Died",
}


def title_of(row: RunRow) -> str:
    """The two people, without what is done with them."""
    return row.title.partition(": ")[2] or row.title


def state_words(row: RunRow) -> str:
    """What it does, in a word or two."""
    return _STATES.get(row.state, row.state.capitalize())


def begun_words(row: RunRow) -> str:
    """When it was started first or, where that is unknown, the run's name."""
    return row.started.astimezone().strftime("%d %b, %H:%M") if row.started else row.run


def step_words(row: RunRow) -> str:
    """How far it is."""
    return f"{row.done:,} of {row.total:,}" if row.total else f"{row.done:,}"


def loss_words(course: Course | None) -> str:
    """The newest losses of A and B."""
    a, b = (course.last(side) if course is not None else None for side in ("a", "b"))
    return f"{a:.4f} and {b:.4f}" if a is not None and b is not None else "-"


def speed_words(course: Course | None) -> str:
    """Steps a second, as a mean over the last half minute or so."""
    speed = course.recent("steps_per_second") if course is not None else None
    if speed is None:
        return "-"
    return f"{speed:.3g} steps/s" if speed >= 1 else f"{1 / max(speed, 1e-9):.3g} s a step"


def waiting_words(course: Course | None) -> str:
    """The share of time that went by waiting for data."""
    share = course.recent("waiting") if course is not None else None
    return f"{share:.1%}" if share is not None else "-"


def memory_words(course: Course | None) -> str:
    """Memory of the process and, where there is one, of the GPU."""
    parts = []
    for column, words in (("memory_mb", ""), ("gpu_memory_mb", " on the GPU")):
        value = course.last(column) if course is not None else None
        if value is not None:
            parts.append(f"{value / 1024:.1f} GB{words}" if value >= 1024 else f"{value:.0f} MB{words}")
    return ", ".join(parts) or "-"


def heat_words(course: Course | None) -> str:
    """The temperature of the GPU; empty where it does not tell."""
    celsius = course.last("gpu_celsius") if course is not None else None
    return f"{celsius:.0f} °C" if celsius is not None else ""


def end_words(row: RunRow, course: Course | None, log: str) -> tuple[str, str]:
    """Why a training is over that nobody ended: what happened, and what it means and what to do; empty otherwise."""
    error = course.error if course is not None else None
    if row.state == "died":
        last = next((line for line in reversed(log.splitlines()) if line.strip()), "")
        ends = f" Its log ends: {last.strip()[:200]}" if last else ""
        return (
            f"The training ended without a word after step {row.done:,}.",
            f"Its process was killed, or the machine went off. The newest checkpoint is safe.{ends}",
        )
    if row.state == "failed":
        said = error or {}
        hint, code = said.get("hint", ""), said.get("code", "")
        return said.get("message") or row.message or "The training failed.", f"{hint}  [{code}]".strip()
    return "", ""


def status_words(row: RunRow, course: Course | None) -> str:
    """What is on show and what it does, for the status line."""
    parts = [f"{title_of(row)}: {state_words(row).lower()}", f"step {step_words(row)}"]
    if course is not None:
        if course.checkpoints:
            parts.append(f"last checkpoint at step {course.checkpoints[-1]:,}")
        if not course.complete:
            parts.append("reading the rest of the losses…")
        said = [marker.words for marker in course.markers if marker.kind in _TOLD]
        if said:
            parts.append(said[-1])
    return "   ·   ".join(parts)
