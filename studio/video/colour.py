"""Between RGB and the YUV of a stream, with the matrix and range the stream names.

swscale takes BT.601 in limited range for granted unless it is told otherwise; both directions are told here.
Matrix and range are given as in ITU-T H.273: matrix 1 = BT.709, 5 and 6 = BT.601, 9 = BT.2020; the range as in
FFmpeg: 1 = limited, 2 = full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from av import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from studio.core.records import Image

_UNSPECIFIED = 2
_LIMITED, _FULL = 1, 2
_BT709, _BT601 = 1, 5
# swscale's own number of a matrix, where it differs from H.273 or where swscale knows no better than its neighbour.
_SWSCALE = {_BT709: 1, 4: 4, _BT601: 5, 6: 5, 7: 7, 9: 9, 10: 9}
_HD_LINES = 720
_EXACT = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.BITEXACT
)


@dataclass(frozen=True)
class Colour:
    """What the numbers of a YUV stream mean, as H.273 code points.

    Attributes:
        matrix: never unspecified: where a stream says nothing, BT.709 from 720 lines on, else BT.601, as players do.
        range: 1 limited, 2 full.
        primaries, transfer: carried from source to export, never converted; 2 = unspecified.
    """

    matrix: int = _BT709
    range: int = _LIMITED
    primaries: int = _UNSPECIFIED
    transfer: int = _UNSPECIFIED

    @classmethod
    def of(cls, frame: VideoFrame) -> Colour:
        """Read the tags of a decoded frame."""
        matrix = int(frame.colorspace)
        if matrix not in _SWSCALE:
            matrix = _BT709 if frame.height >= _HD_LINES else _BT601
        full = frame.color_range == _FULL or frame.format.name.startswith("yuvj") or frame.format.is_rgb
        return cls(matrix, _FULL if full else _LIMITED, int(frame.color_primaries), int(frame.color_trc))


class ToRgb:
    """Turns decoded frames into RGB arrays; holds one scaler for all frames of a stream."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def __call__(self, frame: VideoFrame, colour: Colour, size: tuple[int, int] | None = None) -> Image:
        """Give (H, W, 3) uint8 RGB in full range; `size` is width and height if other than the frame's."""
        width, height = size or (frame.width, frame.height)
        rgb = self._scaler.reformat(
            frame,
            width=width,
            height=height,
            format="rgb24",
            src_colorspace=_SWSCALE[colour.matrix],
            src_color_range=colour.range,
            dst_color_range=_FULL,
            interpolation=_EXACT,
            threads=1,
        )
        return cast(Image, rgb.to_ndarray())


class FromRgb:
    """Turns RGB arrays into frames of one pixel format and colour description."""

    def __init__(self, pixel_format: str, colour: Colour) -> None:
        self._scaler = VideoReformatter()
        self._format = pixel_format
        self._colour = colour

    def __call__(self, image: Image) -> VideoFrame:
        """Give a tagged frame; `image` is (H, W, 3) uint8 RGB, contiguous."""
        source = VideoFrame.from_ndarray(image, format="rgb24")
        frame = self._scaler.reformat(
            source,
            format=self._format,
            dst_colorspace=_SWSCALE[self._colour.matrix],
            src_color_range=_FULL,
            dst_color_range=self._colour.range,
            interpolation=_EXACT,
            threads=1,
        )
        if not frame.format.is_rgb:
            frame.colorspace = self._colour.matrix
            frame.color_range = self._colour.range
        frame.color_primaries = self._colour.primaries
        frame.color_trc = self._colour.transfer
        return frame
