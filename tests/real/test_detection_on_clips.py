"""The embedded detector on real clips."""

from pathlib import Path

import numpy as np
import pytest

from studio.core.records import FaceMasks, TrainingFace
from studio.core.vision import cv2
from studio.detection.frequency import train_frequency
from studio.detection.scoring import open_detector, score_video
from studio.faces.align import align_face, transform_points
from studio.faces.engines.dlib68 import DlibFinder
from studio.faces.engines.polygons import PolygonParser
from studio.video.read import read_frames


def faces_of(clip: Path, folder: Path, finder: DlibFinder) -> list[TrainingFace]:
    parser, found = PolygonParser(refine=False), []
    for frame in read_frames(clip, every=8):
        landmarks = finder.find([frame.image])[0][0].landmarks
        face, matrix = align_face(frame.image, landmarks)
        masks: FaceMasks = parser.parse(face, transform_points(matrix, landmarks).astype(np.float32))
        stem = folder / f"{clip.stem}-{frame.index}"
        cv2.imwrite(f"{stem}.png", face[..., ::-1])
        cv2.imwrite(f"{stem}-masks.png", masks.packed())
        found.append(TrainingFace(frame.index, Path(f"{stem}.png"), Path(f"{stem}-masks.png")))
    return found


@pytest.mark.slow
def test_a_detector_trained_on_real_faces_scores_every_frame_of_a_real_clip(media, tmp_path):
    finder = DlibFinder()
    card = train_frequency(faces_of(media / "d18.mp4", tmp_path, finder), tmp_path / "frequency", seed=0)
    assert card.held_out_auc > 0.6
    result = score_video(media / "d18.mp4", open_detector(tmp_path / "frequency"), finder)
    assert result.frames == 216
    assert result.frames_with_face >= 212
    assert len(result.clips) == 9
    assert all(0 <= clip.score <= 1 for clip in result.clips)
    assert result.score == pytest.approx(np.mean([clip.score for clip in result.clips]))
