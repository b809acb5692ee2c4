"""Decoders that move alike for a while: what a code means is learned by both at once."""

import torch
from safetensors.torch import load_file

from studio.nets.autoencoder import SwapAutoencoder
from studio.training.loop import train
from studio.training.schedule import moves_alike
from studio.training.settings import TrainSettings
from tests.unit.training.quick import QUICK, ends_before_step, equal

HALF = QUICK.changed({"alike_steps": 4, "checkpoint_every": 2, "keep_checkpoints": 9})


def filters_and_biases(checkpoint):
    """Whether all filters of A and B are equal, and whether any bias is."""
    network = SwapAutoencoder(HALF.network())
    network.load_state_dict(load_file(checkpoint / "network.safetensors"))
    pairs = network.counterparts()
    filters = [torch.equal(own, other) for own, other in pairs if own.dim() > 1]
    biases = [torch.equal(own, other) for own, other in pairs if own.dim() == 1]
    assert len(filters) == len(biases) > 8
    return all(filters), any(biases)


def test_filters_of_both_stay_equal_for_the_steps_that_were_set_and_biases_never_are(faces, tmp_path):
    done = train(HALF, *faces, tmp_path, 8)
    at = {step: done.checkpoint.parent / f"step-{step:08d}" for step in (2, 4, 6, 8)}
    assert {step: filters_and_biases(path) for step, path in at.items()} == {
        2: (True, False),
        4: (True, False),
        6: (False, False),
        8: (False, False),
    }


def test_a_training_that_is_killed_before_and_after_they_part_goes_on_exactly(faces, tmp_path, recorder):
    straight = train(HALF, *faces, tmp_path / "straight", 8)
    for until in (3, 3):
        recorder.check = ends_before_step(until)
        try:
            train(HALF, *faces, tmp_path / "killed", 8, recorder)
        except KeyboardInterrupt:
            continue
    recorder.check = lambda: None
    assert equal(train(HALF, *faces, tmp_path / "killed", 8, recorder).checkpoint, straight.checkpoint)


def test_short_trainings_part_them_early_enough_to_look_like_two_people():
    assert [moves_alike(HALF, step, total=5) for step in range(5)] == [True, True, True, False, False]
    assert [moves_alike(HALF, step, total=50) for step in range(5)] == [True, True, True, True, False]


def test_the_papers_decoders_are_never_alike():
    assert TrainSettings.build({"preset": "paper"}).alike_steps == 0
    assert TrainSettings.build({"preset": "light"}).alike_steps == 0
