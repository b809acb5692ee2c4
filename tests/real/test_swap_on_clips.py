"""The whole chain by single commands on two real clips, both ways: the swap moves toward the target."""

import json
from pathlib import Path

import numpy as np
import pytest

from studio.cli.app import run
from studio.core.project import Project
from studio.core.records import USED
from studio.faces.align import align_face, transform_points
from studio.faces.engines.choose import choose
from studio.faceset.folder import FacesetFolder
from studio.video.read import read_frames

# Ten minutes and more on two cores.
STEPS = 2500


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_most_swapped_frames_are_nearer_to_the_target_than_to_the_driver(tmp_path, media, capsys):
    folder = tmp_path / "p"

    def studio(*words):
        capsys.readouterr()
        assert run([*(str(word) for word in words), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    studio("new", folder)
    clips = {"a": media / "d18.mp4", "b": media / "d19.mp4"}
    for name, clip in clips.items():
        studio("identity", "add", folder, name, "--basis", "dataset", "--note", "test clip")
        found = studio("extract", folder, name, clip)
        assert found["faces_found"] >= 0.98 * found["frames_read"]
        studio("clean", folder, name, "--keep-identity", "auto", "--apply")
    trained = studio("train", folder, "a", "b", "--preset", "demo", "--steps", STEPS)
    nearer = {}
    for driver, target in (("a", "b"), ("b", "a")):
        done = studio("convert", folder, clips[driver], "--run", trained["run"], "--to", target)
        assert done["frames_swapped"] >= 0.98 * done["frames"]
        assert studio("verify", done["out"])["state"] == "valid"
        nearer[driver, target] = share_nearer(folder, Path(done["out"]), driver, target)
    assert min(nearer.values()) >= 0.8, nearer


def share_nearer(folder, video, driver, target, every=3):
    """Share of frames whose median feature distance to the target's faceset is less than to the driver's."""
    with Project(folder) as project:
        galleries = []
        for name in (driver, target):
            identity = project.store.identities.get(name)
            faces = project.store.faces.of(identity, *USED)
            galleries.append(FacesetFolder(project, identity).features(faces, 128))
    engines = choose("dlib", lambda name: None)
    nearer = []
    for frame in read_frames(video, every=every):
        (found, *_) = engines.finder.find([frame.image])[0] or [None]
        if found is None:
            nearer.append(False)
            continue
        crop, matrix = align_face(frame.image, found.landmarks)
        points = transform_points(matrix, found.landmarks).astype(np.float32)
        feature = engines.encoder.encode([crop], [points])[0]
        to_driver, to_target = (float(np.median(np.linalg.norm(g - feature, axis=1))) for g in galleries)
        nearer.append(to_target < to_driver)
    return float(np.mean(nearer))
