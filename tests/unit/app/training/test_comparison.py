"""What sets runs apart, and what is noted about them."""

import pytest

from studio.app.training.comparison import Difference, differences
from studio.app.training.course import Course
from studio.app.training.notes import LONGEST, read_notes, write_notes
from studio.core.errors import UsageError


def course(changes=(), fork=None, **settings):
    return Course("run", {"a": "Anna", "b": "Ben", "fork": fork, "settings": settings}, {}, changes=changes)


def test_only_what_differs_is_told_as_it_holds_now():
    first = course(changes=((5, {"eye_weight": 4.0}),), eye_weight=3.0, flip=True, batch_size=8)
    second = course(eye_weight=3.0, flip=False, batch_size=8, average=0.999)
    assert differences([first, second]) == (
        Difference("eye_weight", ("4", "3")),
        Difference("flip", ("yes", "no")),
        Difference("average", ("-", "0.999")),
    )


def test_networks_differ_by_what_they_are_and_not_by_what_was_asked_for():
    early, late = ({"name": "demo", "size": size, "bottleneck": code} for size, code in ((64, 160), (96, 64)))
    first, second = course(size=0, bottleneck=0, sizes=early), course(size=0, bottleneck=0, sizes=late)
    assert differences([first, second]) == (
        Difference("size", ("64", "96")),
        Difference("bottleneck", ("160", "64")),
    )


def test_a_run_that_wrote_down_its_preset_alone_is_compared_by_what_was_asked_for():
    sizes = {"name": "demo", "size": 96, "bottleneck": 64, "residual_blocks": 1}
    assert differences([course(size=0, bottleneck=0), course(size=0, bottleneck=0, sizes=sizes)]) == ()


def test_where_a_run_was_forked_from_is_told():
    (found,) = differences([course(), course(fork={"run": "early", "step": 1200})])
    assert found == Difference("fork", ("-", "early at 1,200"))


def test_notes_come_back_as_they_were_written(tmp_path):
    assert read_notes(tmp_path) == ""
    write_notes(tmp_path, "Größer, schöner\n")
    assert read_notes(tmp_path) == "Größer, schöner\n"


def test_notes_that_are_too_long_are_refused(tmp_path):
    write_notes(tmp_path, "kept")
    with pytest.raises(UsageError):
        write_notes(tmp_path, "x" * (LONGEST + 1))
    assert read_notes(tmp_path) == "kept"
