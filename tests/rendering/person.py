"""Who is drawn: the shape of a head and how it is painted; the two persons of the sample clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Colour = tuple[float, float, float]
"""Linear red, green, blue, 0..1."""


@dataclass(frozen=True)
class Person:
    """One invented person. Lengths in decimetres on the unshaped head, angles in degrees."""

    name: str
    shape: Mapping[str, float]
    skin: Colour
    lips: Colour
    hair: Colour
    brows: Colour
    iris: Colour
    shirt: Colour
    hairline: tuple[tuple[float, float], ...]
    """(azimuth from the front, height) of the hair's lower border; the same on both sides."""
    hair_volume: float = 0.1
    hair_back: float = 1.0
    """1 for hair combed straight back, 0 for short hair that stands."""
    grey: float = 0.0
    """Share of grey in hair and beard, most at the temples."""
    hair_length: float = 0.0
    """How far hanging hair reaches below the eyes; 0 for none."""
    brow_height: float = 7.47
    brow_arch: float = 0.05
    brow_thickness: float = 0.035
    brow_density: float = 1.0
    stubble: float = 0.0
    wrinkles: float = 0.0
    freckles: float = 0.0
    redness: float = 0.3
    shine: float = 0.5
    blink: float = 1.0
    """How much of the closing target shuts this shape's lids."""
    lift: float = 0.0
    """How far the head is moved up in the picture."""
    size: float = 1.0
    seed: int = 1
    eye_paint: float = 0.5
    """Darkness of lash line and lid, 0..1."""


MIRA = Person(
    name="mira",
    shape={
        "african-female-young": 0.55,
        "asian-female-young": 0.45,
        "universal-female-young-averagemuscle-averageweight": 1.0,
        "head-round": 0.6,
        "head-scale-vert-decr": 0.3,
        "forehead-scale-vert-decr": 0.5,
        "neck-scale-vert-decr": 0.7,
        "chin-height-decr": 0.4,
        "chin-width-decr": 0.3,
        "nose-scale-vert-decr": 0.35,
        "nose-width2-incr": 0.3,
        "mouth-upperlip-volume-incr": 0.5,
        "mouth-lowerlip-volume-incr": 0.4,
        "l-eye-scale-incr": 0.5,
        "r-eye-scale-incr": 0.5,
        "l-cheek-volume-incr": 0.4,
        "r-cheek-volume-incr": 0.4,
    },
    skin=(0.25, 0.115, 0.062),
    lips=(0.22, 0.05, 0.045),
    hair=(0.012, 0.008, 0.006),
    brows=(0.012, 0.008, 0.006),
    iris=(0.06, 0.025, 0.01),
    shirt=(0.03, 0.12, 0.14),
    hairline=(
        (0, 7.95),
        (15, 7.93),
        (30, 7.84),
        (45, 7.70),
        (60, 7.48),
        (75, 7.35),
        (85, 7.2),
        (100, 7.1),
        (120, 6.8),
        (180, 6.55),
    ),
    hair_volume=0.15,
    hair_length=1.12,
    brow_height=7.475,
    brow_arch=0.035,
    brow_thickness=0.036,
    freckles=0.3,
    size=1.06,
    shine=0.6,
    eye_paint=1.0,
    seed=3,
)

TOMAS = Person(
    name="tomas",
    shape={
        "caucasian-male-old": 0.45,
        "caucasian-male-young": 0.55,
        "universal-male-old-averagemuscle-averageweight": 0.45,
        "universal-male-young-averagemuscle-averageweight": 0.55,
        "head-rectangular": 0.7,
        "head-scale-vert-incr": 0.2,
        "chin-width-incr": 0.6,
        "chin-height-incr": 0.4,
        "nose-scale-vert-incr": 0.4,
        "nose-hump-incr": 0.5,
        "nose-scale-depth-incr": 0.4,
        "mouth-upperlip-volume-decr": 0.4,
        "mouth-lowerlip-volume-decr": 0.3,
        "eyebrows-trans-down": 0.4,
    },
    skin=(0.52, 0.29, 0.21),
    lips=(0.36, 0.15, 0.12),
    hair=(0.075, 0.06, 0.05),
    brows=(0.07, 0.05, 0.035),
    iris=(0.10, 0.19, 0.26),
    shirt=(0.035, 0.04, 0.055),
    hairline=(
        (0, 7.76),
        (15, 7.77),
        (30, 7.79),
        (45, 7.69),
        (60, 7.47),
        (75, 7.27),
        (85, 7.0),
        (100, 7.1),
        (120, 6.8),
        (180, 6.5),
    ),
    hair_volume=0.05,
    hair_back=0.35,
    grey=0.6,
    brow_arch=0.02,
    brow_thickness=0.05,
    stubble=0.6,
    wrinkles=0.8,
    redness=0.7,
    shine=0.35,
    eye_paint=0.55,
    seed=8,
)
