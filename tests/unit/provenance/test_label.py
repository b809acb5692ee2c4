"""The visible label can be seen on any frame and changes nothing else."""

import numpy as np
import pytest

from studio.provenance.label import draw_label, label_place

SIZES = [(480, 480), (1080, 1920), (1920, 1080), (240, 320), (96, 96), (2160, 3840)]


def contrast(one, other):
    """WCAG contrast ratio of two grey levels."""
    light, dark = sorted((((np.array([one, other]) / 255) ** 2.2) + 0.05), reverse=True)
    return light / dark


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("background", [0, 90, 128, 200, 255])
def test_letters_stand_out_from_their_plate_on_dark_and_on_light(size, background):
    frame = np.full((*size, 3), background, np.uint8)
    place = label_place(*size)
    label = draw_label(frame)[place.top : place.bottom, place.left : place.right, 0]
    assert contrast(label.max(), np.median(label)) > 4.5
    share = (label > 0.7 * label.max()).mean()
    assert 0.08 < share < 0.5


@pytest.mark.parametrize("size", SIZES)
def test_the_label_grows_with_the_frame_and_is_never_below_twelve_pixels(size):
    place = label_place(*size)
    height = place.bottom - place.top
    assert height == max(12, round(0.045 * min(size)))
    assert 0 <= place.top < place.bottom <= size[0]
    assert 0 <= place.left < place.right <= size[1]


def test_nothing_outside_the_label_changes_and_the_input_stays_as_it_was():
    frame = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    before = frame.copy()
    labelled = draw_label(frame)
    np.testing.assert_array_equal(frame, before)
    place = label_place(300, 400)
    changed = (labelled != frame).any(axis=-1)
    assert changed[place.top : place.bottom, place.left : place.right].mean() > 0.9
    changed[place.top : place.bottom, place.left : place.right] = False
    assert not changed.any()


def test_the_same_frame_always_gets_the_same_label():
    frame = np.full((200, 200, 3), 77, np.uint8)
    np.testing.assert_array_equal(draw_label(frame), draw_label(frame))
    assert (draw_label(frame, "Synthetic") != draw_label(frame)).any()


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (500, 2), (12, 12), (20, 30), (0, 5)])
def test_tiny_frames_are_marked_as_far_as_they_go(size):
    frame = np.full((*size, 3), 255, np.uint8)
    labelled = draw_label(frame)
    assert labelled.shape == frame.shape
    assert labelled.size == 0 or (labelled != frame).any()


@pytest.mark.parametrize("text", ["", "KI-verändert", "two\nlines"])
def test_a_text_the_font_lacks_is_refused(text):
    with pytest.raises(ValueError, match="ASCII"):
        draw_label(np.zeros((50, 50, 3), np.uint8), text)
