"""The embedded identity features: dlib's ResNet."""

from __future__ import annotations

from collections.abc import Sequence

import dlib
import face_recognition_models
import numpy as np

from studio.core.framing import FACE_SIZE
from studio.core.records import Image, Points
from studio.faces.encoders import ENCODERS
from studio.faces.protocols import Features, checked_face, checked_landmarks


class DlibEncoder:
    """Describes a face by 128 numbers trained to tell people apart; its weights come inside a package.

    Not picklable: make one in each process.
    """

    name = "dlib-resnet"
    dimensions = ENCODERS[name].dimensions
    same_person = ENCODERS[name].same_person

    def __init__(self) -> None:
        self._network = dlib.face_recognition_model_v1(face_recognition_models.face_recognition_model_location())

    def encode(self, faces: Sequence[Image], landmarks: Sequence[Points]) -> Features:
        """(N, 128) features of N aligned faces; see `IdentityEncoder.encode`."""
        if len(faces) != len(landmarks):
            raise ValueError(f"{len(faces)} faces came with {len(landmarks)} sets of landmarks.")
        features = np.empty((len(faces), self.dimensions), dtype=np.float32)
        for row, (face, points) in enumerate(zip(faces, landmarks, strict=True)):
            features[row] = self._network.compute_face_descriptor(checked_face(face), _shape(points))
        return features


def _shape(landmarks: Points) -> dlib.full_object_detection:
    points = [dlib.point(int(x), int(y)) for x, y in np.rint(checked_landmarks(landmarks))]
    return dlib.full_object_detection(dlib.rectangle(0, 0, FACE_SIZE - 1, FACE_SIZE - 1), points)
