"""The command `studio`."""

from __future__ import annotations

import sys

from studio.cli.app import run


def main() -> int:
    """Run the command line with this process's arguments."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
