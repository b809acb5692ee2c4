import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from studio.core.errors import CheckpointError, FacesetError, Stopped, UsageError
from studio.training.checkpoints import load_network, stored
from studio.training.loop import train
from studio.training.settings import TrainSettings
from tests.unit.training.quick import Orders

QUICK = TrainSettings.build(
    {
        "preset": "demo",
        "batch_size": 2,
        "checkpoint_every": 5,
        "preview_every": 50,
        "threads": 1,
        "precision": "float32",
    }
)


def tensors(checkpoint):
    return load_file(checkpoint / "network.safetensors"), load_file(checkpoint / "optimiser.safetensors")


def assert_equal(one, other):
    for mine, theirs in zip(tensors(one), tensors(other), strict=True):
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(value, theirs[name]) for name, value in mine.items())


class StopAfter:
    """Stops a training before its step number `step` + 1."""

    def __init__(self, step):
        self.left = step

    def __call__(self):
        if self.left == 0:
            raise Stopped
        self.left -= 1


@pytest.fixture(scope="module")
def straight(faces, tmp_path_factory):
    folder = tmp_path_factory.mktemp("straight")
    return train(QUICK, *faces, folder, 12)


def test_twelve_steps_equal_five_and_a_resume_bit_for_bit(faces, tmp_path, straight, recorder_type):
    with pytest.raises(Stopped):
        train(QUICK, *faces, tmp_path, 12, recorder_type(StopAfter(5)))
    torch.rand(17)
    np.random.default_rng(9).random(3)
    again = recorder_type()
    result = train(QUICK, *faces, tmp_path, 12, again)
    assert again.of("resumed") == [{"step": 5}]
    assert result.steps == straight.steps == 12
    assert_equal(result.checkpoint, straight.checkpoint)


def test_resuming_is_exact_for_batchnorm_bfloat16_and_random_depth_too(faces, tmp_path, recorder_type):
    settings = QUICK.changed(
        {"encoder": "efficientnet_b0", "precision": "bfloat16", "batch_size": 1, "normalise_input": True}
    )
    straight = train(settings, *faces, tmp_path / "1", 4)
    with pytest.raises(Stopped):
        train(settings, *faces, tmp_path / "2", 4, recorder_type(StopAfter(2)))
    assert_equal(train(settings, *faces, tmp_path / "2", 4).checkpoint, straight.checkpoint)


def test_resuming_is_exact_with_both_at_once_and_the_arithmetic_of_the_machine(faces, tmp_path, recorder_type):
    settings = QUICK.changed({"threads": 2, "precision": "auto", "workers": 2})
    straight = train(settings, *faces, tmp_path / "1", 9)
    with pytest.raises(Stopped):
        train(settings, *faces, tmp_path / "2", 9, recorder_type(StopAfter(4)))
    assert_equal(train(settings, *faces, tmp_path / "2", 9).checkpoint, straight.checkpoint)


def test_equal_seeds_train_alike_whatever_is_watched(faces, tmp_path, straight):
    watched = QUICK.changed({"preview_every": 1, "checkpoint_every": 3, "workers": 3, "cache_megabytes": 0})
    assert_equal(train(watched, *faces, tmp_path / "1", 12).checkpoint, straight.checkpoint)
    other = train(QUICK.changed({"seed": 1}), *faces, tmp_path / "2", 2)
    first = load_file(other.checkpoint / "network.safetensors")["bottleneck.linear.bias"]
    assert not torch.equal(first, load_file(straight.checkpoint / "network.safetensors")["bottleneck.linear.bias"])


def test_the_loss_falls_and_is_told_with_strictly_rising_steps(faces, tmp_path, recorder, monkeypatch):
    # Each step by itself: how many a second are depends on the machine.
    monkeypatch.setattr("studio.training.meter._SECONDS", 0.0)
    settings = QUICK.changed({"batch_size": 4, "warmup_steps": 0})
    result = train(settings, *faces, tmp_path, 40, recorder)
    losses = recorder.of("loss")
    steps = [loss["step"] for loss in losses]
    assert steps == sorted(set(steps))
    assert steps[-1] == 40
    assert all(loss["loss"] == pytest.approx(loss["a"] + loss["b"]) for loss in losses)
    assert all(loss["steps_per_second"] > 0 for loss in losses)
    for loss in losses:
        face, eyes, mouth = (sum(loss["parts"]["b"][region].values()) for region in ("face", "eyes", "mouth"))
        assert face + settings.eye_weight * eyes + settings.mouth_weight * mouth == pytest.approx(loss["b"], rel=1e-4)
        assert 0 <= loss["waiting"] <= 1
        assert loss["memory_mb"] > 100
    first, last = (np.mean([loss["loss"] for loss in part]) for part in (losses[:5], losses[-5:]))
    assert last < 0.85 * first
    assert recorder.steps == [("train", step, 40) for step in range(1, 41)]
    assert result.steps_per_second == pytest.approx(40 / result.seconds)


