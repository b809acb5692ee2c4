"""The embedded finder: dlib's HOG detector and its 68-point shape predictor."""

from __future__ import annotations

from collections.abc import Sequence

import dlib
import face_recognition_models
import numpy as np

from studio.core.records import Image, Points
from studio.faces.protocols import Box, Detection, checked_box, checked_image
from studio.faces.resize import rescaled

_THRESHOLD = 0.0
_LONGEST = 1280


class DlibFinder:
    """Finds faces with dlib; its weights come inside a package, so it always runs.

    The landmark model was trained on iBUG 300-W, whose terms are non-commercial. The detector sees faces that are
    near upright and show both eyes, from 60 px of height on where the image's longer side is 1280 px at most (from
    30 px on where the image holds no larger face), and from 60/1280 of that side on above. Landmarks are whole pixels.
    Not picklable: make one in each process.
    """

    name = "dlib68"

    def __init__(self) -> None:
        self._detector = dlib.get_frontal_face_detector()
        self._predictor = dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())

    def find(self, images: Sequence[Image]) -> list[list[Detection]]:
        """The faces of each image (H, W, 3), largest first; see `FaceFinder.find`."""
        return [self._faces(checked_image(image)) for image in images]

    def landmarks_in(self, image: Image, box: Box) -> Points:
        """The landmarks (68, 2) of the face in `box`; see `FaceFinder.landmarks_in`."""
        image = checked_image(image)
        x0, y0, x1, y1 = np.rint(checked_box(box, image)).astype(int)
        return self._landmarks(image, dlib.rectangle(int(x0), int(y0), int(x1) - 1, int(y1) - 1))

    def _faces(self, image: Image) -> list[Detection]:
        for scale in _looks(max(image.shape[:2])):
            boxes, scores, _ = self._detector.run(rescaled(image, scale), 0, _THRESHOLD)
            faces = [self._detection(image, box, score, scale) for box, score in zip(boxes, scores, strict=True)]
            found = [face for face in faces if face is not None]
            if found:
                return sorted(found, key=lambda face: face.size, reverse=True)
        return []

    def _detection(self, image: Image, box: dlib.rectangle, score: float, scale: float) -> Detection | None:
        corners = np.array([box.left(), box.top(), box.right() + 1, box.bottom() + 1]) / scale
        height, width = image.shape[:2]
        inside = np.clip(corners, 0, [width, height, width, height]).astype(np.float32)
        if inside[2] - inside[0] < 1 or inside[3] - inside[1] < 1:
            return None
        x0, y0, x1, y1 = np.rint(corners).astype(int)
        landmarks = self._landmarks(image, dlib.rectangle(int(x0), int(y0), int(x1) - 1, int(y1) - 1))
        return Detection(inside, landmarks, float(score))

    def _landmarks(self, image: Image, box: dlib.rectangle) -> Points:
        shape = self._predictor(image, box)
        return np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float32)


def _looks(longest: int) -> list[float]:
    """The scales at which an image with this longer side is searched, until one shows a face.

    Large images are reduced, for time grows with area (20 ms at 480 px, 100 ms at 1280 px); small ones without a face
    are looked at once more enlarged, which finds faces down to 30 px.
    """
    first, second = (min(limit, _LONGEST / longest) for limit in (1.0, 2.0))
    return [first, second] if second > 1.2 * first else [first]
