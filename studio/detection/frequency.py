"""The embedded detector `frequency`: a face's spectrum and noise, weighed by a logistic regression.

It is trained on pristine faces against self-blended pseudo-fakes of the same faces, never on this project's exports,
which would be circular. It has seen no real deepfake, and compression moves its features: its score is a hint.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import DetectorError, FacesetError
from studio.core.framing import FACE_SIZE
from studio.core.pictures import read_png
from studio.core.records import FaceMasks, Image, TrainingFace
from studio.core.reporter import Reporter, Silent
from studio.core.vision import cv2
from studio.detection.folders import DetectorCard, Parameters, write_detector
from studio.detection.selfblend import augmented_pair

FEWEST_FACES = 20
_MOST_FACES = 300
_FEWEST_PAIRS = 120
_WINDOW = 320
_BINS = 40
_RINGS = 8
_BANDS = (1.0, 2.0, 4.0)
_FLOOR = 1e-3

Vector = NDArray[np.float64]


class FrequencyScorer:
    """Scores aligned faces with trained parameters."""

    def __init__(self, parameters: Parameters) -> None:
        """Take what `train_frequency` stored.

        Raises:
            DetectorError: an array is missing or of another length.
        """
        shapes = {"mean": (feature_count(),), "scale": (feature_count(),), "weights": (feature_count(),), "bias": (1,)}
        found = {name: array.shape for name, array in parameters.items()}
        if found != shapes:
            raise DetectorError(
                f"The parameters are not those of a frequency detector: {sorted(found)}.",
                hint="Train it again: studio detector train DIR --kind frequency.", code="detector.parameters",
            )  # fmt: skip
        self._mean, self._scale = parameters["mean"], parameters["scale"]
        self._weights, self._bias = parameters["weights"], float(parameters["bias"][0])

    def score(self, face: Image) -> float:
        """How probably the aligned face (512, 512, 3) RGB uint8 is a fake, 0..1."""
        logit = float(((features(face) - self._mean) / self._scale) @ self._weights) + self._bias
        return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def features(face: Image) -> Vector:
    """What the detector sees of an aligned face (512, 512, 3) RGB uint8.

    The azimuthally averaged log power spectrum of its central 320 px in 40 bins; of three bands of detail the log
    deviation in eight rings about the face's middle, and the excess of each over the mean of its neighbours, where the
    border of a blend shows; and shape and correlation of the finest noise, inside and outside.
    """
    if face.shape != (FACE_SIZE, FACE_SIZE, 3) or face.dtype != np.uint8:
        raise ValueError(f"A face must be uint8 ({FACE_SIZE}, {FACE_SIZE}, 3), not {face.dtype} {face.shape}.")
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.concatenate([_spectrum(grey), _ring_detail(grey), _noise_shape(grey)])


def feature_count() -> int:
    """The length of `features`."""
    return _BINS + len(_BANDS) * (2 * _RINGS - 2) + 8


def train_frequency(
    faces: Sequence[TrainingFace], folder: Path, seed: int = 0, reporter: Reporter | None = None
) -> DetectorCard:
    """Train the detector on pristine faces and write it into `folder`.

    At most 300 of the faces are used, spread evenly, each with one pseudo-fake, or several where faces are few. The
    last fifth is kept out to measure `held_out_auc`, then all are trained on.

    Raises:
        FacesetError: there are fewer than 20 faces.
        StorageError: the folder can't be written.
    """
    if len(faces) < FEWEST_FACES:
        raise FacesetError(
            f"A detector needs at least {FEWEST_FACES} pristine faces; there are {len(faces)}.",
            hint="Extract more videos first.", code="faceset.few",
        )  # fmt: skip
    reporter = reporter or Silent()
    chosen = [faces[index] for index in _spread(len(faces), _MOST_FACES)]
    pairs_each = -(-_FEWEST_PAIRS // len(chosen))
    rng = np.random.default_rng(seed)
    pristine, fakes = [], []
    for done, face in enumerate(chosen, 1):
        reporter.check()
        picture = _read(face)
        for _ in range(pairs_each):
            one, other = augmented_pair(*picture, rng)
            pristine.append(features(one))
            fakes.append(features(other))
        reporter.progress("self-blend", done, len(chosen))
    real, fake = np.array(pristine), np.array(fakes)
    kept = len(real) - len(chosen) // 5 * pairs_each
    area = _area_under_curve(_fit(real[:kept], fake[:kept]), real[kept:], fake[kept:])
    return write_detector(
        folder, _fit(real, fake), name="frequency", kind="frequency", licence="GPL-3.0-or-later",
        citation="Self-blending after Shiohara and Yamasaki, Detecting Deepfakes with Self-Blended Images, CVPR 2022.",
        trained_on=f"trained on your {len(chosen)} pristine faces; not validated on real deepfakes",
        validated=False, faces=len(chosen), seed=seed, held_out_auc=area,
    )  # fmt: skip


def _read(face: TrainingFace) -> tuple[Image, NDArray[Any]]:
    image, bits = read_png(face.image), read_png(face.masks)
    if image is None or bits is None or image.shape[:2] != (FACE_SIZE, FACE_SIZE) or bits.shape != image.shape[:2]:
        raise FacesetError(
            f"The face {face.image} or its masks can't be read.", hint="Extract its source again.", code="faceset.file"
        )
    return np.ascontiguousarray(image[..., ::-1]), FaceMasks.unpacked(bits).face


def _spread(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _fit(real: NDArray[Any], fake: NDArray[Any]) -> Parameters:
    # Here and not above: it takes more than a second, which who only scores need not wait for.
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(np.concatenate([real, fake]))
    labels = np.repeat([0, 1], [len(real), len(fake)])
    model = LogisticRegression(C=0.1, max_iter=2000).fit(scaler.transform(np.concatenate([real, fake])), labels)
    return {"mean": scaler.mean_, "scale": scaler.scale_, "weights": model.coef_[0], "bias": model.intercept_}


def _area_under_curve(parameters: Parameters, real: NDArray[Any], fake: NDArray[Any]) -> float:
    """The share of pairs of a pristine face and a fake in which the fake has the higher score."""
    scale = parameters["weights"] / parameters["scale"]
    ours, theirs = real @ scale, fake @ scale
    above = (theirs[:, None] > ours[None]).mean() + 0.5 * (theirs[:, None] == ours[None]).mean()
    return float(above)


def _spectrum(grey: NDArray[np.float32]) -> Vector:
    start = (FACE_SIZE - _WINDOW) // 2
    patch = grey[start : start + _WINDOW, start : start + _WINDOW]
    window = np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft2((patch - patch.mean()) * np.outer(window, window))) ** 2
    rows = np.fft.fftfreq(_WINDOW)[:, None] * _WINDOW
    columns = np.arange(_WINDOW // 2 + 1)[None]
    radius = np.hypot(rows, columns)
    bins = np.minimum((radius * (2 * _BINS / _WINDOW)).astype(int), _BINS).ravel()
    sums = np.bincount(bins, np.log(power + _FLOOR).ravel(), minlength=_BINS + 1)
    return np.asarray(sums[:_BINS] / np.bincount(bins, minlength=_BINS + 1)[:_BINS])


def _rings() -> NDArray[np.int64]:
    """For each pixel the ring it lies in, 0 (middle) to 7; -1 beyond the last. Ellipses 1.25 times as high as wide."""
    rows, columns = np.mgrid[:FACE_SIZE, :FACE_SIZE] - (FACE_SIZE - 1) / 2
    rings = (np.hypot(rows / 1.25, columns) / 200 * _RINGS).astype(np.int64)
    return np.where(rings < _RINGS, rings, -1)


_RING_OF_PIXEL = _rings()


def _ring_detail(grey: NDArray[np.float32]) -> Vector:
    inside = _RING_OF_PIXEL >= 0
    where = _RING_OF_PIXEL[inside]
    counts = np.bincount(where, minlength=_RINGS)
    found = []
    smooth = grey
    for width in _BANDS:
        smoother = cv2.GaussianBlur(grey, (0, 0), width)
        energy = np.bincount(where, ((smooth - smoother)[inside]) ** 2, minlength=_RINGS) / counts
        detail = 0.5 * np.log(energy + _FLOOR)
        found += [detail, detail[1:-1] - (detail[:-2] + detail[2:]) / 2]
        smooth = smoother
    return np.concatenate(found)


def _noise_shape(grey: NDArray[np.float32]) -> Vector:
    noise = grey - cv2.medianBlur(grey, 3)
    inner, outer = noise[136:376, 156:356], np.concatenate([noise[:90], noise[-90:]])
    found = []
    for part in (inner, outer):
        spread = part.std() + _FLOOR
        scaled = (part - part.mean()) / spread
        across, down = (scaled[:, 1:] * scaled[:, :-1]).mean(), (scaled[1:] * scaled[:-1]).mean()
        found += [np.log(spread), np.log((scaled**4).mean() + _FLOOR), across, down]
    return np.array(found, np.float64)
