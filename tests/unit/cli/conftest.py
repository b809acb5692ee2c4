"""What tests of commands have in common."""

import json

import pytest

from studio.cli.app import run


@pytest.fixture
def studio(capsys):
    """Runs a command in this process and returns what it says as JSON; `status` is the exit status that is expected."""

    def call(*words, status=0):
        capsys.readouterr()
        assert run([*(str(word) for word in words), "--json"]) == status
        return json.loads(capsys.readouterr().out)

    return call
