"""The one place that imports OpenCV.

OpenCV 5 brings its own Qt and points Qt's plug-in and font paths at it, which breaks any other Qt in the process.
"""

from __future__ import annotations

import os

import cv2

for _variable in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(_variable, None)

__all__ = ["cv2"]
