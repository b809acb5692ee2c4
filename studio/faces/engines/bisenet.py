"""The paper's parser: BiSeNet with the 19 classes of CelebAMask-HQ, as ONNX."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from studio.core.errors import WeightsError
from studio.core.framing import FACE_SIZE
from studio.core.records import FaceMasks, Image, Points
from studio.faces.protocols import checked_face, checked_landmarks

CLASSES = 19
_FACE = (1, 2, 3, 4, 5, 6, 10, 11, 12, 13)  # skin, brows, eyes, glasses, nose, inner mouth, lips
_EYES = (4, 5)
_GLASSES = (6,)
_MOUTH = (11, 12, 13)

_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], dtype=np.float32)
_BATCH = 8
_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")


class BisenetParser:
    """Segments a face with BiSeNet, on the GPU where there is one. Not picklable: make one in each process.

    Where glasses hide the eyes (sunglasses), the glasses stand for them.
    """

    name = "bisenet"

    def __init__(self, weights: Path) -> None:
        """Load the network from the ONNX file `weights`.

        Raises:
            WeightsError: the file is missing or damaged, or holds another network.
        """
        self._session = _session(weights)
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name
        # Released files differ in whether they take more than one face.
        self._most = 1 if self._session.get_inputs()[0].shape[0] == 1 else _BATCH

    def parse(self, face: Image, landmarks: Points) -> FaceMasks:
        """The masks of an aligned face; see `Parser.parse`. The landmarks are only checked."""
        return self.parse_all([face], [landmarks])[0]

    def parse_all(self, faces: Sequence[Image], landmarks: Sequence[Points]) -> list[FaceMasks]:
        """The masks of several faces, in batches if the file takes them; see `Parser.parse_all`."""
        for _, points in zip(faces, landmarks, strict=True):
            checked_landmarks(points)
        masks: list[FaceMasks] = []
        for start in range(0, len(faces), self._most):
            batch = np.stack([_normalised(checked_face(face)) for face in faces[start : start + self._most]])
            (scores,) = self._session.run([self._output], {self._input: batch})
            masks += [_masks(classes) for classes in np.asarray(scores).argmax(axis=1)]
        return masks


def _masks(classes: NDArray[np.intp]) -> FaceMasks:
    eyes = np.isin(classes, _EYES)
    if not eyes.any():
        eyes = np.isin(classes, _GLASSES)
    return FaceMasks(face=np.isin(classes, _FACE), eyes=eyes, mouth=np.isin(classes, _MOUTH))


def _session(weights: Path) -> onnxruntime.InferenceSession:
    if not weights.is_file():
        raise WeightsError(f"There is no file {weights}.", hint="Run `studio models fetch bisenet`.")
    if hasattr(onnxruntime, "preload_dlls"):
        # Finds the CUDA libraries of pip packages where no torch has loaded them yet.
        onnxruntime.preload_dlls()
    available = onnxruntime.get_available_providers()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # What numpy and torch go by, and onnxruntime by itself does not.
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdigit():
        options.intra_op_num_threads = int(threads)
    try:
        session = onnxruntime.InferenceSession(
            str(weights), options, providers=[name for name in _PROVIDERS if name in available]
        )
    except Exception as error:  # onnxruntime's own types have no common base but this
        raise WeightsError(
            f"{weights.name} can't be read as an ONNX network.", hint="Run `studio models check`, then fetch it again."
        ) from error
    _check_shapes(session, weights)
    return session


def _check_shapes(session: onnxruntime.InferenceSession, weights: Path) -> None:
    taken, given = session.get_inputs()[0].shape, session.get_outputs()[0].shape
    if not (_agrees(taken, (1, 3, FACE_SIZE, FACE_SIZE)) and _agrees(given, (1, CLASSES, FACE_SIZE, FACE_SIZE))):
        raise WeightsError(
            f"{weights.name} is another network: it turns {taken} into {given}.",
            hint=f"BiSeNet takes (1, 3, {FACE_SIZE}, {FACE_SIZE}) and gives (1, {CLASSES}, {FACE_SIZE}, {FACE_SIZE}).",
        )


def _agrees(shape: list[int | str | None], wanted: tuple[int, ...]) -> bool:
    """Whether `shape` is `wanted`; sides that the file leaves open have names or None instead of numbers."""
    return len(shape) == len(wanted) and all(
        side == number for side, number in zip(shape, wanted, strict=True) if isinstance(side, int)
    )


def _normalised(face: Image) -> NDArray[np.float32]:
    scaled = (face.astype(np.float32) / 255 - _MEAN) / _DEVIATION
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))