def test_a_stop_saves_the_step_it_came_at(faces, tmp_path, recorder_type):
    for step in (0, 3):
        with pytest.raises(Stopped):
            train(QUICK, *faces, tmp_path / str(step), 12, recorder_type(StopAfter(step)))
        assert [path.name for path in stored(tmp_path / str(step) / "checkpoints")] == [f"step-0000000{step}"]


def test_steps_are_the_total_also_when_resuming(faces, tmp_path, recorder_type):
    train(QUICK, *faces, tmp_path, 3)
    recorder = recorder_type()
    assert train(QUICK, *faces, tmp_path, 5, recorder).steps == 5
    assert [step for _, step, _ in recorder.steps] == [4, 5]
    done = train(QUICK, *faces, tmp_path, 5)
    assert (done.steps, done.steps_per_second, done.checkpoint.name) == (5, 0, "step-00000005")
    assert done.loss is not None


def test_a_damaged_newest_checkpoint_costs_steps_and_not_the_run(faces, tmp_path, straight, recorder, recorder_type):
    with pytest.raises(Stopped):
        train(QUICK, *faces, tmp_path, 12, recorder_type(StopAfter(10)))
    (tmp_path / "checkpoints" / "step-00000010" / "network.safetensors").write_bytes(b"")
    result = train(QUICK, *faces, tmp_path, 12, recorder)
    assert recorder.of("resumed") == [{"step": 5}]
    assert len(recorder.notes) == 1
    assert_equal(result.checkpoint, straight.checkpoint)


def test_checkpoints_of_another_network_are_not_overwritten(faces, tmp_path):
    train(QUICK, *faces, tmp_path, 1)
    with pytest.raises(CheckpointError) as error:
        train(QUICK.changed({"intermediate": "shared"}), *faces, tmp_path, 2)
    assert error.value.code == "checkpoint.network"
    assert [path.name for path in stored(tmp_path / "checkpoints")] == ["step-00000001"]


def test_previews_show_input_rebuilt_and_swap_of_both(faces, tmp_path, recorder):
    result = train(QUICK.changed({"preview_every": 2}), *faces, tmp_path, 3, recorder)
    assert [event["path"] for event in recorder.of("preview")] == [
        "previews/step-00000002.png",
        "previews/step-00000003.png",
    ]
    grid = cv2.imread(str(tmp_path / "previews" / "step-00000003.png"))[..., ::-1]
    side = QUICK.network().size
    assert grid.shape == (4 * side, 6 * side, 3)
    model = load_network(result.checkpoint).model
    shown = torch.tensor(grid[:side, :side].copy()).permute(2, 0, 1)[None] / 255
    for column, key in ((1, "a"), (2, "b")):
        tile = grid[:side, column * side : (column + 1) * side]
        expected = model(shown, key)[0].permute(1, 2, 0).numpy() * 255
        assert np.abs(tile - expected).max() < 1


def test_a_save_where_there_is_one_already_is_told_again(faces, tmp_path, recorder):
    train(QUICK, *faces, tmp_path, 6, recorder, orders=Orders(at5=[{"command": "save"}] * 2))
    steps = [event["step"] for event in recorder.of("checkpoint")]
    assert steps.count(5) >= 2
    assert steps[-1] == 6


def test_events_name_checkpoints_inside_the_run(faces, tmp_path, recorder):
    train(QUICK, *faces, tmp_path, 6, recorder)
    paths = [event["path"] for event in recorder.of("checkpoint")]
    assert paths == ["checkpoints/step-00000005", "checkpoints/step-00000006"]
    assert all((tmp_path / path).is_dir() for path in paths)


def test_an_empty_faceset_or_no_steps_is_said_at_once(faces, tmp_path):
    with pytest.raises(FacesetError):
        train(QUICK, faces[0], [], tmp_path, 5)
    with pytest.raises(UsageError):
        train(QUICK, *faces, tmp_path, 0)
    assert list(tmp_path.iterdir()) == []
