"""`python -m studio.worker RUN_FOLDER`: the detached process of one job.

A training can have several: `torchrun --nproc-per-node 2 -m studio.worker RUN_FOLDER`. The first is the job, the others
take part in it and leave the run's folder alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from studio.core.errors import StudioError
from studio.core.runs import RunFolder
from studio.worker.process import run_job, take_part


def main() -> int:
    """Run the job; its outcome is in the run folder, its exit status tells only whether it was done."""
    try:
        run = RunFolder(Path(sys.argv[1]))
        if int(os.environ.get("RANK", "0")):
            take_part(run)
        else:
            run_job(run, queue=True)
    except StudioError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)  # noqa: T201 - goes to the run's log.txt
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
