"""The check of tensors: the right network's file passes, any other is refused and told apart."""

from __future__ import annotations

import math
import pickle

import pytest
import torch

from studio.core.errors import WeightsError
from studio.zoo.keys import check_keys, realforensics_shapes
from studio.zoo.manifest import load_manifest
from studio.zoo.shelf import Shelf

MANIFEST = load_manifest()


def save(path, shapes):
    """Write tensors of these shapes; each takes four bytes, whatever its shape."""
    torch.save({name: torch.zeros(()).expand(shape) for name, shape in shapes.items()}, path)
    return path


@pytest.fixture
def realforensics():
    return dict(realforensics_shapes())


def refusal_of(weights, path):
    with pytest.raises(WeightsError) as refusal:
        check_keys(weights, path)
    return refusal.value


def test_realforensics_has_the_tensors_and_parameters_its_authors_count(realforensics):
    def parameters(prefix):
        statistics = ("running_mean", "running_var", "num_batches_tracked")
        names = (n for n in realforensics if n.startswith(prefix) and not n.endswith(statistics))
        return sum(math.prod(realforensics[name]) for name in names)

    assert len(realforensics) == 625
    assert [parameters(f"backbone.blocks.{stage}.") for stage in range(5)] == [28352, 110400, 643584, 12683520, 7928320]
    assert parameters("") == 21_396_224


def test_realforensics_passes_with_other_heads_and_wrappers(tmp_path, realforensics):
    check_keys(MANIFEST["realforensics"], save(tmp_path / "a.pth", realforensics | {"audio_head.weight": (3, 3)}))
    wrapped = {f"model.{name}": torch.zeros(()).expand(shape) for name, shape in realforensics.items()}
    torch.save({"state_dict": wrapped}, tmp_path / "b.pth")
    check_keys(MANIFEST["realforensics"], tmp_path / "b.pth")


def test_missing_unknown_and_misshapen_tensors_are_named(tmp_path, realforensics):
    del realforensics["backbone.blocks.2.res_blocks.1.branch2.conv_b.weight"]
    realforensics["backbone.blocks.9.weight"] = (1,)
    realforensics["df_head.weight"] = (2, 2048)
    refusal = refusal_of(MANIFEST["realforensics"], save(tmp_path / "a.pth", realforensics))
    assert refusal.code == "weights.keys"
    for part in (
        "1 missing (backbone.blocks.2.res_blocks.1.branch2.conv_b.weight)",
        "1 unknown (backbone.blocks.9.weight)",
        "1 of another shape (df_head.weight)",
        "625 were expected",
    ):
        assert part in refusal.message


@pytest.mark.parametrize("name", ["fan-2d", "s3fd", "vgg16", "efficientnet-b0", "efficientnet-b4"])
def test_the_published_networks_are_known_by_their_tensors(tmp_path, name):
    from studio.zoo import keys

    shapes = dict(keys._network_shapes(MANIFEST[name].architecture))
    check_keys(MANIFEST[name], save(tmp_path / "a.pth", shapes))
    without_counters = {key: shape for key, shape in shapes.items() if not key.endswith("num_batches_tracked")}
    check_keys(MANIFEST[name], save(tmp_path / "b.pth", without_counters))
    shapes.pop(next(iter(shapes)))
    assert "1 missing" in refusal_of(MANIFEST[name], save(tmp_path / "c.pth", shapes)).message


def test_another_networks_file_is_refused(tmp_path, realforensics):
    assert refusal_of(MANIFEST["vgg16"], save(tmp_path / "a.pth", realforensics)).code == "weights.keys"


class Evil:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('code was run')",))


@pytest.mark.parametrize(
    "content", [b"<html>sign in</html>", b"", pickle.dumps({"a": Evil()}, protocol=2)], ids=["page", "empty", "code"]
)
def test_what_is_no_weights_file_or_not_safe_is_refused(tmp_path, content):
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    assert refusal_of(MANIFEST["realforensics"], path).code == "weights.unreadable"


def test_a_torch_file_that_runs_code_is_refused(tmp_path):
    torch.save({"a": Evil()}, tmp_path / "a.pth")
    assert refusal_of(MANIFEST["realforensics"], tmp_path / "a.pth").code == "weights.unreadable"


def test_bytes_that_are_no_onnx_network_are_refused(tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"no network")
    assert refusal_of(MANIFEST["bisenet"], tmp_path / "a.onnx").code == "weights.unreadable"


def test_an_import_is_refused_for_its_tensors_and_accepted_for_them(tmp_path, realforensics):
    shelf = Shelf(tmp_path / "models", MANIFEST)
    good = save(tmp_path / "good.pth", realforensics)
    bad = save(tmp_path / "bad.pth", {"df_head.weight": (1, 2048)})
    with pytest.raises(WeightsError, match="624 missing"):
        shelf.import_file("realforensics", bad, check_keys)
    assert shelf.find("realforensics") is None
    assert shelf.import_file("realforensics", good, check_keys) == shelf.find("realforensics")
