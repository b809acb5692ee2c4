"""What a training will take, in words."""

import pytest

from studio.app.training.forecast import Forecast, lasting

FITS = {
    "device": "cpu", "batch_size": 8, "fits": True, "memory_mb": 1536, "free_mb": 6144, "seconds_per_step": 0.25,
    "hours": 0.139, "largest_batch": 8, "fitting_batch": 8, "accumulate": 1, "steps": 2000, "parameters": 3_000_000,
    "faces": {"a": 5, "b": 4},
}  # fmt: skip


def test_what_fits_is_said_with_its_time_and_memory():
    forecast = Forecast.read(FITS)
    assert forecast.time_words() == "About 8 minutes for 2,000 steps on cpu, 0.25 s a step."
    assert forecast.memory_words() == "Fits: needs 1.5 GB, 6.0 GB are free."


def test_what_does_not_fit_is_said_with_what_would():
    facts = {"fits": False, "seconds_per_step": 0.5, "hours": 0.278, "largest_batch": 3, "fitting_batch": 2}
    forecast = Forecast.read({**FITS, **facts, "accumulate": 4})
    assert forecast.time_words() == "About 17 minutes for 2,000 steps on cpu, 0.50 s a step."
    assert forecast.memory_words() == (
        "A batch of 8 does not fit: 6.0 GB are free. Batches of 2, 4 to a step, fit and train alike."
    )


def test_where_nothing_fits_no_accumulation_is_offered():
    facts = {"fits": False, "largest_batch": 0, "fitting_batch": 0, "seconds_per_step": None, "hours": None}
    forecast = Forecast.read({**FITS, **facts, "accumulate": 0})
    assert forecast.time_words() == ""
    assert "not even with one face" in forecast.memory_words()


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.001, "About 1 minute"),
        (0.5, "About 30 minutes"),
        (3.14, "About 3.1 hours"),
        (100, "About 4 days"),
        (114_320, "About 13 years"),
    ],
)
def test_times_are_told_in_the_unit_one_thinks_of_them_in(hours, words):
    assert lasting(hours) == words
