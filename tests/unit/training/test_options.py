"""What a step can be told beside its batch and rate: parts, longest gradients, an average, other arithmetic."""

import json
import random
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from studio.core.errors import Stopped
from studio.nets.framing import to_images, to_tensor
from studio.training.batch import ReadyBatch
from studio.training.chance import random_states, restore_random_states, start_random_states
from studio.training.checkpoints import load_network, stored
from studio.training.hardware import prepare
from studio.training.loop import train
from studio.training.state import TrainingState
from tests.unit.training.apart import started, told
from tests.unit.training.quick import QUICK, ends_before_step, equal

ALL = {"batch_size": 1, "accumulate": 3, "clip_gradients": 0.05, "average": 0.9}


def made_up(faces, seed=0):
    noise = np.random.default_rng(seed)
    arrays = (noise.integers(0, 256, (faces, 64, 64, 3), np.uint8) for _ in range(3))
    return ReadyBatch(*arrays, faces=tuple(range(faces)))


def updated(**settings):
    """A state after one step on four faces of each."""
    changed = QUICK.changed(settings)
    state = TrainingState(changed, prepare(changed))
    state.update(made_up(4, 1), made_up(4, 2), 1e-4, 3.0, 2.0)
    return state


def gradients(state):
    return torch.cat([parameter.grad.flatten() for parameter in state.network.parameters()])


def test_a_step_of_parts_has_the_gradients_of_the_whole():
    whole, parts, uneven = (updated(accumulate=count) for count in (1, 2, 3))
    for state in (parts, uneven):
        assert torch.allclose(gradients(state), gradients(whole), rtol=1e-3, atol=1e-6)
        assert not torch.equal(gradients(state), gradients(whole))


def test_a_step_of_parts_tells_the_losses_of_all_its_faces():
    terms = []
    for count in (1, 2):
        changed = QUICK.changed({"accumulate": count})
        state = TrainingState(changed, prepare(changed))
        terms.append(state.update(made_up(4, 1), made_up(4, 2), 1e-4, 3.0, 2.0))
    assert terms[0].shape == terms[1].shape == (2, 4, 2, 3)
    assert torch.allclose(*terms, rtol=1e-4)


def test_the_batches_of_a_step_of_parts_are_those_of_the_larger_batch(faces, tmp_path, recorder_type):
    told = []
    for settings in ({"batch_size": 4}, {"batch_size": 2, "accumulate": 2}):
        recorder = recorder_type()
        train(QUICK.changed(settings), *faces, tmp_path / str(len(told)), 1, recorder)
        told.append(recorder.of("loss")[0]["loss"])
    assert told[0] == pytest.approx(told[1], rel=1e-5)


def test_gradients_are_cut_to_their_longest_and_keep_their_direction():
    free, cut = gradients(updated()), gradients(updated(clip_gradients=0.01))
    assert free.norm() > 0.02
    assert float(cut.norm()) == pytest.approx(0.01, rel=1e-3)
    assert torch.allclose(cut / cut.norm(), free / free.norm(), atol=1e-6)
    assert torch.equal(gradients(updated(clip_gradients=1000)), free)


def test_the_average_follows_the_weights_from_the_first_step_on():
    settings = QUICK.changed({"average": 0.5})
    state = TrainingState(settings, prepare(settings))
    name, seen = "bottleneck.linear.bias", []
    for step in range(30):
        state.update(made_up(1, step), made_up(1, step), 1e-3, 3.0, 2.0)
        seen.append(state.network.state_dict()[name].clone())
    expected = seen[0]
    for step, weights in enumerate(seen, start=1):
        decay = min(0.5, (step - 1) / (step + 9))
        expected = decay * expected + (1 - decay) * weights
    assert torch.allclose(state.average.network.state_dict()[name], expected, atol=1e-7)
    assert not torch.allclose(expected, seen[-1], atol=1e-5)


def test_previews_and_conversions_use_the_average_where_there_is_one(faces, tmp_path):
    result = train(QUICK.changed({"average": 0.9}), *faces, tmp_path, 6)
    plain, mean = (load_file(result.checkpoint / f"{name}.safetensors") for name in ("network", "average"))
    name = "decoders.a.output.bias"
    assert not torch.equal(plain[name], mean[name])
    loaded = load_network(result.checkpoint)
    assert torch.equal(loaded.model.state_dict()[name], mean[name])
    assert (
        loaded.sha256 == json.loads((result.checkpoint / "checkpoint.json").read_text())["files"]["average.safetensors"]
    )
    for file, weights in (("network.safetensors", plain), ("average.safetensors", mean)):
        assert torch.equal(load_network(result.checkpoint / file).model.state_dict()[name], weights[name])
    grid = cv2.imread(str(tmp_path / "previews" / "step-00000006.png"))[..., ::-1]
    rebuilt = loaded.model(to_tensor(np.ascontiguousarray(grid[:64, :64])[None]), "a")
    assert np.array_equal(grid[:64, 64:128], to_images(rebuilt)[0])


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(ALL, id="float32"),
        # A processor has no arithmetic of its own for it: a minute and more.
        pytest.param({"precision": "float16", "average": 0.9}, id="float16", marks=pytest.mark.slow),
        pytest.param({**ALL, "precision": "bfloat16", "deterministic": True}, id="bfloat16"),
    ],
)
def test_resuming_is_exact_with_parts_cut_gradients_and_an_average(faces, tmp_path, recorder_type, settings):
    settings = QUICK.changed(settings)
    straight = train(settings, *faces, tmp_path / "1", 9)
    with pytest.raises(Stopped):
        train(settings, *faces, tmp_path / "2", 9, recorder_type(ends_before_step(6, Stopped)))
    # As another process: its random states are anything.
    start_random_states(77)
    assert equal(train(settings, *faces, tmp_path / "2", 9).checkpoint, straight.checkpoint)


