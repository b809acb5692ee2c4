"""Work without a window is done at once."""

import pytest

from studio.app.background import Inline


def test_the_result_is_handed_over():
    got = []
    Inline().run(lambda: 6 * 7, got.append, lambda error: pytest.fail(str(error)))
    assert got == [42]


def test_a_failure_is_handed_over():
    def work():
        raise ValueError("no")

    got = []
    Inline().run(work, lambda _result: pytest.fail("it did not work"), got.append)
    assert [str(error) for error in got] == ["no"]


def test_a_failure_of_who_takes_the_result_is_theirs():
    def then(_result):
        raise KeyError("theirs")

    with pytest.raises(KeyError, match="theirs"):
        Inline().run(lambda: 1, then, lambda error: pytest.fail(str(error)))
