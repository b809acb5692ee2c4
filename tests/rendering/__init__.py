"""A small software renderer of MakeHuman's CC0 head: frames whose pose, landmarks and masks are known."""
