"""The panel in which facesets are collected and pruned."""
