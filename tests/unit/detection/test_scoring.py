"""Scores of videos: clips, the whole, and no number where there is no face."""

import av
import numpy as np
import pytest

from studio.core.errors import MediaError, Stopped
from studio.core.reporter import Silent
from studio.detection.scoring import ClipScore, clip_starts, open_detector, score_video, summarise
from studio.faces.engines.dlib68 import DlibFinder


@pytest.fixture(scope="module")
def finder():
    return DlibFinder()


@pytest.fixture(scope="module")
def empty_room(tmp_path_factory):
    """A video of 30 frames with nobody in it."""
    path = tmp_path_factory.mktemp("video") / "room.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for index in range(30):
            image = np.full((120, 160, 3), 90 + index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


# When frames begin at 25 a second.
SECONDS = [n / 25 for n in range(74)]


@pytest.mark.parametrize(
    ("frames", "starts"),
    [
        (0, [0]),
        (1, [0]),
        (25, [0]),
        (26, [0, 1]),
        (49, [0, 24]),
        (50, [0, 24, 25]),
        (73, [0, 24, 48]),
        (80, [0, 24, 48, 55]),
    ],
)
def test_clips_start_every_24_frames_and_the_last_ends_with_the_video(frames, starts):
    assert clip_starts(frames) == starts
    if frames >= 25:
        assert starts[-1] + 25 == frames


def test_a_video_without_a_face_gets_a_reason_and_not_a_number(trained, finder, empty_room):
    result = score_video(empty_room, open_detector(trained[0]), finder)
    assert (result.score, result.label) == (None, None)
    assert "no face" in result.reason
    assert (result.frames, result.frames_with_face) == (30, 0)
    assert result.clips == [ClipScore(0, 1.0, None), ClipScore(0.2, 1.2, None)]
    assert (result.file, result.detector, result.validated) == (str(empty_room), "frequency", False)
    assert "not validated" in result.trained_on


def test_a_clip_scores_the_mean_of_its_frames_and_a_video_that_of_its_clips(trained):
    scores = [0.2] * 25 + [None] * 24 + [1.0] * 24
    result = summarise("a.mp4", scores, SECONDS, trained[1])
    assert [(clip.start, clip.end) for clip in result.clips] == [(0, 1), (0.96, 1.96), (1.92, 2.92)]
    assert result.clips[0].score == pytest.approx(0.2)
    assert result.clips[1].score == pytest.approx(0.2)
    assert result.clips[2].score == pytest.approx(1.0)
    assert result.score == pytest.approx((0.2 + 0.2 + 1.0) / 3)
    assert result.frames_with_face == 49
    assert result.reason is None


def test_clips_without_a_face_have_no_score_and_do_not_count(trained):
    result = summarise("a.mp4", [None] * 25 + [None] * 24 + [0.8] * 24, SECONDS, trained[1])
    assert [clip.score for clip in result.clips] == [None, None, pytest.approx(0.8)]
    assert result.score == pytest.approx(0.8)


@pytest.mark.parametrize(("score", "label"), [(0.49, "real"), (0.5, "fake"), (0.9, "fake")])
def test_fake_is_called_at_the_threshold(trained, score, label):
    assert summarise("a.mp4", [score] * 3, SECONDS, trained[1]).label == label


def test_scoring_stops_when_asked_and_refuses_what_is_no_video(trained, finder, empty_room, tmp_path):
    class Stopping(Silent):
        def check(self):
            raise Stopped

    detector = open_detector(trained[0])
    with pytest.raises(Stopped):
        score_video(empty_room, detector, finder, Stopping())
    with pytest.raises(MediaError):
        score_video(tmp_path / "missing.mp4", detector, finder)
