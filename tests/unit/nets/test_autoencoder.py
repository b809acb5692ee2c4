import pytest
import torch
import torchvision

from studio.core.errors import UsageError, WeightsError
from studio.nets.autoencoder import SwapAutoencoder, count_parameters
from studio.nets.blocks import Intermediate, ResidualBlock, Upscaler
from studio.nets.encoders import EfficientNetEncoder
from studio.nets.presets import PRESETS, NetworkSpec

TINY = NetworkSpec(
    encoder="small",
    encoder_filters=(8, 8),
    size=32,
    bottleneck=16,
    intermediate_filters=16,
    decoder_filters=(8, 8),
    residual_blocks=1,
)


def test_the_paper_preset_has_the_papers_number_of_parameters():
    assert count_parameters(PRESETS["paper"]) == 313_543_374


@pytest.mark.parametrize(("name", "size", "code"), [("paper", 256, 1024), ("light", 128, 512), ("demo", 96, 64)])
def test_each_preset_keeps_the_shape_of_its_pictures(name, size, code):
    with torch.device("meta"):
        network = SwapAutoencoder(name)
        faces = torch.empty(2, 3, size, size)
        assert network.size == size
        assert network.encode(faces).shape == (2, code)
        assert network(faces, "a").shape == faces.shape
        assert network.decode(torch.empty(2, code), "b").shape == faces.shape


def test_the_paper_preset_has_the_shapes_of_the_papers_table():
    with torch.device("meta"):
        network = SwapAutoencoder("paper")
        faces = torch.empty(1, 3, 256, 256)
        assert network.encoder(faces).shape == (1, 1792, 8, 8)
        start = network.intermediates["shared"](torch.empty(1, 1024))
        assert start.shape == (1, 1280, 16, 16)
        shapes, x = [], start
        for block in network.decoders["a"].blocks:
            x = block(x)
            shapes.append((type(block), *x.shape[1:3]))
    assert shapes == [
        (Upscaler, 512, 32), (ResidualBlock, 512, 32), (ResidualBlock, 512, 32),
        (Upscaler, 320, 64), (ResidualBlock, 320, 64), (ResidualBlock, 320, 64),
        (Upscaler, 200, 128), (ResidualBlock, 200, 128), (ResidualBlock, 200, 128),
        (Upscaler, 128, 256),
    ]  # fmt: skip


def test_the_demo_network_is_small_enough_for_minutes_on_a_cpu():
    assert 1_000_000 <= count_parameters(PRESETS["demo"]) <= 3_000_000


def test_output_stays_between_black_and_white_and_in_float32_under_autocast():
    network = SwapAutoencoder(TINY)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        shown = network(torch.rand(1, 3, 32, 32), "a")
    assert shown.dtype == torch.float32
    assert 0 <= shown.min() <= shown.max() <= 1


def test_both_identities_share_all_but_their_decoders():
    network = SwapAutoencoder(TINY)
    network(torch.rand(1, 3, 32, 32), "a").sum().backward()
    without = {name.split(".")[0:2][-1] for name, p in network.named_parameters() if p.grad is None}
    assert without == {"b"}
    assert network.intermediates.keys() == {"shared"}


def test_a_split_intermediate_belongs_to_one_identity():
    network = SwapAutoencoder(TINY.changed({"intermediate": "split"}))
    network(torch.rand(1, 3, 32, 32), "b").sum().backward()
    assert all(p.grad is None for p in network.intermediates["a"].parameters())
    assert all(p.grad is not None for p in network.intermediates["b"].parameters())


def test_upscalers_are_sub_pixel_and_start_smooth_on_request():
    upscaler = Upscaler(4, 3)
    assert isinstance(upscaler.shuffle, torch.nn.PixelShuffle)
    x = torch.rand(1, 4, 6, 6)
    upscaler.start_smooth()
    shown = upscaler(x)
    blocks = shown.unfold(2, 2, 2).unfold(3, 2, 2)
    assert torch.allclose(blocks, blocks[..., :1, :1].expand_as(blocks))


def test_the_intermediate_block_doubles_by_nearest_neighbour():
    shown = Intermediate(code=8, filters=3, start=4)(torch.rand(2, 8))
    assert shown.shape == (2, 3, 8, 8)
    assert torch.equal(shown[..., ::2, ::2], shown[..., 1::2, 1::2])


def test_frozen_batchnorm_keeps_its_statistics_in_training():
    spec = PRESETS["light"].changed({"freeze_batchnorm": True})
    network = SwapAutoencoder(spec).train()
    before = {k: v.clone() for k, v in network.encoder.state_dict().items() if "running" in k}
    network.encoder(torch.rand(2, 3, 128, 128))
    after = network.encoder.state_dict()
    assert before
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_normalised_input_is_imagenets():
    torch.manual_seed(0)
    plain = SwapAutoencoder(TINY)
    normal = SwapAutoencoder(TINY.changed({"normalise_input": True}))
    normal.load_state_dict(plain.state_dict())
    x = torch.rand(1, 3, 32, 32)
    by_hand = torchvision.transforms.functional.normalize(x, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    assert torch.allclose(normal.encode(x), plain.encode(by_hand), atol=1e-6)


def test_the_papers_encoder_takes_torchvisions_weights_by_name():
    with torch.device("meta"):
        released = torchvision.models.efficientnet_b4(weights=None).state_dict()
        encoder = EfficientNetEncoder("efficientnet_b4")
        encoder.load_pretrained(released)
        del released["features.0.0.weight"]
        with pytest.raises(WeightsError):
            encoder.load_pretrained(released)


def test_an_unknown_preset_names_those_there_are():
    with pytest.raises(UsageError) as error:
        SwapAutoencoder("huge")
    assert "demo" in error.value.hint


@pytest.mark.parametrize(
    "change",
    [
        {"size": 33},
        {"size": 4096},
        {"decoder_filters": (8,) * 6},
        {"bottleneck": 0},
        {"encoder": "efficientnet_b0"},
        {"encoder_filters": ()},
        {"decoder_filters": (100_000, 8)},
    ],
)
def test_sizes_that_do_not_fit_together_are_refused(change):
    with pytest.raises(UsageError):
        TINY.changed(change)
