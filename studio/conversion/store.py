"""Analyses on disk: a folder each, named by what it depends on, its record written last."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.conversion.driver import AnalysisKey, DriverAnalysis, FaceTable, Problem, Track
from studio.core.files import remove_parts, sha256, whole_file, write_json
from studio.faces.protocols import FaceFinder, IdentityEncoder, Parser

_VERSION = 2
_RECORD = "analysis.json"
_FACE_ARRAYS = tuple(field.name for field in fields(FaceTable) if field.name != "own_masks")
_FRAME_ARRAYS = ("pts", "times")


def key_of(video: Path, finder: FaceFinder, parser: Parser, encoder: IdentityEncoder, *, smooth: bool) -> AnalysisKey:
    """The key of an analysis of `video` as it lies on disk now; reads the whole file."""
    return AnalysisKey((finder.name, parser.name, encoder.name), smooth, video.stat().st_size, sha256(video))


def save_analysis(folder: Path, analysis: DriverAnalysis) -> None:
    """Keep an analysis below `folder`; analyses with other keys stay beside it.

    Raises:
        StorageError: the disk is full or the folder can't be written.
    """
    place = folder / _name(analysis.key)
    if place.is_dir():
        (place / _RECORD).unlink(missing_ok=True)
        remove_parts(place)
    for name in _FRAME_ARRAYS:
        _write_array(place / f"{name}.npy", getattr(analysis, name))
    for name in _FACE_ARRAYS:
        _write_array(place / f"{name}.npy", getattr(analysis.faces, name))
    features = [track.feature for track in analysis.tracks]
    _write_array(place / "features.npy", np.stack(features) if features else np.zeros((0, 0), np.float32))
    write_json(place / _RECORD, _record(analysis))


def load_analysis(folder: Path, key: AnalysisKey) -> DriverAnalysis | None:
    """The analysis with `key` below `folder`; None if there is none, a damaged one or one of another version.

    The masks stay on disk and are read where they are needed.
    """
    place = folder / _name(key)
    try:
        record = json.loads((place / _RECORD).read_text(encoding="utf-8"))
        if record["version"] != _VERSION or record["key"] != _plain(key):
            return None
        return _analysis(place, record, key)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _analysis(place: Path, record: dict[str, Any], key: AnalysisKey) -> DriverAnalysis:
    frames = {name: _read_array(place / f"{name}.npy") for name in _FRAME_ARRAYS}
    arrays: dict[str, Any] = {name: _read_array(place / f"{name}.npy") for name in _FACE_ARRAYS}
    faces = FaceTable(**arrays)
    features = _read_array(place / "features.npy")
    counts = {len(getattr(faces, name)) for name in _FACE_ARRAYS if name != "masks"}
    if counts != {record["faces"]} or len(frames["pts"]) != record["frames"]:
        raise ValueError("arrays and record differ")
    tracks = tuple(Track(**values, feature=features[row]) for row, values in enumerate(record["tracks"]))
    problems = tuple(Problem(**values) for values in record["problems"])
    return DriverAnalysis(
        key=key, video=Path(record["video"]), width=record["width"], height=record["height"],
        pts=frames["pts"], times=frames["times"], faces=faces, tracks=tracks, problems=problems,
        damage=record["damage"],
    )  # fmt: skip


def _record(analysis: DriverAnalysis) -> dict[str, Any]:
    tracks = [
        {"id": track.id, "first": track.first, "last": track.last, "faces": track.faces} for track in analysis.tracks
    ]
    return {
        "version": _VERSION,
        "key": _plain(analysis.key),
        "video": str(analysis.video),
        "width": analysis.width,
        "height": analysis.height,
        "frames": analysis.frames,
        "faces": analysis.faces_found,
        "tracks": tracks,
        "problems": [asdict(problem) for problem in analysis.problems],
        "damage": analysis.damage,
    }


def _name(key: AnalysisKey) -> str:
    text = json.dumps([_VERSION, _plain(key)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _plain(key: AnalysisKey) -> dict[str, Any]:
    return {**asdict(key), "engines": list(key.engines)}


def _write_array(path: Path, array: NDArray[Any]) -> None:
    with whole_file(path) as part, part.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def _read_array(path: Path) -> NDArray[Any]:
    if path.name == "masks.npy" and path.stat().st_size > 1 << 16:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    return np.asarray(np.load(path, allow_pickle=False))
