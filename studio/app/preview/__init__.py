"""The blending workspace: a driver's video, how a face is blended into it, and its exports."""
