"""Windows measured in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from studio.core.errors import JobError


def measured_apart(module: str, *words: str) -> dict[str, float]:
    """The figures that `python -m MODULE WORDS` prints as JSON, with settings of its own and no screen.

    Raises:
        JobError: it did not come to its end.
    """
    name = module.rpartition(".")[2]
    with tempfile.TemporaryDirectory(prefix="studio-bench-") as home:
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "STUDIO_HOME": home}
        done = subprocess.run(
            [sys.executable, "-m", module, *words], env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
    if done.returncode != 0:
        raise JobError(f"The {name} could not be measured.", hint="What it said is above.", code="bench.failed")
    sys.stderr.write(f"{name}, {words[0]}: measured\n")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
