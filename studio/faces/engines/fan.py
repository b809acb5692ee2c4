"""The paper's finder: S3FD boxes and the 2-D Face Alignment Network, by the package face-alignment."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from face_alignment import FaceAlignment, LandmarksType
from face_alignment.models import FAN
from face_alignment.utils import CENTER_Y_OFFSET, crop, flip, get_preds_fromhm
from numpy.typing import NDArray

from studio.core.errors import WeightsError
from studio.core.records import Image, Points
from studio.faces.protocols import LANDMARKS, Box, Detection, checked_box, checked_image
from studio.faces.resize import rescaled

# Detection time and memory grow with area; landmarks are found at full size all the same.
_LONGEST = 1280
# What is looked at together: S3FD's memory grows with pixels, FAN's with faces.
_BATCH_PIXELS = 4_000_000
_BATCH_FACES = 16

Corners = NDArray[np.float64]


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
        images = [checked_image(image) for image in images]
        boxes = self._boxes(images)
        placed = [(image, box) for image, found in zip(images, boxes, strict=True) for box, _ in found]
        landmarks = iter(self._networks.landmarks_of(placed))
        faces = [
            [
                Detection(box.astype(np.float32), points, score, sure)
                for (box, score), (points, sure) in zip(found, islice(landmarks, len(found)), strict=True)
            ]
            for found in boxes
        ]
        return [sorted(of_image, key=lambda face: face.size, reverse=True) for of_image in faces]

    def landmarks_in(self, image: Image, box: Box) -> Points:
        """The landmarks (68, 2) of the face in `box`; see `FaceFinder.landmarks_in`."""
        image = checked_image(image)
        ((points, _),) = self._networks.landmarks_of([(image, checked_box(box, image))])
        return points

    def _boxes(self, images: Sequence[Image]) -> list[list[tuple[Corners, float]]]:
        """The boxes of each image with their scores; images of one size are looked at together."""
        boxes: list[list[tuple[Corners, float]]] = []
        for shape, group in groupby(images, key=lambda image: image.shape):
            scale = min(1.0, _LONGEST / max(shape[:2]))
            small = (rescaled(image, scale) for image in group)
            most = max(1, int(_BATCH_PIXELS / (shape[0] * shape[1] * scale**2)))
            while batch := list(islice(small, most)):
                found = self._networks.boxes_of(batch)
                first = len(boxes)
                boxes += [
                    _inside(one, scale, image)
                    for one, image in zip(found, images[first : first + len(batch)], strict=True)
                ]
        return boxes


def _inside(found: NDArray[Any], scale: float, image: Image) -> list[tuple[Corners, float]]:
    boxes = []
    for x0, y0, x1, y1, score in found:
        try:
            boxes.append((checked_box(np.array([x0, y0, x1, y1], np.float32) / scale, image), float(score)))
        except ValueError:
            continue
    return boxes


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

    def boxes_of(self, images: Sequence[Image]) -> list[NDArray[Any]]:
        """S3FD's rows (x0, y0, x1, y1, score) of each of `images`, which have one size."""
        stacked = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
        return [np.reshape(rows, (-1, 5)) for rows in self.face_detector.detect_from_batch(stacked)]

    @torch.inference_mode()
    def landmarks_of(self, placed: Sequence[tuple[Image, Corners]]) -> list[tuple[Points, float]]:
        """The landmarks (68, 2) of the faces in boxes of images, and how sure they are, 0 to 1.

        As `get_landmarks_from_image` finds them, but for the faces of several images together. A heat map is trained
        to reach 1 at its landmark, and those of the face and of its mirror image are summed: sureness is half the mean
        of their maxima.
        """
        found: list[tuple[Points, float]] = []
        for start in range(0, len(placed), _BATCH_FACES):
            batch = placed[start : start + _BATCH_FACES]
            framings = [self._framing(box) for _, box in batch]
            crops = [crop(image, *framing) for (image, _), framing in zip(batch, framings, strict=True)]
            x = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).to(self.device, self.dtype) / 255
            # Of the network's stages the last one counts.
            maps = self.face_alignment_net(x)[-1] + flip(self.face_alignment_net(flip(x))[-1], is_label=True)
            for row, framing in zip(maps.float().cpu().numpy(), framings, strict=True):
                _, points, scores = get_preds_fromhm(row[None], *framing)
                sure = float(np.clip(scores.mean() / 2, 0, 1))
                found.append((np.asarray(points, dtype=np.float32).reshape(LANDMARKS, 2), sure))
        return found

    def _framing(self, box: Corners) -> tuple[NDArray[np.float64], float]:
        """Centre and scale of the crop that the landmark network is trained on."""
        x0, y0, x1, y1 = box
        centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2 - (y1 - y0) * CENTER_Y_OFFSET])
        return centre, float((x1 - x0 + y1 - y0) / self.face_detector.reference_scale)

    def _load_native(self, _name: str, size: int, device: str, dtype: torch.dtype) -> torch.nn.Module:
        network = FAN(size)
        network.load_state_dict(torch.load(self._landmark_weights, map_location=device, weights_only=True))
        return network.to(device, dtype=dtype).eval()  # type: ignore[no-any-return]
