"""Looking at frames: what extraction computes of each, without a store and without files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.core.records import FaceMasks, Image, Points
from studio.core.store.faces import NewFace
from studio.faces.align import Matrix, align_face, transform_box, transform_points
from studio.faces.phash import perceptual_hash
from studio.faces.pose import head_pose
from studio.faces.protocols import Detection, Engines
from studio.faces.quality import blur_score, exposure, landmark_agreement, occlusion
from studio.faceset.folder import EncodedFace, ExtractedFace
from studio.video.read import Frame


@dataclass(frozen=True, eq=False)
class Sight:
    """What was seen in one frame.

    Attributes:
        faces: how many faces are large enough, those known already among them.
        new: the others, in the order of their positions.
    """

    frame: int
    faces: int
    new: tuple[EncodedFace, ...]


class Looker:
    """Finds, aligns, parses, scores and describes the faces of frames; the same frames give the same faces."""

    def __init__(self, engines: Engines, min_size: float) -> None:
        """`min_size`: smaller faces are passed over, in pixels of the frame."""
        self._engines = engines
        self._min_size = min_size

    def look(self, frames: Sequence[Frame], known: frozenset[tuple[int, int]]) -> list[Sight]:
        """What is in `frames`; faces `known` by frame and position are counted and not described again."""
        found = self._engines.finder.find([frame.image for frame in frames])
        large = [
            (frame, position, detection)
            for frame, detections in zip(frames, found, strict=True)
            for position, detection in enumerate(detections)
            if detection.size >= self._min_size
        ]
        described = self._described([face for face in large if (face[0].index, face[1]) not in known])
        return [
            Sight(
                frame.index,
                sum(seen.index == frame.index for seen, _, _ in large),
                tuple(face.encoded() for face in described if face.record.frame == frame.index),
            )
            for frame in frames
        ]

    def _described(self, found: Sequence[tuple[Frame, int, Detection]]) -> list[ExtractedFace]:
        crops: list[Image] = []
        points: list[Points] = []
        sure: list[float] = []
        for frame, _, detection in found:
            crop, matrix = align_face(frame.image, detection.landmarks)
            crops.append(crop)
            points.append(transform_points(matrix, detection.landmarks))
            sure.append(self._landmark_confidence(detection, crop, matrix, points[-1]))
        masks = self._engines.parser.parse_all(crops, points)
        features = self._engines.encoder.encode(crops, points)
        return [
            ExtractedFace(
                self._record(frame, position, detection, crop, mask, inside, confidence),
                crop, mask, detection.landmarks, feature,
            )
            for (frame, position, detection), crop, mask, inside, confidence, feature in zip(
                found, crops, masks, points, sure, features, strict=True
            )
        ]  # fmt: skip

    def _landmark_confidence(self, detection: Detection, crop: Image, matrix: Matrix, inside: Points) -> float:
        """What the finder says; where it says nothing, how well it agrees with itself on the aligned face."""
        if detection.landmark_confidence is not None:
            return detection.landmark_confidence
        try:
            again = self._engines.finder.landmarks_in(crop, transform_box(matrix, detection.box))
        except ValueError:
            # The box lies outside: nothing holds these landmarks in their place.
            return 0.0
        return landmark_agreement(inside, again)

    def _record(
        self,
        frame: Frame,
        position: int,
        detection: Detection,
        crop: Image,
        masks: FaceMasks,
        inside: Points,
        landmark_confidence: float,
    ) -> NewFace:
        x0, y0, x1, y1 = (float(value) for value in detection.box)
        words = perceptual_hash(crop)
        return NewFace(
            frame=frame.index,
            time=frame.time,
            position=position,
            box=(x0, y0, x1, y1),
            confidence=detection.confidence,
            size=detection.size,
            blur=blur_score(crop),
            pose=head_pose(detection.landmarks),
            engines=self._engines.names,
            phash=(int(words[0]), int(words[1]), int(words[2]), int(words[3])),
            landmark_confidence=landmark_confidence,
            exposure=exposure(crop, masks),
            occlusion=occlusion(inside, masks),
        )
