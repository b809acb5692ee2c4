import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.core.errors import CheckpointError, StorageError
from studio.nets.autoencoder import SwapAutoencoder
from studio.nets.presets import NetworkSpec
from studio.training import checkpoints
from studio.training.checkpoints import CheckpointRecord, load_network, newest, remove_parts, save, set_aside, stored

SPEC = NetworkSpec(
    encoder="small",
    encoder_filters=(8, 8),
    size=32,
    bottleneck=16,
    intermediate_filters=16,
    decoder_filters=(8, 8),
    residual_blocks=1,
)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    return SwapAutoencoder(SPEC)


def write(folder, network, step, keep=3):
    record = CheckpointRecord(step=step, loss=0.5, network=SPEC, settings={"seed": 1}, files={})
    tensors = {name: value.contiguous() for name, value in network.state_dict().items()}
    return save(folder, record, tensors, {"random.cpu": torch.zeros(4, dtype=torch.uint8)}, keep)


def damage(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_network_comes_back_as_it_was(tmp_path, network):
    path = write(tmp_path, network, 12)
    x = torch.rand(1, 3, 32, 32)
    for source in (path, path / "network.safetensors"):
        loaded = load_network(source)
        assert (loaded.spec, loaded.step) == (SPEC, 12)
        assert torch.equal(loaded.model(x, "b"), network.eval()(x, "b"))
        assert loaded.sha256 == json.loads((path / "checkpoint.json").read_text())["files"]["network.safetensors"]


def test_a_loaded_network_does_not_need_its_file_any_longer(tmp_path, network):
    path = write(tmp_path, network, 1)
    loaded = load_network(path)
    damage(path / "network.safetensors")
    shutil.rmtree(path)
    x = torch.rand(1, 3, 32, 32)
    assert torch.equal(loaded.model(x, "a"), network.eval()(x, "a"))


def test_equal_states_write_equal_files(tmp_path, network):
    one, other = write(tmp_path / "1", network, 3), write(tmp_path / "2", network, 3)
    for name in ("network.safetensors", "optimiser.safetensors", "checkpoint.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def test_the_last_three_are_kept(tmp_path, network):
    for step in (10, 20, 30, 40):
        write(tmp_path, network, step)
    assert [path.name for path in stored(tmp_path)] == ["step-00000020", "step-00000030", "step-00000040"]
    assert list(tmp_path.glob(".part-*")) == []


@pytest.mark.parametrize("name", ["network.safetensors", "optimiser.safetensors", "checkpoint.json"])
def test_a_damaged_newest_checkpoint_falls_back_and_says_so(tmp_path, network, recorder, name):
    good, bad = write(tmp_path, network, 10), write(tmp_path, network, 20)
    damage(bad / name)
    assert newest(tmp_path, recorder) == good
    assert "step-00000020" in recorder.notes[0]
    assert stored(tmp_path) == [good, bad]
    set_aside(tmp_path, 10)
    assert stored(tmp_path) == [good]
    assert (tmp_path / "damaged-step-00000020").is_dir()


def test_a_checkpoint_without_one_of_its_files_is_damaged(tmp_path, network, recorder):
    good, bad = write(tmp_path, network, 10), write(tmp_path, network, 20)
    (bad / "optimiser.safetensors").unlink()
    assert newest(tmp_path, recorder) == good


def test_when_all_are_damaged_nothing_is_started_over_them(tmp_path, network, recorder):
    for step in (10, 20):
        damage(write(tmp_path, network, step) / "network.safetensors")
    with pytest.raises(CheckpointError) as error:
        newest(tmp_path, recorder)
    assert error.value.code == "checkpoint.damaged"
    assert len(stored(tmp_path)) == 2


def test_what_a_killed_writer_left_is_no_checkpoint(tmp_path, network, recorder):
    good = write(tmp_path, network, 10)
    shutil.copytree(good, tmp_path / ".part-0123")
    assert newest(tmp_path, recorder) == good
    remove_parts(tmp_path)
    assert list(tmp_path.iterdir()) == [good]


def test_no_checkpoint_at_all_is_none(tmp_path, recorder):
    assert newest(tmp_path / "checkpoints", recorder) is None


def test_saving_the_same_step_again_replaces_it(tmp_path, network, recorder):
    damage(write(tmp_path, network, 10) / "network.safetensors")
    again = write(tmp_path, network, 10)
    assert newest(tmp_path, recorder) == again
    assert recorder.notes == []


def test_a_full_disk_is_told_before_anything_is_written(tmp_path, network, monkeypatch):
    write(tmp_path, network, 10)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(checkpoints.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(StorageError) as error:
        write(tmp_path, network, 20)
    assert error.value.code == "storage.full"
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000010"]


def test_a_missing_checkpoint_is_told(tmp_path):
    with pytest.raises(CheckpointError) as error:
        load_network(tmp_path / "step-00000001.safetensors")
    assert error.value.code == "checkpoint.missing"


def test_a_file_that_is_no_safetensors_is_damaged(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(CheckpointError) as error:
        load_network(tmp_path / "x.safetensors")
    assert error.value.code == "checkpoint.damaged"


@pytest.mark.parametrize("change", ["no spec", "other spec", "absurd spec", "tensor missing"])
def test_a_checkpoint_of_another_network_is_refused(tmp_path, network, change):
    source = write(tmp_path, network, 5) / "network.safetensors"
    tensors = load_file(source)
    spec = SPEC.model_dump(mode="json")
    if change == "other spec":
        spec["bottleneck"] = 32
    if change == "absurd spec":
        spec["bottleneck"] = 10**9
    if change == "tensor missing":
        del tensors["bottleneck.linear.bias"]
    metadata = {} if change == "no spec" else {"checkpoint": json.dumps({"spec": spec, "step": 5})}
    save_file(tensors, tmp_path / "foreign.safetensors", metadata=metadata)
    with pytest.raises(CheckpointError) as error:
        load_network(tmp_path / "foreign.safetensors")
    assert error.value.code == "checkpoint.network"