@pytest.mark.slow
def test_a_run_in_float16_keeps_its_scale(faces, tmp_path, recorder):
    settings = QUICK.changed({"precision": "float16"})
    result = train(settings, *faces, tmp_path, 6, recorder)
    kept = load_file(result.checkpoint / "optimiser.safetensors")
    assert kept["scaler._growth_tracker"] > 0
    assert kept["scaler.scale"] <= 65536
    assert recorder.of("astray") == []


def test_a_step_that_overflows_in_float16_changes_nothing_and_leads_nobody_astray(
    faces, tmp_path, recorder, monkeypatch
):
    update, left = TrainingState.update, {3, 4}

    def overflowing(self, *args):
        if self.step in left:
            left.discard(self.step)
            before = self.network_tensors()
            self._scaler.load_state_dict({**self._scaler.state_dict(), "scale": 1e30})
            terms = update(self, *args) * float("inf")
            assert all(torch.equal(value, before[name]) for name, value in self.network_tensors().items())
            self._scaler.load_state_dict({**self._scaler.state_dict(), "scale": 64.0})
            return terms
        return update(self, *args)

    monkeypatch.setattr(TrainingState, "update", overflowing)
    train(QUICK.changed({"precision": "float16"}), *faces, tmp_path, 8, recorder)
    assert left == set()
    assert recorder.of("astray") == []
    # What is in doubt is not kept: the checkpoint of step 4 was put off.
    assert [event["step"] for event in recorder.of("checkpoint")] == [6, 8]


def test_milestones_stay_when_the_others_go(faces, tmp_path, recorder):
    settings = QUICK.changed({"checkpoint_every": 2, "keep_checkpoints": 2, "milestone_every": 3})
    train(settings, *faces, tmp_path, 14, recorder)
    assert [path.name for path in stored(tmp_path / "checkpoints")] == [
        f"step-{step:08d}" for step in (3, 6, 9, 10, 12, 14)
    ]


def test_a_checkpoint_says_where_batches_rate_and_warp_are(faces, tmp_path):
    settings = QUICK.changed({"seed": 5, "accumulate": 2, "learning_rate": 1e-3, "final_rate": 0.5, "warmup_steps": 0})
    result = train(settings, *faces, tmp_path, 4)
    record = json.loads((result.checkpoint / "checkpoint.json").read_text())
    assert record["sampler"] == {"seed": 5, "step": 4, "samples": 2}
    assert record["schedule"] == {"total": 4, "rate": pytest.approx(5e-4), "warps": False}


def test_all_random_states_come_back():
    start_random_states(3)
    random.gauss(0, 1)
    np.random.standard_normal()
    kept = random_states(torch.device("cpu"))
    drawn = [(random.gauss(0, 1), random.random(), np.random.standard_normal(3).tolist(), torch.rand(2).tolist())]
    start_random_states(4)
    restore_random_states(kept)
    drawn.append((random.gauss(0, 1), random.random(), np.random.standard_normal(3).tolist(), torch.rand(2).tolist()))
    assert drawn[0] == drawn[1]


def test_only_a_training_that_asks_for_it_is_deterministic_and_only_while_it_runs(faces, tmp_path, recorder_type):
    seen = []

    def check():
        seen.append(torch.are_deterministic_algorithms_enabled())

    for wanted in (True, False):
        train(QUICK.changed({"deterministic": wanted}), *faces, tmp_path / str(wanted), 1, recorder_type(check))
    assert seen == [True, False]
    assert not torch.are_deterministic_algorithms_enabled()


def test_where_no_compiler_works_a_training_says_so_and_goes_on(faces, tmp_path):
    nowhere = {"CXX": str(tmp_path / "no-compiler"), "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}
    result = told(started(QUICK.changed({"compile": True}), faces, tmp_path / "1", 2, **nowhere))
    (note,) = result["notes"]
    assert note.startswith("The network can't be compiled here, so it runs as it is: ")
    assert equal(Path(result["checkpoint"]), train(QUICK, *faces, tmp_path / "2", 2).checkpoint)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_compiled_network_learns_the_same(faces, tmp_path):
    cache = {"TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}
    compiled = told(started(QUICK.changed({"compile": True}), faces, tmp_path / "1", 3, **cache), seconds=500)
    assert compiled["notes"] == []
    assert list((tmp_path / "cache").rglob("*.so"))
    plain = train(QUICK, *faces, tmp_path / "2", 3).checkpoint
    mine, theirs = (load_file(Path(folder) / "network.safetensors") for folder in (compiled["checkpoint"], plain))
    # Adam makes full steps of whatever small differences there are.
    assert all((value - theirs[name]).abs().mean() < 2e-4 for name, value in mine.items())
