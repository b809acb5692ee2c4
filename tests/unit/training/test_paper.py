"""The network of the paper is trained for real, if only for a step: it needs about 10 GB of memory and 4 GB of disk."""

import psutil
import pytest
import torch
from safetensors.torch import load_file

from studio.training.checkpoints import load_network
from studio.training.loop import train
from studio.training.settings import TrainSettings

_GIGABYTE = 1 << 30


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(psutil.virtual_memory().total < 14 * _GIGABYTE, reason="needs 10 GB of free memory")
def test_the_papers_network_takes_a_step_is_saved_and_comes_back_as_it_was(faces, tmp_path, recorder):
    settings = TrainSettings.build({"preset": "paper", "batch_size": 1, "precision": "float32"})
    result = train(settings, *faces, tmp_path, 1, recorder)
    (loss,) = recorder.of("loss")
    assert 0 < loss["loss"] < 10
    loaded = load_network(result.checkpoint)
    weights = list(loaded.model.parameters())
    assert round(sum(parameter.numel() for parameter in weights) / 1e6, 1) == 313.5
    x = torch.rand(1, 3, 256, 256)
    with torch.no_grad():
        code = loaded.model.encode(x)
        assert code.shape == (1, 1024)
        assert loaded.model.decode(code, "a").shape == loaded.model.decode(code, "b").shape == (1, 3, 256, 256)
    del loaded, weights
    moments = load_file(result.checkpoint / "optimiser.safetensors")
    moved = {name.removeprefix("exp_avg.") for name, value in moments.items() if name[:8] == "exp_avg." and value.any()}
    for part in ("encoder", "bottleneck", "intermediates.shared", "decoders.a", "decoders.b"):
        assert any(name.startswith(part) for name in moved), part
    resumed = train(settings, *faces, tmp_path, 2, recorder)
    assert resumed.steps == 2
    assert recorder.of("resumed") == [{"step": 1}]
