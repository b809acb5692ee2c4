"""The mean faces to which faces are aligned and from which their pose is read.

The 51 points are the landmarks 17-67 of a frontal face, in units where the face spans 0..1. The 26 points are a 3-D
face in its own units: x toward the subject's right, y up, z out of the face.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray


def _points(text: str, columns: int) -> NDArray[np.float64]:
    points = np.array(text.split(), dtype=np.float64).reshape(-1, columns)
    points.flags.writeable = False
    return points


INNER: Final = slice(17, 68)
"""The landmarks that `MEAN_FACE` names: all but the jaw, on which landmark models disagree most."""

MEAN_FACE: Final = _points(
    """
    .010086 .106454  .085135 .038915  .191003 .018748  .300643 .034489  .403270 .077391
    .596729 .077391  .699356 .034489  .808997 .018748  .914864 .038915  .989913 .106454
    .5 .203352  .5 .307009  .5 .409805  .5 .515625
    .376753 .587326  .435909 .609345  .5 .628106  .564090 .609345  .623246 .587326
    .131610 .216423  .196995 .178758  .275698 .179852  .344479 .231733  .270791 .245099  .192616 .244077
    .655520 .231733  .724301 .179852  .803005 .178758  .868389 .216423  .807383 .244077  .729208 .245099
    .264022 .780233  .350858 .745405  .438731 .727388  .5 .742578  .561268 .727388  .649141 .745405  .735977 .780233
    .652032 .864805  .566594 .902192  .5 .909281  .433405 .902192  .347967 .864805
    .300252 .784792  .437969 .778746  .5 .785343  .562030 .778746  .699747 .784792
    .563237 .824182  .5 .831803  .436763 .824182
    """,
    2,
)
"""(51, 2): the landmarks 17-67 of the mean face."""

POSE_LANDMARKS: Final = np.array(
    [6, 7, 8, 9, 10, 17, 21, 22, 26, 31, 32, 33, 34, 35, 36, 39, 42, 45, 48, 50, 51, 52, 54, 56, 57, 58]
)
"""The landmarks that `MEAN_HEAD` names: those that expressions move least."""

MEAN_HEAD: Final = _points(
    """
    4.056931 -11.432347 1.636229  1.833492 -12.542305 4.061275  0 -12.901019 4.070434
    -1.833492 -12.542305 4.061275  -4.056931 -11.432347 1.636229
    6.825897 1.275284 4.402142  1.330353 1.636816 6.903745  -1.330353 1.636816 6.903745  -6.825897 1.275284 4.402142
    1.930245 -5.060977 5.914376  .746313 -5.136947 6.263227  0 -5.485328 6.76343
    -.746313 -5.136947 6.263227  -1.930245 -5.060977 5.914376
    5.311432 0 3.987654  1.78993 -.091703 4.413414  -1.78993 -.091703 4.413414  -5.311432 0 3.987654
    2.774015 -7.566103 5.048531  .509714 -7.056507 6.566167  0 -7.131772 6.704956  -.509714 -7.056507 6.566167
    -2.774015 -7.566103 5.048531  -.589441 -8.443925 6.109526  0 -8.601736 6.097667  .589441 -8.443925 6.109526
    """,
    3,
)
"""(26, 3): the landmarks of `POSE_LANDMARKS` on the mean head."""

HEAD_CENTRE: Final = np.array([[0.0, 0.0, -2.3]])
"""(1, 3): the middle of the mean head."""
