"""The embedded engines on real people: three clips beside the checkout, skipped where they are absent."""

from dataclasses import dataclass

import numpy as np
import pytest

from studio.core.records import Image
from studio.core.vision import cv2
from studio.faces.align import align_face, alignment_matrix, transform_box, transform_points
from studio.faces.engines.dlib68 import DlibFinder
from studio.faces.engines.dlib_identity import DlibEncoder
from studio.faces.engines.polygons import PolygonParser
from studio.faces.pose import head_pose
from studio.faces.protocols import Detection
from studio.faceset.cluster import cluster_identities
from studio.faceset.dominant import dominant_group
from studio.video.read import read_frames
from tests.unit.faces.heads import mirrored

CLIPS = ("d18", "d19", "d10")


@dataclass(frozen=True, eq=False)
class Seen:
    """One frame, what was found in it, and the largest face aligned."""

    frame: Image
    faces: list[Detection]
    crop: Image
    points: np.ndarray


@pytest.fixture(scope="module")
def finder():
    return DlibFinder()


def _look(finder, frames):
    for frame in frames:
        (faces,) = finder.find([frame.image])
        if faces:
            crop, matrix = align_face(frame.image, faces[0].landmarks)
            yield Seen(frame.image, faces, crop, transform_points(matrix, faces[0].landmarks))


@pytest.fixture(scope="module")
def seen(media, finder):
    return {clip: list(_look(finder, read_frames(media / f"{clip}.mp4", every=24))) for clip in CLIPS}


@pytest.mark.parametrize(("clip", "sampled"), [("d18", 9), ("d19", 11), ("d10", 19)])
def test_every_sampled_frame_shows_one_face(seen, clip, sampled):
    assert [len(one.faces) for one in seen[clip]] == [1] * sampled


def test_the_aligned_head_sits_in_the_middle_and_the_central_four_fifths_hold_the_face(seen):
    for one in (one for clip in CLIPS for one in seen[clip]):
        spans = np.ptp(one.points[17:], axis=0)
        assert 150 < spans[0] < 215
        assert one.points[:17].min() > 51
        assert one.points[:17].max() < 461
        assert abs(one.points[36:48].mean(axis=0) - 256).max() < 40


def test_small_faces_and_large_frames_are_found_too(seen, finder):
    for one in seen["d19"][:3]:
        for width in (70, 240, 1000, 3000):
            scale = width / one.frame.shape[1]
            (faces,) = finder.find([cv2.resize(one.frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)])
            assert len(faces) == 1
            gap = np.linalg.norm(faces[0].landmarks / scale - one.faces[0].landmarks, axis=1)
            assert np.median(gap) < 12


def test_several_faces_come_largest_first(seen, finder):
    left, right = seen["d18"][0].frame, seen["d19"][0].frame
    canvas = np.zeros((480, 780, 3), np.uint8)
    canvas[:300, :300] = cv2.resize(left, (300, 300), interpolation=cv2.INTER_AREA)
    canvas[:, 300:] = right
    (faces,) = finder.find([canvas])
    assert len(faces) == 2
    assert faces[0].size > faces[1].size
    assert faces[0].box[0] >= 300 > faces[1].box[2]


def test_a_mirrored_frame_mirrors_the_pose(seen, finder):
    for one in (one for clip in CLIPS for one in seen[clip][::4]):
        (faces,) = finder.find([np.ascontiguousarray(one.frame[:, ::-1])])
        yaw, pitch, roll = head_pose(one.faces[0].landmarks)
        np.testing.assert_allclose(head_pose(faces[0].landmarks), (-yaw, pitch, -roll), atol=6)
        restored = mirrored(faces[0].landmarks, one.frame.shape[1])
        assert np.median(np.linalg.norm(restored - one.faces[0].landmarks, axis=1)) < 6


def test_landmarks_are_found_anew_on_the_aligned_face_in_the_moved_box(seen, finder):
    for one in (one for clip in CLIPS for one in seen[clip][::4]):
        face = one.faces[0]
        points = finder.landmarks_in(one.crop, transform_box(alignment_matrix(face.landmarks), face.box))
        assert np.median(np.linalg.norm(points - one.points, axis=1)) < 6


def test_masks_hold_the_face_and_leave_out_long_dark_hair(seen):
    refined, plain = PolygonParser(), PolygonParser(refine=False)
    for clip in CLIPS:
        for one in seen[clip]:
            masks = refined.parse(one.crop, one.points)
            hull = plain.parse(one.crop, one.points)
            assert not np.array_equal(masks.face, hull.face), "the rim was not refined"
            assert (masks.face & hull.face).sum() > 0.8 * hull.face.sum()
            assert not (masks.eyes & ~masks.face).any()
            assert not (masks.mouth & ~masks.face).any()
    for one in seen["d10"]:
        upper = np.arange(512)[:, None] < one.points[30, 1]
        dark = (one.crop.max(axis=2) < 60) & upper
        rim = refined.parse(one.crop, one.points).face & dark
        assert rim.sum() < 0.45 * (plain.parse(one.crop, one.points).face & dark).sum()


def test_a_face_has_the_same_masks_whatever_was_drawn_at_random_before(seen):
    parser = PolygonParser()
    for one in (one for clip in CLIPS for one in seen[clip][::3]):
        masks = []
        for seed in range(4):
            cv2.setRNGSeed(seed)
            masks.append(parser.parse(one.crop, one.points).packed())
        assert all(np.array_equal(masks[0], other) for other in masks[1:])


def test_one_persons_features_are_near_and_others_far(seen):
    encoder = DlibEncoder()
    means = []
    for clip in CLIPS:
        few = seen[clip][::3]
        features = encoder.encode([one.crop for one in few], [one.points for one in few])
        means.append(features.mean(axis=0))
        gaps = np.linalg.norm(features[:, None] - features[None], axis=2)
        assert np.median(gaps[np.triu_indices(len(few), 1)]) < 0.45
    gaps = [np.linalg.norm(means[a] - means[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert min(gaps) > 0.65


@pytest.fixture(scope="module")
def features(media, finder):
    encoder = DlibEncoder()
    described = {}
    for clip in CLIPS:
        faces = list(_look(finder, read_frames(media / f"{clip}.mp4")))
        described[clip] = encoder.encode([one.crop for one in faces], [one.points for one in faces])
    return described


@pytest.mark.slow
@pytest.mark.parametrize(("clip", "frames"), [("d18", 216), ("d19", 250), ("d10", 448)])
def test_at_least_98_percent_of_all_frames_show_a_face(features, clip, frames):
    assert len(features[clip]) >= 0.98 * frames


@pytest.mark.slow
@pytest.mark.parametrize("same_person", [0.6, None])
@pytest.mark.parametrize(
    "clips", [("d18", "d10"), ("d19", "d10"), ("d18", "d19", "d10"), ("d18", "d19"), ("d10", "d18")]
)
def test_the_first_clips_person_is_kept_and_the_others_are_rejected(features, clips, same_person):
    rows = np.vstack([features[clip] for clip in clips])
    sources = [clip for clip in clips for _ in features[clip]]
    labels = cluster_identities(rows)
    person = dominant_group(rows, labels, sources, same_person)
    kept = np.isin(labels, list(person.clusters))
    own = np.array([source == clips[0] for source in sources])
    assert kept[own].mean() >= 0.99
    assert kept[~own].mean() <= 0.01
