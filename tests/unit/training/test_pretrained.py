import pytest
import torch
import torchvision

from studio.core.errors import WeightsError
from studio.nets.autoencoder import SwapAutoencoder
from studio.nets.presets import DEMO, LIGHT, PAPER
from studio.training.pretrained import start_encoder


@pytest.mark.parametrize("name", ["efficientnet_b0", "efficientnet_b4"])
def test_a_new_network_starts_from_torchvisions_file(tmp_path, recorder, name):
    torch.manual_seed(5)
    released = getattr(torchvision.models, name)(weights=None)
    torch.save(released.state_dict(), tmp_path / "released.pth")
    network = SwapAutoencoder(LIGHT.changed({"encoder": name}))
    start_encoder(network, tmp_path / "released.pth", recorder)
    taken = network.encoder.body.state_dict()
    expected = {key: value for key, value in released.state_dict().items() if key.startswith("features.")}
    assert taken.keys() == expected.keys()
    assert all(torch.equal(value, taken[key]) for key, value in expected.items())
    assert recorder.notes == []


def test_the_papers_encoder_has_the_names_and_shapes_of_torchvisions():
    with torch.device("meta"):
        ours = SwapAutoencoder(PAPER).encoder.body.state_dict()
        released = torchvision.models.efficientnet_b4(weights=None).state_dict()
    assert {key: value.shape for key, value in ours.items()} == {
        key: value.shape for key, value in released.items() if not key.startswith("classifier.")
    }


def test_missing_weights_are_told_and_only_where_there_could_be_some(recorder):
    start_encoder(SwapAutoencoder(DEMO), None, recorder)
    assert recorder.notes == []
    start_encoder(SwapAutoencoder(LIGHT), None, recorder)
    assert recorder.notes == [
        "The encoder efficientnet_b0 starts from random weights: its ImageNet weights are not here. Training takes"
        " longer that way; `studio models list` says where to get them."
    ]


def test_an_encoder_without_weights_among_the_models_is_not_said_to_have_some(recorder):
    start_encoder(SwapAutoencoder(LIGHT.changed({"encoder": "efficientnet_b2"})), None, recorder)
    assert recorder.notes == [
        "The encoder efficientnet_b2 starts from random weights: its ImageNet weights are not here. Training takes"
        " longer that way; the studio takes weights for efficientnet_b0 and efficientnet_b4 alone."
    ]


@pytest.mark.parametrize("kind", ["text", "other network"])
def test_a_file_that_is_not_the_encoders_is_refused(tmp_path, recorder, kind):
    file = tmp_path / "weights.pth"
    if kind == "text":
        file.write_text("not weights")
    else:
        torch.save({"layer": torch.zeros(2)}, file)
    with pytest.raises(WeightsError):
        start_encoder(SwapAutoencoder(LIGHT), file, recorder)
