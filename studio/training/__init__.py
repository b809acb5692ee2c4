"""Data, augmentation, losses, loop, checkpoints."""
