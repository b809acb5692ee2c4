"""What can go wrong in words: every error a user may meet carries a code and a hint."""

from __future__ import annotations


class StudioError(Exception):
    """Something a user can understand and act on.

    Attributes:
        code: dotted name, stable across releases; the guide explains each.
        message: what happened.
        hint: what to do about it; may be empty.
        exit_status: 2 for bad input or usage, 1 for a job that failed.
    """

    code = "error"
    exit_status = 2

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code


class UsageError(StudioError):
    """A command or setting was given a value it does not take."""

    code = "usage"


class ProjectError(StudioError):
    """A folder is no project, or one that this version can't open."""

    code = "project"


class IdentityError(StudioError):
    """An identity is unknown, exists already or has a name that can't be used."""

    code = "identity"


class ConsentError(StudioError):
    """No valid consent record allows what was asked for."""

    code = "consent"


class MediaError(StudioError):
    """A video or image can't be read."""

    code = "media"


class FacesetError(StudioError):
    """A faceset lacks what a step needs."""

    code = "faceset"


class CheckpointError(StudioError):
    """A checkpoint is missing, damaged or of another network."""

    code = "checkpoint"


class WeightsError(StudioError):
    """Released weights are missing, damaged or not what their manifest says."""

    code = "weights"


class RunError(StudioError):
    """A run is unknown, busy or can't be resumed."""

    code = "run"


class DetectorError(StudioError):
    """A detector is unknown or its folder is not what its manifest says."""

    code = "detector"


class CredentialsError(StudioError):
    """Content credentials could not be written or read."""

    code = "credentials"


class StorageError(StudioError):
    """The disk refused: full, read-only or not permitted."""

    code = "storage"


class DisplayError(StudioError):
    """There is no display for the window, or one that can't be used."""

    code = "display"


class JobError(StudioError):
    """A job started with good input and could not finish."""

    code = "job"
    exit_status = 1


class Stopped(Exception):  # noqa: N818 - not an error: the user asked for it
    """The user asked the job to stop; it has saved what it had."""
