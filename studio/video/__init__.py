"""Reading, writing and probing video with PyAV."""
