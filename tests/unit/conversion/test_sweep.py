"""A face at many squeezes, and the amount that is recommended."""

import numpy as np
import pytest

from studio.conversion.frames import ConvertSettings, FrameConverter
from studio.conversion.sweep import SQUEEZES, SweepRow, least_needed, recommend, sweep
from studio.swap.compose import BlendSettings
from studio.video.read import read_frame_at

BLANK = np.zeros((1, 1, 3), np.uint8)


def rows(*boundaries):
    return [
        SweepRow(amount, value, 100 if value is not None else 0, BLANK)
        for amount, value in zip(SQUEEZES, boundaries, strict=False)
    ]


@pytest.mark.parametrize(
    ("boundaries", "wanted"),
    [
        ((9, 4, 2.1, 2, 2, 2, 3, 4, 5), 10),  # hair until 10 px, then clean, then features are cut
        ((2, 2, 2, 2, 2, 2, 2, 2, 2), 0),
        ((9, 8, 7, 6, 5, None, None), 20),
        ((None,), None),
    ],
)
def test_the_least_squeeze_that_is_as_good_as_the_best_is_needed(boundaries, wanted):
    assert least_needed(rows(*boundaries)) == wanted


def test_a_video_gets_the_median_and_how_far_its_frames_are_apart():
    clean, hairy, gone = rows(2, 2, 2), rows(9, 9, 9, 2), rows(None)
    found = recommend([clean, hairy, hairy, hairy, gone])
    assert (found.squeeze, found.low, found.high, found.frames) == (15, 11.25, 15, 4)
    assert recommend([gone]) is None


def test_each_squeeze_is_what_the_export_would_blend(mira, mira_analysis, generator, engines):
    settings = ConvertSettings(label=False, squeeze=20)
    converter = FrameConverter(
        mira_analysis, generator, "b", frozenset({0}), engines.finder, engines.parser, settings
    )  # fmt: skip
    (face,) = converter.convert(read_frame_at(mira, 0.2)).swapped

    found = sweep(face, BlendSettings())

    assert [row.squeeze for row in found] == list(SQUEEZES)
    areas = [row.mask_pixels for row in found]
    assert areas == sorted(areas, reverse=True)
    assert np.array_equal(found[4].image, face.blended)
    assert all(row.boundary > 0 for row in found)
