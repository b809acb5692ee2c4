"""Making projects of real faces."""

import pytest

from studio.cli.app import run


def extract(home, people, basis, *options):
    """Make a project called film in `home` and extract the clips of each identity."""
    folder = home / "film"

    def studio(*words):
        assert run([*map(str, words), "--json"]) == 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_HOME", str(home / "user"))
        studio("new", folder)
        for name, media in people.items():
            studio("identity", "add", folder, name, "--basis", basis, "--note", "made for tests")
            studio("extract", folder, name, *media, *options)
