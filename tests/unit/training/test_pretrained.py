import pytest
import torch
import torchvision

from studio.core.errors import WeightsError
from studio.nets.autoencoder import SwapAutoencoder
from studio.nets.presets import DEMO, LIGHT
from studio.training.pretrained import start_encoder


def test_a_new_network_starts_from_torchvisions_file(tmp_path, recorder):
    torch.manual_seed(5)
    released = torchvision.models.efficientnet_b0(weights=None)
    torch.save(released.state_dict(), tmp_path / "b0.pth")
    network = SwapAutoencoder(LIGHT)
    start_encoder(network, tmp_path / "b0.pth", recorder)
    assert torch.equal(network.encoder.body.features[0][0].weight, released.features[0][0].weight)
    assert recorder.notes == []


def test_missing_weights_are_told_and_only_where_there_could_be_some(recorder):
    start_encoder(SwapAutoencoder(DEMO), None, recorder)
    assert recorder.notes == []
    start_encoder(SwapAutoencoder(LIGHT), None, recorder)
    assert "efficientnet_b0" in recorder.notes[0]


@pytest.mark.parametrize("kind", ["text", "other network"])
def test_a_file_that_is_not_the_encoders_is_refused(tmp_path, recorder, kind):
    file = tmp_path / "weights.pth"
    if kind == "text":
        file.write_text("not weights")
    else:
        torch.save({"layer": torch.zeros(2)}, file)
    with pytest.raises(WeightsError):
        start_encoder(SwapAutoencoder(LIGHT), file, recorder)
