from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from studio.conversion.driver import packed_png
from studio.conversion.frames import ConvertSettings, FrameConverter
from studio.core.errors import UsageError
from studio.core.records import FaceMasks
from studio.faces.align import align_face, invert, transform_points
from studio.nets.framing import network_input
from studio.video.read import read_frame_at, read_frames

PLAIN = ConvertSettings(label=False)


def _converter(analysis, generator, engines, settings=PLAIN, tracks=frozenset({0})) -> FrameConverter:
    return FrameConverter(analysis, generator, "b", tracks, engines.finder, engines.parser, settings)


def test_a_face_is_changed_inside_its_mask_alone(mira, mira_analysis, generator, engines) -> None:
    frame = read_frame_at(mira, 0.2)

    done = _converter(mira_analysis, generator, engines).convert(frame)

    changed = (done.image != frame.image).any(axis=2)
    rows, columns = np.nonzero(changed)
    _, matrix = align_face(frame.image, mira_analysis.faces_at(frame.pts)[0].landmarks)
    inside = transform_points(matrix, np.stack([columns, rows], axis=1).astype(np.float32))
    nearest = np.clip(np.rint(inside), 0, 511).astype(int)
    assert done.faces_found == 1
    assert done.mask_pixels > 10_000
    assert changed.sum() > 5_000
    assert done.swapped[0].mask[nearest[:, 1], nearest[:, 0]].all()


def test_the_blend_stays_inside_both_masks_squeezed(mira, mira_analysis, generator, engines) -> None:
    face = _converter(mira_analysis, generator, engines).convert(read_frame_at(mira, 0.2)).swapped[0]

    assert face.mask.any()
    for mask in (face.driver_mask, face.generated_mask):
        assert distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1][face.mask].min() > PLAIN.squeeze


def test_more_squeeze_leaves_a_smaller_blend(mira, mira_analysis, generator, engines) -> None:
    frame = read_frame_at(mira, 0.2)

    areas = [
        _converter(mira_analysis, generator, engines, PLAIN.changed({"squeeze": squeeze})).convert(frame).mask_pixels
        for squeeze in (0, 15, 30, 60)
    ]

    assert sorted(areas, reverse=True) == areas
    assert len(set(areas)) == 4


def test_a_person_who_is_not_wanted_passes_through(pair, pair_analysis, generator, engines) -> None:
    frame = read_frame_at(pair, 0.1)
    boxes = {track: pair_analysis.faces.box[pair_analysis.faces.track == track].mean(axis=0) for track in (0, 1)}
    right = max(boxes, key=lambda track: boxes[track][0])

    done = _converter(pair_analysis, generator, engines, tracks=frozenset({right})).convert(frame)

    assert done.faces_found == 2
    assert np.array_equal(done.image[:, :480], frame.image[:, :480])
    assert not np.array_equal(done.image[:, 480:], frame.image[:, 480:])


def test_with_nobody_wanted_the_frame_is_the_drivers(mira, mira_analysis, generator, engines) -> None:
    frame = read_frame_at(mira, 0.2)

    done = _converter(mira_analysis, generator, engines, tracks=frozenset()).convert(frame)

    assert np.array_equal(done.image, frame.image)
    assert not done.changed


def test_a_mask_squeezed_to_nothing_leaves_the_frame_as_it_was(mira, mira_analysis, generator, engines) -> None:
    dot = np.zeros((512, 512), bool)
    dot[250:262, 250:262] = True
    packed = packed_png(FaceMasks(face=dot, eyes=dot, mouth=dot))
    count = len(mira_analysis.faces)
    faces = replace(mira_analysis.faces, masks=np.tile(packed, count), mask_ends=np.arange(1, count + 1) * len(packed))
    frame = read_frame_at(mira, 0.2)

    done = _converter(replace(mira_analysis, faces=faces), generator, engines).convert(frame)

    assert np.array_equal(done.image, frame.image)
    assert len(done.swapped) == 1
    assert not done.changed


def test_the_label_is_drawn_whether_or_not_a_face_was_swapped(mira, mira_analysis, generator, engines) -> None:
    frame = read_frame_at(mira, 0.2)
    labelled = ConvertSettings()

    images = [
        _converter(mira_analysis, generator, engines, labelled, tracks).convert(frame).image
        for tracks in (frozenset({0}), frozenset())
    ]

    for image in images:
        assert not np.array_equal(image[-60:, :200], frame.image[-60:, :200])


@pytest.mark.parametrize("mask", ["advanced", "driver"])
def test_the_mask_of_the_generated_face_is_found_anew(mira, mira_analysis, generator, engines, mask: str) -> None:
    settings = PLAIN.changed({"mask": mask})

    face = _converter(mira_analysis, generator, engines, settings).convert(read_frame_at(mira, 0.2)).swapped[0]

    same = np.array_equal(face.generated_mask, face.driver_mask)
    assert same == (mask == "driver")


class PaintedAround:
    """A network that gives the driver's face back, with a colour of its own a little way outside it."""

    size = 256

    def __init__(self, face: np.ndarray, colour: tuple[int, int, int]) -> None:
        self._kept = distance_transform_edt(~face) < 12
        self._colour = np.uint8(colour)

    def generate(self, faces, identity):
        painted = [np.where(self._kept[..., None], face, self._colour) for face in faces]
        return [network_input(face, self.size) for face in painted]


def test_what_a_network_paints_beyond_the_face_does_not_move_its_mask(mira, mira_analysis, engines) -> None:
    frame = read_frame_at(mira, 0.2)
    driver = mira_analysis.faces_at(frame.pts)[0].masks.face

    skin, night = (
        _converter(mira_analysis, PaintedAround(driver, colour), engines).convert(frame).swapped[0]
        for colour in ((190, 140, 125), (20, 30, 90))
    )

    assert np.array_equal(skin.generated_mask, night.generated_mask)
    assert (skin.generated_mask & driver).sum() / (skin.generated_mask | driver).sum() > 0.93


def test_a_frame_alone_and_in_a_stream_give_the_same_pixels(mira, mira_analysis, generator, engines) -> None:
    converter = _converter(mira_analysis, generator, engines)
    streamed = [converter.convert(frame).image for frame in read_frames(mira)]

    for index in (0, 3, 15):
        alone = read_frame_at(mira, float(mira_analysis.times[index]))
        assert np.array_equal(converter.convert(alone).image, streamed[index])


def test_the_decoder_decides_whose_face_is_generated(mira, mira_analysis, generator) -> None:
    face = mira_analysis.faces_at(int(mira_analysis.pts[3]))[0]
    frame = next(iter(read_frames(mira, 3, 4)))
    crop, matrix = align_face(frame.image, face.landmarks)

    a, b = generator.generate([crop], "a")[0], generator.generate([crop], "b")[0]

    assert a.shape == b.shape == (generator.size, generator.size, 3)
    assert not np.array_equal(a, b)
    assert np.allclose(
        transform_points(invert(matrix), transform_points(matrix, face.landmarks)), face.landmarks, atol=0.01
    )


@pytest.mark.parametrize("values", [{"squeeze": 61}, {"squeeze": -1}, {"mask": "both"}, {"stop": 0}, {"sqeeze": 3}])
def test_settings_out_of_bounds_are_refused(values) -> None:
    with pytest.raises(UsageError):
        ConvertSettings.build(values)
