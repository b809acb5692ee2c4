"""Faces for detectors: textured pictures with an oval mask, as an extraction leaves them on disk."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from studio.core.records import FaceMasks, TrainingFace
from studio.core.vision import cv2


def picture(seed):
    """A picture with detail on all scales and the grain of a camera."""
    rng = np.random.default_rng(seed)
    layers = [gaussian_filter(rng.normal(size=(512, 512, 3)), (width, width, 0)) for width in (40, 10, 3)]
    mixed = sum(layer / layer.std() * share for layer, share in zip(layers, (30, 15, 8), strict=True))
    return np.clip(mixed + rng.normal(0, 2, (512, 512, 1)) + 128, 0, 255).astype(np.uint8)


def oval():
    rows, columns = np.mgrid[:512, :512]
    return np.hypot((rows - 256) / 150, (columns - 256) / 110) < 1


@pytest.fixture(scope="session")
def stored_faces(tmp_path_factory):
    """24 faces and their masks as PNG files."""
    folder = tmp_path_factory.mktemp("faces")
    nowhere = np.zeros((512, 512), bool)
    found = []
    for index in range(24):
        image, masks = folder / f"{index}.png", folder / f"{index}-masks.png"
        cv2.imwrite(str(image), picture(index)[..., ::-1])
        cv2.imwrite(str(masks), FaceMasks(oval(), nowhere, nowhere).packed())
        found.append(TrainingFace(index, image, masks))
    return found


@pytest.fixture(scope="session")
def trained(stored_faces, tmp_path_factory):
    """A trained detector's folder and its card."""
    from studio.detection.frequency import train_frequency

    folder = tmp_path_factory.mktemp("detectors") / "frequency"
    return folder, train_frequency(stored_faces, folder, seed=1)
