"""Make the two sample clips: `python assets/sample/make_sample.py [NAME...]` in a checkout, the project installed.

Five seconds each of two invented persons who turn their heads, blink, raise their brows, smile and speak, from a
closed to a wide open mouth, while the light changes; drawn by the renderer in tests/rendering from MakeHuman's CC0
head, with a synthetic voice whose loudness and vowel follow the mouth.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from score import SCORES, Score  # noqa: E402
from voice import RATE, speak  # noqa: E402

from studio.core.files import whole_file  # noqa: E402
from tests.rendering.scene import Studio  # noqa: E402

FRAMES, FRAME_RATE, SIZE, SUPERSAMPLING = 150, 30, 480, 3
QUALITY = "14"


def main(names: list[str]) -> None:
    """Make the clips of the named persons, or of all."""
    for name in names or list(SCORES):
        make_clip(SCORES[name], HERE / f"{name}.mp4")


def make_clip(score: Score, path: Path) -> None:
    """Draw and encode one clip; shows progress on standard error."""
    studio = Studio(score.person, SIZE, SUPERSAMPLING)
    sound = speak(score.mouth(np.arange(FRAMES) / FRAME_RATE), FRAME_RATE, score.pitch)
    with whole_file(path) as part, av.open(str(part), "w", format="mp4", options={"movflags": "faststart"}) as out:
        video = out.add_stream("libx264", rate=FRAME_RATE, options={"crf": QUALITY, "preset": "veryslow"})
        video.width = video.height = SIZE
        video.pix_fmt = "yuv420p"
        audio = out.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 64_000
        for index in range(FRAMES):
            image = studio.render(*score.moment(index / FRAME_RATE)).frame
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index
            out.mux(video.encode(frame))
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{path.name}: frame {index + 1} of {FRAMES}")
        out.mux(video.encode(None))
        encode_sound(out, audio, sound)
    sys.stderr.write(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB\n")


def encode_sound(out: av.container.OutputContainer, stream: av.AudioStream, sound: np.ndarray) -> None:
    """Add mono float samples (n,) to the clip."""
    frame = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), format="fltp", layout="mono")
    frame.sample_rate = RATE
    frame.pts = 0
    frame.time_base = Fraction(1, RATE)
    out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


if __name__ == "__main__":
    main(sys.argv[1:])
