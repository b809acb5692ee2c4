"""The process a job runs in."""
