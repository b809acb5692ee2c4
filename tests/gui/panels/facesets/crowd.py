"""Thousands of faces made of real ones: each clip again and again under other light, as other takes of it would be."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.core.pictures import read_png
from studio.core.project import Project
from studio.core.records import FaceMasks
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan
from studio.faces.phash import perceptual_hash
from studio.faces.quality import blur_score, exposure
from studio.faceset.folder import ExtractedFace, FacesetFolder
from studio.provenance.consent import add_record

# How far the features of one face move when only the light does.
_WOBBLE = 0.004


def make_crowd(source: Path, target: Path, owner: str, count: int) -> None:
    """Make a project with one identity called `owner` of `count` faces: takes of all clips of `source`, in turn."""
    rng = np.random.default_rng(0)
    with Project(source) as project, Project.create(target) as crowd:
        identity = add_record(crowd, owner, project.store.identities.get(owner).basis, "made for a test")
        clips = [clip for person in project.store.identities.all() for clip in _clips(project, person)]
        crowd.store.identities.set_engines(identity, clips[0][0][0].engines)
        made, take = 0, 0
        while made < count:
            for clip in clips:
                faces = clip[: count - made]
                if faces:
                    _add_take(crowd, identity, faces, take, rng)
                    made += len(faces)
            take += 1


def _clips(project, person):
    """The faces of each clip with all that is known of them."""
    folder = FacesetFolder(project, person)
    faces = project.store.faces.of(person)
    landmarks, features = folder.landmarks(faces), folder.features(faces, 128)
    words = project.store.faces.hashes(person)
    known = [
        (face, read_png(folder.image_of(face)), read_png(folder.masks_of(face)), *rest)
        for face, *rest in zip(faces, landmarks, features, words, strict=True)
    ]
    return [[each for each in known if each[0].source == source] for source in dict.fromkeys(f.source for f in faces)]


def _add_take(crowd, identity, faces, take, rng):
    name = f"take-{take}-{Path(faces[0][0].source).name}"
    medium = crowd.store.media.add(identity, name, name, name, name)
    gain, lift = (1.0, 0.0) if take == 0 else (rng.uniform(0.75, 1.25), rng.uniform(-20, 20))
    encoded = []
    for face, image, packed, landmarks, feature, words in faces:
        masks = FaceMasks.unpacked(packed)
        record = NewFace(
            face.frame, face.time, 0, face.box, face.confidence, face.size, face.blur,
            (face.yaw, face.pitch, face.roll), face.engines, tuple(int(word) for word in words),
            face.landmark_confidence, face.exposure, face.occlusion,
        )  # fmt: skip
        if take:
            noise = rng.normal(0, 2, image.shape)
            image = np.clip(image * gain + lift + noise, 0, 255).astype(np.uint8)
            feature = feature + rng.normal(0, _WOBBLE, feature.shape).astype(np.float32)
            again = tuple(int(word) for word in perceptual_hash(image))
            record = replace(record, blur=blur_score(image), phash=again, exposure=exposure(image, masks))
        encoded.append(ExtractedFace(record, image, masks, landmarks, feature).encoded())
    FacesetFolder(crowd, identity).add(medium, encoded, Scan(1, 0, faces[-1][0].frame + 1, complete=True))
