"""`python -m studio.bench NAME`: one bench in this process; its rows as JSON on standard output."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from studio.bench.table import bench_of
from studio.core.errors import StudioError


def main() -> int:
    """Run the bench that the first argument names."""
    stdout = sys.stdout
    # Libraries that print must not come between the rows.
    sys.stdout = sys.stderr
    try:
        rows = bench_of(sys.argv[1])()
    except StudioError as error:
        sys.stderr.write(f"{error.message} {error.hint}\n")
        return error.exit_status
    stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
