"""Whether a file holds the tensors its network needs. An engine module: it imports torch or onnxruntime when asked.

Nothing in the zoo imports it: commands and jobs hand `check_keys` to `Shelf.import_file`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from studio.core.errors import WeightsError
from studio.zoo.manifest import Weights

Shapes = Mapping[str, tuple[int, ...]]

_COUNTER = ".num_batches_tracked"
_MOST_NAMED = 5
_CLASSES = 19


def check_keys(weights: Weights, path: Path) -> None:
    """Compare the names and shapes of a file's tensors with its network's. No pickle is executed.

    Raises:
        WeightsError: weights.keys; the sentence names what is missing, unknown or of another shape.
            weights.unreadable: the file is no weights file, or one that can't be opened safely.
    """
    if weights.architecture == "bisenet":
        _check_onnx(weights, path)
        return
    found = tensors(weights, path)
    if weights.architecture == "realforensics":
        found = _without_wrapper(found)
        expected = dict(realforensics_shapes())
        found = {name: shape for name, shape in found.items() if name.startswith("backbone.") or name in expected}
    else:
        expected = dict(_network_shapes(weights.architecture))
        # Files older than PyTorch 0.4.1 hold no counters, and networks load without them.
        expected = {name: shape for name, shape in expected.items() if not name.endswith(_COUNTER) or name in found}
    _compare(weights, expected, found)


def tensors(weights: Weights, path: Path) -> Shapes:
    """Names and shapes of the tensors in a PyTorch file, a `state_dict` wrapper taken off.

    Raises:
        WeightsError: weights.unreadable.
    """
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the bytes lead it to
        raise _unreadable(weights) from error
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise _unreadable(weights)
    return {str(name): tuple(value.shape) for name, value in content.items() if isinstance(value, torch.Tensor)}


def realforensics_shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    """The 625 tensors of RealForensics: a channel-separated 3-D ResNet-101 and its head."""
    yield "backbone.blocks.0.conv.weight", (64, 3, 3, 7, 7)
    yield from _norm("backbone.blocks.0.norm", 64)
    channels = 64
    for stage, (blocks, inner) in enumerate([(3, 64), (4, 128), (23, 256), (3, 512)], start=1):
        outer = 4 * inner
        for index in range(blocks):
            block = f"backbone.blocks.{stage}.res_blocks.{index}"
            if index == 0:
                yield f"{block}.branch1_conv.weight", (outer, channels, 1, 1, 1)
                yield from _norm(f"{block}.branch1_norm", outer)
            yield f"{block}.branch2.conv_a.weight", (inner, channels, 1, 1, 1)
            yield from _norm(f"{block}.branch2.norm_a", inner)
            yield f"{block}.branch2.conv_b.weight", (inner, 1, 3, 3, 3)
            yield from _norm(f"{block}.branch2.norm_b", inner)
            yield f"{block}.branch2.conv_c.weight", (outer, inner, 1, 1, 1)
            yield from _norm(f"{block}.branch2.norm_c", outer)
            channels = outer
    yield "df_head.weight", (1, channels)


def _norm(name: str, channels: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for part in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{part}", (channels,)
    yield f"{name}{_COUNTER}", ()


def _without_wrapper(found: Shapes) -> Shapes:
    return {name.removeprefix("model."): shape for name, shape in found.items()}


def _network_shapes(architecture: str) -> Shapes:
    import torch

    with torch.device("meta"):
        network: Any = _network(architecture)
    return {name: tuple(value.shape) for name, value in network.state_dict().items()}


def _network(architecture: str) -> Any:
    if architecture == "vgg16":
        from torchvision.models import vgg16

        return vgg16()
    if architecture in ("efficientnet-b0", "efficientnet-b4"):
        from torchvision.models import efficientnet_b0, efficientnet_b4

        return efficientnet_b0() if architecture == "efficientnet-b0" else efficientnet_b4()
    if architecture == "s3fd":
        from face_alignment.detection.sfd.net_s3fd import s3fd

        return s3fd()
    if architecture == "fan-2d":
        from face_alignment.api import FAN

        return FAN(4)
    raise ValueError(f"no network {architecture!r} is known")


def _compare(weights: Weights, expected: Shapes, found: Shapes) -> None:
    missing = [name for name in expected if name not in found]
    unknown = [name for name in found if name not in expected]
    other = [name for name in expected if name in found and found[name] != expected[name]]
    wrong = [
        f"{len(names)} {what} ({_some(names)})"
        for what, names in (("missing", missing), ("unknown", unknown), ("of another shape", other))
        if names
    ]
    if wrong:
        raise WeightsError(
            f"The tensors are not those of {weights.title}: {'; '.join(wrong)}; {len(expected)} were expected.",
            hint=f"The file is of another network. Get it from {weights.page}",
            code="weights.keys",
        )


def _some(names: list[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")


def _check_onnx(weights: Weights, path: Path) -> None:
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no common base of its errors
        raise _unreadable(weights) from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or list(inputs[0].shape[1:2]) != [3] or list(outputs[0].shape[1:2]) != [_CLASSES]:
        shapes = f"{[i.shape for i in inputs]} to {[o.shape for o in outputs]}"
        raise WeightsError(
            f"The network is not {weights.title}: it leads from {shapes}; one image of 3 channels to {_CLASSES} classes"
            " was expected.",
            hint=f"The file is of another network. Get it from {weights.page}",
            code="weights.keys",
        )


def _unreadable(weights: Weights) -> WeightsError:
    return WeightsError(
        f"The file given for {weights.name} is no weights file, or none that can be opened safely.",
        hint=f"Get it from {weights.page}",
        code="weights.unreadable",
    )
