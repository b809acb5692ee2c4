import pytest
from pydantic import Field

from studio.core.config import Settings, assignments
from studio.core.errors import UsageError


class Sample(Settings):
    """Settings as a stage has them."""

    batch_size: int = Field(8, ge=1, le=64, description="Faces a step.")
    rate: float = Field(0.1, gt=0, description="Learning rate.")


def test_strings_from_the_command_line_become_typed_values():
    assert Sample.build({"batch_size": "4", "rate": "0.5"}) == Sample(batch_size=4, rate=0.5)


def test_an_unknown_setting_is_refused_and_the_known_ones_are_named():
    with pytest.raises(UsageError) as caught:
        Sample.build({"batchsize": 4})
    assert "batchsize" in caught.value.message
    assert "batch_size" in caught.value.hint


@pytest.mark.parametrize("value", ["0", "65", "many", "1.5"])
def test_a_value_out_of_bounds_names_the_setting_and_says_what_it_is_for(value):
    with pytest.raises(UsageError) as caught:
        Sample.build({"batch_size": value})
    assert "batch_size" in caught.value.message
    assert caught.value.hint == "Faces a step."


def test_changing_settings_checks_them_again():
    assert Sample().changed({"rate": "2"}).rate == 2
    with pytest.raises(UsageError):
        Sample().changed({"rate": "-1"})


@pytest.mark.parametrize("words", [["batch_size"], ["=4"], ["a=1", "a=2"]])
def test_words_that_are_no_settings_are_refused(words):
    with pytest.raises(UsageError):
        assignments(words)


def test_a_value_may_hold_an_equals_sign():
    assert assignments(["note=a=b"]) == {"note": "a=b"}
