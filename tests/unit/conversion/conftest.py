"""Short pieces of the sample clips, the embedded engines and an untrained network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.conversion.analysis import analyse
from studio.conversion.driver import DriverAnalysis
from studio.conversion.generator import Generator
from studio.core.resources import assets
from studio.faces.engines.dlib68 import DlibFinder
from studio.faces.engines.dlib_identity import DlibEncoder
from studio.faces.engines.polygons import PolygonParser
from studio.nets.autoencoder import SwapAutoencoder
from studio.nets.presets import NetworkSpec
from studio.training.checkpoints import CheckpointRecord, save
from studio.video.probe import probe
from studio.video.read import read_frames
from studio.video.write import VideoWriter
from tests.unit.conversion.engines import Engines

SAMPLE = assets() / "sample"
FRAMES = 16


@pytest.fixture(scope="session")
def engines() -> Engines:
    return Engines(DlibFinder(), PolygonParser(), DlibEncoder())


@pytest.fixture(scope="session")
def pieces(tmp_path_factory) -> Callable[..., Path]:
    """Write a lossless-looking clip of given frames, with the sound of the sample."""
    folder = tmp_path_factory.mktemp("pieces")

    def piece(name: str, images: Iterable[np.ndarray], pts: list[int] | None = None) -> Path:
        info = probe(SAMPLE / "mira.mp4")
        images = list(images)
        height, width, _ = images[0].shape
        with VideoWriter(
            folder / name, width, height, rate=info.rate, time_base=info.time_base, like=info, quality=8,
            audio_from=SAMPLE / "mira.mp4", audio_range=(0.0, len(images) / 30),
        ) as writer:  # fmt: skip
            for index, image in enumerate(images):
                writer.write(image, pts[index] if pts else index * 512)
        return folder / name

    return piece


def images(person: str, start: int = 0, stop: int = FRAMES) -> list[np.ndarray]:
    return [frame.image for frame in read_frames(SAMPLE / f"{person}.mp4", start, stop)]


@pytest.fixture(scope="session")
def mira(pieces) -> Path:
    return pieces("mira.mp4", images("mira"))


@pytest.fixture(scope="session")
def short(pieces) -> Path:
    return pieces("short.mp4", images("mira", stop=5))


@pytest.fixture(scope="session")
def pair(pieces) -> Path:
    """Both people side by side."""
    both = zip(images("mira", stop=8), images("tomas", stop=8), strict=True)
    return pieces("pair.mp4", [np.hstack(halves) for halves in both])


@pytest.fixture(scope="session")
def kept(tmp_path_factory) -> Path:
    """Where the session keeps its analyses."""
    return tmp_path_factory.mktemp("analyses")


@pytest.fixture(scope="session")
def mira_analysis(mira, kept, engines) -> DriverAnalysis:
    return analyse(mira, kept, *engines)


@pytest.fixture(scope="session")
def pair_analysis(pair, kept, engines) -> DriverAnalysis:
    return analyse(pair, kept, *engines)


@pytest.fixture(scope="session")
def generator(tmp_path_factory) -> Generator:
    """A network that was never trained: its faces are grey mush, which is all the plumbing needs."""
    spec = NetworkSpec(
        encoder="small", encoder_filters=(8, 16), size=32, bottleneck=16, intermediate_filters=16,
        decoder_filters=(16, 8), residual_blocks=0,
    )  # fmt: skip
    torch.manual_seed(0)
    record = CheckpointRecord(step=0, loss=None, network=spec, settings={}, files={})
    folder = save(tmp_path_factory.mktemp("network"), record, SwapAutoencoder(spec).state_dict(), {}, keep=1)
    return Generator(folder, "cpu")
