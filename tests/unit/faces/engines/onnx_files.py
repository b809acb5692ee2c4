"""ONNX files written by hand, so that no test needs the package `onnx`: a 1 x 1 convolution over an image.

Field numbers are those of onnx.proto: ModelProto, GraphProto, NodeProto, TensorProto, ValueInfoProto.
"""

import numpy as np


def _varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _number(field, value):
    return _varint(field << 3) + _varint(value)


def _bytes(field, value):
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _tensor(name, values):
    sides = b"".join(_number(1, side) for side in values.shape)
    return sides + _number(2, 1) + _bytes(8, name) + _bytes(9, values.astype("<f4").tobytes())


def _value(name, shape):
    sides = b"".join(_bytes(1, _bytes(2, side) if isinstance(side, str) else _number(1, side)) for side in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, sides)))


def write_convolution(path, weights, bias, sides=(1, 3, 512, 512)):
    """Write a network that takes `sides` and gives `weights` (C, 3) times each pixel plus `bias` (C,)."""
    weights = np.asarray(weights, np.float32)[:, :, None, None]
    node = b"".join(_bytes(1, name) for name in ("image", "weights", "bias")) + _bytes(2, "scores") + _bytes(4, "Conv")
    graph = _bytes(1, node) + _bytes(2, "test")
    graph += _bytes(5, _tensor("weights", weights)) + _bytes(5, _tensor("bias", np.asarray(bias, np.float32)))
    graph += _bytes(11, _value("image", sides))
    graph += _bytes(12, _value("scores", (sides[0], len(weights), *sides[2:])))
    path.write_bytes(_number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 17)))
    return path
