"""The list of what was repaired by hand, as people read it."""

from studio.cli.app import run
from studio.conversion.repairs import skipped
from studio.core.files import sha256
from studio.core.resources import assets

CLIP = assets() / "sample" / "tomas.mp4"


def listed(project, capsys):
    assert run(["repair", str(project.folder), str(CLIP)]) == 0
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_repairs_are_listed_below_one_heading(project, capsys):
    project.store.repairs.add(sha256(CLIP), "Skip frame 3", [skipped(3)])
    assert listed(project, capsys) == [["repair", "frames"], ["Skip", "frame", "3", "1"]]


def test_a_video_that_nothing_was_repaired_of_says_so(project, capsys):
    assert listed(project, capsys) == [["Nothing", "was", "repaired."]]
