"""Errors nobody foresaw: their tracebacks go to a file, never to the user."""

from __future__ import annotations

import sys
import traceback
from datetime import UTC, datetime

from studio.core.errors import JobError
from studio.core.resources import user_folder


def logged(error: BaseException) -> JobError:
    """Write `error` to the user's errors.log; what the user is told of it."""
    log = user_folder() / "errors.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"--- {datetime.now(UTC).isoformat()} studio {' '.join(sys.argv[1:])}\n")
            traceback.print_exception(error, file=file)
        hint = f"The details are in {log}; please report them."
    except OSError:
        hint = "The details could not be written to the log."
    return JobError(f"Something unforeseen happened: {type(error).__name__}: {error}.", hint=hint, code="internal")
