"""What the two persons of the sample clips do, second by second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import PchipInterpolator

from tests.rendering.lights import Light
from tests.rendering.person import MIRA, TOMAS, Person
from tests.rendering.scene import Pose

Keys = Mapping[float, float]
"""A value at each second named; smooth between."""

BLINK = ((-0.1, 0.0), (0.0, 1.0), (0.03, 1.0), (0.17, 0.0))
BOTH = ("eyeBlink", "mouthSmile", "browOuterUp", "browDown", "mouthStretch", "cheekSquint", "eyeSquint", "eyeWide")
"""Face units that come in a left and a right half."""


@dataclass(frozen=True)
class Score:
    """A person's five seconds: poses in degrees and decimetres, face units 0..1, light, and the voice's pitch in Hz."""

    person: Person
    pitch: float
    pose: Mapping[str, Keys]
    face: Mapping[str, Keys]
    light: Mapping[str, Keys]
    blinks: tuple[float, ...] = field(default=())

    def moment(self, second: float) -> tuple[Pose, dict[str, float], Light]:
        """Everything the renderer needs for one frame."""
        pose = Pose(**{name: at(keys, second) for name, keys in self.pose.items()})
        units = {}
        for name, keys in self.face.items():
            for unit in [name + "Left", name + "Right"] if name in BOTH else [name]:
                units[unit] = at(keys, second)
        shut = max((float(np.interp(second - when, *zip(*BLINK, strict=True))) for when in self.blinks), default=0.0)
        units["eyeBlinkLeft"] = units["eyeBlinkRight"] = shut
        return pose, units, Light(**{name: at(keys, second) for name, keys in self.light.items()})

    def mouth(self, seconds: np.ndarray) -> np.ndarray:
        """How far the mouth is open, 0..1, at each of the seconds."""
        return np.array([at(self.face["jawOpen"], second) for second in seconds])


def at(keys: Keys, second: float) -> float:
    """The value of a track at a time: monotone cubic between its keys, constant outside."""
    times = sorted(keys)
    curve = PchipInterpolator(times, [keys[time] for time in times])
    return float(curve(min(max(second, times[0]), times[-1])))


SCORES = {
    "mira": Score(
        person=MIRA,
        pitch=205.0,
        pose={
            "yaw": {0: 0, 0.9: 14, 1.3: 12, 2.1: -6, 2.9: -24, 3.2: -22, 4.1: 6, 4.6: 20, 5: 12},
            "pitch": {0: 0, 0.7: 5, 1.5: -3, 2.4: -7, 3.2: 4, 4.0: 7, 4.6: -2, 5: 0},
            "roll": {0: 0, 1.1: -6, 2.2: 3, 3.3: 7, 4.2: -3, 5: 0},
            "x": {0: 0, 1.2: 0.06, 2.9: -0.08, 4.4: 0.06, 5: 0},
            "gaze_right": {0: 0, 0.8: -10, 1.6: 2, 2.8: 14, 3.6: 0, 4.5: -12, 5: -6},
            "gaze_up": {0: 0, 1.4: 3, 2.5: -4, 4: 2, 5: 0},
        },
        face={
            "jawOpen": {
                0: 0,
                0.4: 0,
                0.55: 0.22,
                0.7: 0.05,
                0.85: 0.30,
                1.0: 0.08,
                1.2: 0.35,
                1.4: 0.02,
                1.8: 0,
                2.05: 0.45,
                2.35: 0.85,
                2.55: 0.85,
                2.85: 0.1,
                3.0: 0.28,
                3.15: 0.05,
                3.3: 0.2,
                3.5: 0,
                4.2: 0,
                4.35: 0.25,
                4.5: 0.06,
                4.65: 0.3,
                4.85: 0,
                5: 0,
            },
            "mouthSmile": {
                0: 0.1,
                0.5: 0.05,
                1.3: 0.1,
                1.7: 0.65,
                1.95: 0.5,
                2.3: 0.1,
                3.2: 0.1,
                3.7: 0.8,
                4.1: 0.75,
                4.5: 0.15,
                5: 0.2,
            },
            "mouthFunnel": {
                0: 0,
                0.8: 0,
                1.0: 0.35,
                1.2: 0,
                2.9: 0,
                3.1: 0.4,
                3.35: 0,
                4.4: 0,
                4.5: 0.3,
                4.65: 0,
                5: 0,
            },
            "mouthPucker": {0: 0, 1.35: 0, 1.45: 0.25, 1.6: 0, 3.15: 0, 3.25: 0.3, 3.4: 0, 5: 0},
            "browInnerUp": {0: 0, 0.6: 0.1, 1.0: 0.6, 1.4: 0.1, 2.2: 0.7, 2.6: 0.7, 3.0: 0.0, 4.4: 0.3, 5: 0},
            "browOuterUp": {0: 0, 0.6: 0.1, 1.0: 0.5, 1.4: 0.0, 2.2: 0.7, 2.6: 0.7, 3.0: 0.0, 5: 0},
            "browDown": {0: 0, 2.9: 0, 3.2: 0.4, 3.5: 0, 5: 0},
            "eyeWide": {0: 0, 2.0: 0, 2.4: 0.5, 2.7: 0, 5: 0},
            "eyeSquint": {0: 0, 1.4: 0, 1.7: 0.3, 2.0: 0, 3.4: 0.1, 3.8: 0.45, 4.2: 0.3, 4.5: 0, 5: 0},
        },
        light={
            "azimuth": {0: -40, 2.5: -15, 5: -45},
            "elevation": {0: 35, 2.5: 42, 5: 30},
            "strength": {0: 1.0, 1.5: 1.1, 3.0: 0.8, 4.2: 1.05, 5: 1.0},
            "warmth": {0: 0.3, 2.5: 0.8, 5: 0.2},
        },
        blinks=(0.35, 1.55, 2.95, 4.25),
    ),
    "tomas": Score(
        person=TOMAS,
        pitch=108.0,
        pose={
            "yaw": {0: -4, 0.8: -18, 1.4: -14, 2.2: 8, 3.0: 24, 3.3: 22, 4.0: 2, 4.6: -10, 5: -6},
            "pitch": {0: 1, 0.8: -5, 1.6: 4, 2.5: 7, 3.3: -2, 4.1: -6, 5: 1},
            "roll": {0: 0, 1.0: 5, 2.3: -4, 3.2: -7, 4.3: 4, 5: 0},
            "x": {0: 0, 1.0: -0.06, 3.0: 0.08, 4.5: -0.04, 5: 0},
            "gaze_right": {0: 2, 0.8: 10, 1.6: 0, 2.9: -13, 3.7: 0, 4.6: 6, 5: 3},
            "gaze_up": {0: 0, 1.2: -3, 2.6: 4, 4: -2, 5: 0},
        },
        face={
            "jawOpen": {
                0: 0,
                0.3: 0,
                0.45: 0.2,
                0.6: 0.06,
                0.75: 0.28,
                0.95: 0.04,
                1.1: 0.25,
                1.3: 0.0,
                1.6: 0,
                1.8: 0.3,
                1.95: 0.1,
                2.1: 0.35,
                2.3: 0.05,
                2.6: 0,
                2.9: 0,
                3.15: 0.45,
                3.45: 0.85,
                3.65: 0.85,
                3.9: 0.1,
                4.1: 0,
                4.4: 0.22,
                4.55: 0.05,
                4.7: 0.26,
                4.9: 0,
                5: 0,
            },
            "mouthSmile": {
                0: 0.05,
                1.1: 0.1,
                1.45: 0.6,
                1.7: 0.25,
                2.3: 0.2,
                2.65: 0.8,
                2.95: 0.6,
                3.3: 0.05,
                4.1: 0.15,
                5: 0.1,
            },
            "mouthFunnel": {0: 0, 0.5: 0, 0.65: 0.4, 0.8: 0, 1.85: 0, 2.0: 0.4, 2.15: 0, 5: 0},
            "mouthPucker": {0: 0, 1.9: 0, 2.0: 0.25, 2.15: 0, 4.45: 0, 4.55: 0.3, 4.7: 0, 5: 0},
            "browInnerUp": {0: 0, 0.5: 0.5, 0.9: 0.1, 1.8: 0, 3.2: 0.6, 3.7: 0.7, 4.0: 0.1, 5: 0},
            "browOuterUp": {0: 0, 0.5: 0.4, 0.9: 0.0, 3.2: 0.6, 3.7: 0.7, 4.0: 0.0, 5: 0},
            "browDown": {0: 0.1, 1.0: 0.1, 1.9: 0.6, 2.4: 0.1, 4.2: 0, 4.5: 0.5, 5: 0.1},
            "eyeWide": {0: 0, 3.1: 0, 3.5: 0.5, 3.8: 0, 5: 0},
            "eyeSquint": {0: 0, 1.2: 0, 1.5: 0.3, 1.8: 0.1, 2.6: 0.45, 3.0: 0.1, 5: 0},
        },
        light={
            "azimuth": {0: 40, 2.5: 18, 5: 42},
            "elevation": {0: 32, 2.5: 40, 5: 34},
            "strength": {0: 0.95, 1.5: 0.8, 3.0: 1.08, 4.2: 0.9, 5: 0.95},
            "warmth": {0: -0.2, 2.5: 0.3, 5: -0.3},
        },
        blinks=(0.6, 1.75, 2.85, 4.2),
    ),
}
