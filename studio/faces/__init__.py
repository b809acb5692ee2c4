"""One face: detect, landmarks, align, parse, pose, quality, identity features."""
