"""Going to and fro in a video with a decoder that stays open."""

import random

import numpy as np
import pytest

from studio.core.errors import MediaError
from studio.video import seek
from studio.video.read import read_frames
from studio.video.seek import FrameSeeker


@pytest.mark.parametrize(
    "made",
    [
        {"frames": 60, "gop": 7},
        {"frames": 60},
        {"name": "late.ts", "frames": 60, "gop": 12},
        {"frames": 10, "pts": [0, 3000, 9000, 10500, 30000, 31000, 60000, 90000, 91000, 99000]},
        {"frames": 40, "rotation": 90},
        {"name": "clip.avi", "frames": 60, "gop": 12},
    ],
)
@pytest.mark.parametrize("kept", [seek._KEPT_BYTES, 3 * 64 * 48])
def test_any_frame_is_the_one_that_reading_from_the_start_gives(make_clip, monkeypatch, made, kept):
    monkeypatch.setattr(seek, "_KEPT_BYTES", kept)
    clip = make_clip(**made)
    frames = list(read_frames(clip))
    chance = random.Random(5)
    order = [chance.randrange(len(frames)) for _ in range(40)] + [*range(len(frames))][::-1] + [0, len(frames) - 1]
    seeker = FrameSeeker(clip, np.array([frame.pts for frame in frames]))
    for index in order:
        found = seeker.frame(index)
        assert (found.index, found.pts, found.time) == (index, frames[index].pts, frames[index].time)
        assert np.array_equal(found.image, frames[index].image)
    seeker.close()


def test_before_the_first_and_behind_the_last_frame_are_those(make_clip):
    clip = make_clip(frames=9)
    seeker = FrameSeeker(clip, np.array([frame.pts for frame in read_frames(clip)]))
    assert [seeker.frame(index).index for index in (-5, 99)] == [0, 8]
    seeker.close()


def test_what_is_no_video_is_refused(tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"no video")
    with pytest.raises(MediaError):
        FrameSeeker(tmp_path / "x.mp4", np.array([0]))
