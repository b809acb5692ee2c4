"""What the window shows, without Qt: observable view-models, edits, actions and runs."""
