"""The engines behind faces.protocols; imported by jobs and worker only."""
