from itertools import pairwise

import pytest

from studio.core.errors import UsageError
from studio.training.schedule import learning_rate, warp_until
from studio.training.settings import PRESET_DEFAULTS, TrainSettings


def test_the_paper_preset_trains_as_the_paper_says():
    settings = TrainSettings.build({"preset": "paper"})
    assert (settings.batch_size, settings.learning_rate, settings.epsilon) == (32, 5e-5, 1e-7)
    assert (settings.eye_weight, settings.mouth_weight, settings.window, settings.mask_blur) == (3, 2, 3, True)
    assert (settings.warp_share, settings.precision, settings.intermediate) == (0.5, "float32", "shared")
    assert {learning_rate(settings, step, 1_000_000) for step in (0, 500_000, 999_999)} == {5e-5}
    assert settings.network().name == "paper"


def test_what_is_given_goes_over_the_presets_default():
    settings = TrainSettings.build({"preset": "demo", "batch_size": "3", "flip": "false", "window": "7"})
    assert (settings.batch_size, settings.window) == (3, 7)
    assert not settings.flip
    assert settings.learning_rate == PRESET_DEFAULTS["demo"]["learning_rate"]


@pytest.mark.parametrize(
    "value",
    [
        {"preset": "huge"},
        {"batch_size": 0},
        {"learning_rate": "fast"},
        {"warp_share": 1.5},
        {"eye_weight": -1},
        {"window": 4},
        {"encoder": "resnet"},
        {"seed": -1},
        {"colour": 1},
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(value):
    with pytest.raises(UsageError, match=next(iter(value))):
        TrainSettings.build(value)


def test_every_setting_says_what_it_does():
    assert [name for name, field in TrainSettings.model_fields.items() if not field.description] == []


def test_the_encoder_can_be_changed_within_the_family():
    spec = TrainSettings.build({"preset": "paper", "encoder": "efficientnet_b0", "intermediate": "split"}).network()
    assert (spec.encoder, spec.intermediate, spec.size) == ("efficientnet_b0", "split", 256)
    assert TrainSettings.build({"preset": "light", "encoder": "small"}).network().encoder_filters


def test_the_rate_rises_and_falls_as_a_cosine():
    settings = TrainSettings.build({"learning_rate": 1e-3, "warmup_steps": 100, "final_rate": 0.1})
    rates = [learning_rate(settings, step, 1000) for step in range(1000)]
    assert rates[0] == pytest.approx(1e-5)
    assert max(rates) == rates[100] == 1e-3
    assert all(a >= b for a, b in pairwise(rates[100:]))
    assert rates[-1] == pytest.approx(1e-4, rel=0.01)
    assert learning_rate(settings, 0, 5) > 0


def test_the_first_half_of_a_training_is_warped():
    settings = TrainSettings.build({"preset": "paper"})
    warped = [step < warp_until(settings, 11) for step in range(11)]
    assert warped == [True] * 6 + [False] * 5


@pytest.mark.parametrize(
    ("preset", "size", "code"), [("demo", 64, 160), ("light", 256, 1024), ("paper", 512, 2048), ("paper", 64, 16)]
)
def test_size_and_code_can_be_other_ones_than_the_presets(preset, size, code):
    spec = TrainSettings.build({"preset": preset, "size": size, "bottleneck": code}).network()
    assert (spec.size, spec.bottleneck) == (size, code)
    untouched = TrainSettings.build({"preset": preset}).network()
    assert untouched.size != size
    assert spec.decoder_filters == untouched.decoder_filters


@pytest.mark.parametrize("wrong", [{"size": 100}, {"size": 1024}, {"bottleneck": -1}, {"bottleneck": 9}])
def test_sizes_that_no_network_has_are_refused(wrong):
    with pytest.raises(UsageError):
        TrainSettings.build({"preset": "demo", **wrong}).network()
