"""The paper's finder: S3FD boxes and the 2-D Face Alignment Network, by the package face-alignment."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from face_alignment import FaceAlignment, LandmarksType
from face_alignment.models import FAN

from studio.core.errors import WeightsError
from studio.core.records import Image, Points
from studio.faces.protocols import LANDMARKS, Box, Detection, checked_box, checked_image
from studio.faces.resize import rescaled

# Detection time and memory grow with area; landmarks are found at full size all the same.
_LONGEST = 1280


class FanFinder:
    """Finds faces with S3FD and their landmarks with 2DFAN-4, on the GPU where there is one.

    The weights are read from local files; nothing is ever downloaded. Not picklable: make one in each process.
    """

    name = "fan"

    def __init__(self, landmark_weights: Path, detector_weights: Path) -> None:
        """Load 2DFAN-4 and S3FD from the released files.

        Raises:
            WeightsError: a file is missing or damaged, or holds another network.
        """
        for path, name in ((landmark_weights, "fan-2d"), (detector_weights, "s3fd")):
            if not path.is_file():
                raise WeightsError(f"There is no file {path}.", hint=f"Run `studio models fetch {name}`.")
        try:
            self._networks = _LocalFaceAlignment(landmark_weights, detector_weights)
        except (RuntimeError, TypeError, EOFError, OSError, pickle.UnpicklingError) as error:
            raise WeightsError(
                f"{landmark_weights.name} or {detector_weights.name} is damaged or holds another network.",
                hint="Run `studio models check`, then fetch what it names again.",
            ) from error

    def find(self, images: Sequence[Image]) -> list[list[Detection]]:
        """The faces of each image (H, W, 3), largest first; see `FaceFinder.find`."""
        return [self._faces(checked_image(image)) for image in images]

    def landmarks_in(self, image: Image, box: Box) -> Points:
        """The landmarks (68, 2) of the face in `box`; see `FaceFinder.landmarks_in`."""
        image = checked_image(image)
        return self._landmarks(image, [checked_box(box, image)])[0]

    def _faces(self, image: Image) -> list[Detection]:
        scale = min(1.0, _LONGEST / max(image.shape[:2]))
        found = self._networks.face_detector.detect_from_image(rescaled(image, scale))
        boxes, scores = [], []
        for x0, y0, x1, y1, score in found:
            try:
                boxes.append(checked_box(np.array([x0, y0, x1, y1]) / scale, image))
            except ValueError:
                continue
            scores.append(float(score))
        if not boxes:
            return []
        landmarks = self._landmarks(image, boxes)
        faces = [
            Detection(box.astype(np.float32), points, score)
            for box, points, score in zip(boxes, landmarks, scores, strict=True)
        ]
        return sorted(faces, key=lambda face: face.size, reverse=True)

    def _landmarks(self, image: Image, boxes: list[Any]) -> list[Points]:
        found = self._networks.get_landmarks_from_image(image, detected_faces=boxes)
        return [np.asarray(points, dtype=np.float32).reshape(LANDMARKS, 2) for points in found]


class _LocalFaceAlignment(FaceAlignment):  # type: ignore[misc]
    """FaceAlignment whose landmark network comes from a local file instead of its author's server."""

    def __init__(self, landmark_weights: Path, detector_weights: Path) -> None:
        self._landmark_weights = landmark_weights
        super().__init__(
            LandmarksType.TWO_D,
            device="cuda" if torch.cuda.is_available() else "cpu",
            face_detector="sfd",
            face_detector_kwargs={"path_to_detector": str(detector_weights)},
            compile=False,
        )

    def _load_native(self, _name: str, size: int, device: str, dtype: torch.dtype) -> torch.nn.Module:
        network = FAN(size)
        network.load_state_dict(torch.load(self._landmark_weights, map_location=device, weights_only=True))
        return network.to(device, dtype=dtype).eval()  # type: ignore[no-any-return]
