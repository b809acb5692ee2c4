"""A driver analysis and a conversion of a real clip, with a network that was never trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from studio.conversion.analysis import analyse
from studio.conversion.convert import convert_video
from studio.conversion.frames import ConvertSettings, FrameConverter
from studio.conversion.generator import Generator
from studio.faces.engines.dlib68 import DlibFinder
from studio.faces.engines.dlib_identity import DlibEncoder
from studio.faces.engines.polygons import PolygonParser
from studio.nets.autoencoder import SwapAutoencoder
from studio.nets.presets import preset
from studio.training.checkpoints import CheckpointRecord, save
from studio.video.probe import probe
from studio.video.read import read_frames

pytestmark = pytest.mark.slow


def test_a_real_clip_is_analysed_and_converted_whole(media: Path, tmp_path: Path) -> None:
    clip = media / "d18.mp4"
    finder, parser, encoder = DlibFinder(), PolygonParser(), DlibEncoder()
    spec = preset("demo")
    torch.manual_seed(0)
    record = CheckpointRecord(step=0, loss=None, network=spec, settings={}, files={})
    generator = Generator(save(tmp_path / "network", record, SwapAutoencoder(spec).state_dict(), {}, keep=1))

    analysis = analyse(clip, tmp_path / "kept", finder, parser, encoder)
    settings = ConvertSettings()
    converter = FrameConverter(analysis, generator, "b", frozenset({0}), finder, parser, settings)
    summary = convert_video(clip, analysis, converter, settings, tmp_path / "out.mp4")

    assert analysis.frames_with_face >= 0.98 * analysis.frames
    assert len(analysis.tracks) == 1
    assert summary.frames == 216
    assert summary.frames_swapped >= 0.98 * 216
    out = probe(summary.out)
    assert (out.frames, out.rate, out.has_audio) == (216, probe(clip).rate, True)
    outside = [
        np.abs(one.image[:40].astype(int) - other.image[:40]).mean()
        for one, other in zip(read_frames(clip), read_frames(summary.out), strict=True)
    ]
    assert np.mean(outside) < 1.5
