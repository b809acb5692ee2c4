"""What can be measured of a swap: whom it looks like, whether its mouth moves with the driver's, how sharp it is."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from studio.core.project import Project
from studio.core.records import USED
from studio.faces.align import align_face, alignment_matrix, transform_points
from studio.faces.engines.choose import choose
from studio.faceset.folder import FacesetFolder
from studio.video.read import read_frames

_UPPER_LIP, _LOWER_LIP, _EYE_CORNERS = 62, 66, (36, 45)


@dataclass(frozen=True)
class SwapFigures:
    """Figures over the frames of one export; a frame without a face counts as not nearer, and for nothing else.

    Attributes:
        nearer: share of frames whose features are nearer to the target's faceset than to the driver's (median
            distances).
        distance: median over the frames of the distance to the target's faceset.
        driver_distance: the same to the driver's faceset.
        mouth: Pearson's r of the inner lips' opening over the distance of the eyes, driver against swap.
        sharpness: median variance of the Laplacian inside the outline of the face, as a share of the target's own.
    """

    nearer: float
    distance: float
    driver_distance: float
    mouth: float
    sharpness: float


def swap_figures(folder: Path, driver_video: Path, swapped: Path, driver: str, target: str, every=2) -> SwapFigures:
    """Measure every `every`-th frame of `swapped`, the export in which `target` was put onto `driver`."""
    engines = choose("dlib", lambda name: None)
    with Project(folder) as project:
        to_driver, to_target = (_gallery(project, name) for name in (driver, target))
        own = _own_sharpness(project, target)
    distances, mouths, sharp, missed = [], [], [], 0
    for before, after in zip(read_frames(driver_video, every=every), read_frames(swapped, every=every), strict=True):
        (source, *_), (found, *_) = (engines.finder.find([frame.image])[0] or [None] for frame in (before, after))
        if source is None or found is None:
            missed += 1
            continue
        crop, matrix = align_face(after.image, found.landmarks)
        points = transform_points(matrix, found.landmarks).astype(np.float32)
        feature = engines.encoder.encode([crop], [points])[0]
        distances.append([float(np.median(np.linalg.norm(g - feature, axis=1))) for g in (to_driver, to_target)])
        mouths.append([_opening(face.landmarks) for face in (source, found)])
        sharp.append(_sharpness(crop, points))
    away, near = np.array(distances).T
    return SwapFigures(
        nearer=float((near < away).sum() / (len(near) + missed)),
        distance=float(np.median(near)),
        driver_distance=float(np.median(away)),
        mouth=float(np.corrcoef(np.array(mouths).T)[0, 1]),
        sharpness=float(np.median(sharp) / own),
    )


def _gallery(project, name):
    identity = project.store.identities.get(name)
    return FacesetFolder(project, identity).features(project.store.faces.of(identity, *USED), 128)


def _own_sharpness(project, name):
    identity = project.store.identities.get(name)
    folder, faces = FacesetFolder(project, identity), project.store.faces.of(identity, *USED)
    points = [transform_points(alignment_matrix(found), found) for found in folder.landmarks(faces)]
    images = (cv2.cvtColor(cv2.imread(str(folder.image_of(face))), cv2.COLOR_BGR2RGB) for face in faces)
    return np.median([_sharpness(image, own) for image, own in zip(images, points, strict=True)])


def _opening(landmarks):
    lips = np.linalg.norm(landmarks[_LOWER_LIP] - landmarks[_UPPER_LIP])
    return lips / np.linalg.norm(np.subtract(*landmarks[list(_EYE_CORNERS)]))


def _sharpness(face, landmarks):
    outline = np.zeros(face.shape[:2], np.uint8)
    cv2.fillConvexPoly(outline, cv2.convexHull(landmarks[:, None].astype(np.int32)), 1)
    # Without the edge, where the swap is joined to the driver.
    inside = cv2.erode(outline, np.ones((31, 31), np.uint8)).astype(bool)
    return cv2.Laplacian(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.CV_64F)[inside].var()
