"""`studio tell`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from studio.cli.output import Output
from studio.core.config import assignments
from studio.core.errors import JobError, RunError, UsageError
from studio.core.project import Project
from studio.core.runs import RunFolder, find_run

Command = Literal["save", "preview", "pause", "resume", "latest", "pin", "set"]

# By command, the event that says it was done.
_DONE: Mapping[str, str] = {
    "save": "checkpoint",
    "preview": "preview",
    "pause": "paused",
    "resume": "resumed",
    "latest": "latest",
    "pin": "pinned",
    "set": "set",
}
_OF_ALL_JOBS = ("pause", "resume")
# A job answers between two units of work: a step of the largest network takes some seconds on a CPU.
_ANSWER_S = 20.0
_DONE_S = 15.0
_POLL_S = 0.1


def tell(folder: Path, run: str, command: Command, /, *values: str) -> Output:
    """Give a running job a command, and wait until it answers.

    Parameters
    ----------
    folder
        The project.
    run
        The run's name, as studio runs shows it.
    command
        pause or resume; of a training also save (a checkpoint now), preview (a picture now), latest (train on the faces
        that are kept now), pin (show these faces in previews: pin a=ID,ID b=ID) and set (change settings: set
        learning_rate=1e-5).
    values
        What pin and set take, as KEY=VALUE.
    """
    data = _data(command, values)
    with Project(folder) as project:
        found = find_run(project.runs, run)
    if found.kind != "train" and command not in _OF_ALL_JOBS:
        raise RunError(f"{found.name} is no training.", hint=f"It obeys {' and '.join(_OF_ALL_JOBS)}.", code="run.kind")
    if not found.alive():
        raise _idle(found)
    known = found.told()
    number = found.send(command, **data)
    done = _outcome(found, command, number, known)
    what = "done" if done else "it was heard and will be done"
    outcome = {"run": found.name, "command": command, "n": number, "acknowledged": True, "event": done}
    return Output(outcome, [f"{found.name}: {command}: {what}."])


def _data(command: str, values: Sequence[str]) -> dict[str, Any]:
    given = assignments(values)
    if command == "set":
        return {"values": given}
    if command == "pin":
        return {"faces": {side: [_number(word) for word in ids.split(",")] for side, ids in given.items()}}
    if given:
        raise UsageError(f"{command} takes no values.", hint=f"Leave {' '.join(values)} out.")
    return {}


def _number(word: str) -> int:
    if not word.strip().isdecimal():
        raise UsageError(
            f"{word!r} is no id of a face.", hint="See studio faces DIR NAME; for example: pin a=3,7 b=12."
        )
    return int(word)


def _outcome(run: RunFolder, command: str, number: int, known: int) -> dict[str, Any] | None:
    """The event that says that the command was done; None where that takes longer than a few seconds.

    `known` bytes of events were there before it.

    Raises:
        RunError: the run refused it, or it ended meanwhile.
        JobError: it does not answer.
    """
    deadline, heard = time.monotonic() + _ANSWER_S, False
    while time.monotonic() < deadline:
        alive = run.alive()
        events = list(run.events(known))
        answers = [place for place, event in enumerate(events) if _answers(event, number)]
        if answers and not heard:
            deadline, heard = time.monotonic() + _DONE_S, True
        for event in events[answers[0] :] if answers else ():
            if event["kind"] == "refused" and event.get("n") == number:
                raise RunError(
                    f"{run.name} refused: {event.get('reason')}", hint="It goes on as it was.", code="run.refused"
                )
            if event["kind"] == _DONE[command]:
                return event
        if not alive:
            raise _idle(run)
        time.sleep(_POLL_S)
    if heard:
        return None
    raise JobError(
        f"{run.name} has not answered yet.",
        hint="It has the command and obeys as soon as it has finished what it is at; see studio runs DIR.",
        code="job.silent",
    )


def _answers(event: Mapping[str, Any], number: int) -> bool:
    return event["kind"] == "acknowledged" and event.get("n") == number


def _idle(run: RunFolder) -> RunError:
    return RunError(
        f"{run.name} is not at work.", hint="See studio runs DIR; a training goes on with --run.", code="run.idle"
    )
