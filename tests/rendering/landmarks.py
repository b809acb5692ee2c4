"""Which vertices of the coarse mesh are the 68 landmarks of the iBUG scheme; picked on pictures of the mesh."""

from __future__ import annotations

VERTICES: tuple[int, ...] = (
    2375,
    2574,
    2057,
    910,
    895,
    737,
    2106,
    921,
    2107,
    3449,
    4590,
    3283,
    3423,
    3438,
    4543,
    5049,
    4850,  # jaw, ear to ear
    1759,
    2071,
    222,
    223,
    208,  # brow on the image's left
    2809,
    2823,
    2822,
    4557,
    4258,  # brow on the right
    132,
    131,
    164,
    294,  # bridge and tip of the nose
    320,
    313,
    317,
    2902,
    2908,  # nostrils
    21,
    1057,
    1073,
    2590,
    47,
    1067,  # eye on the left
    5065,
    3591,
    3575,
    2631,
    3585,
    2657,  # eye on the right
    425,
    2165,
    450,
    455,
    3036,
    4645,
    3011,
    3061,
    3067,
    492,
    486,
    480,  # outer lips
    444,
    472,
    474,
    3054,
    3030,
    3090,
    493,
    517,  # inner lips
)
"""In the scheme's order; the person's right side is on the image's left and comes first."""

JAW = slice(0, 17)
INSIDE = slice(17, 68)
