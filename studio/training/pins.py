"""The faces that somebody chose for a run's previews."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from studio.core.config import Settings
from studio.core.errors import UsageError
from studio.core.files import write_json
from studio.core.records import TrainingFace
from studio.training.data import FacePair

_MOST = 12


class Pins(Settings):
    """The ids of the chosen faces of A and of B, in the order of the picture's rows."""

    a: tuple[int, ...] = Field(min_length=1, max_length=_MOST, description="One to twelve ids of faces of A.")
    b: tuple[int, ...] = Field(min_length=1, max_length=_MOST, description="One to twelve ids of faces of B.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.a)) < len(self.a) or len(set(self.b)) < len(self.b):
            raise ValueError("each face can be shown once")
        return self

    def among(self, faces: FacePair) -> FacePair:
        """The chosen ones of `faces`.

        Raises:
            UsageError: one is not among them.
        """
        return _found(self.a, faces[0], "A"), _found(self.b, faces[1], "B")

    def write(self, path: Path) -> None:
        """Keep them in a run's folder."""
        write_json(path, self.model_dump(mode="json"))

    @classmethod
    def read(cls, path: Path) -> Pins | None:
        """Those that `write` kept; None where there are none.

        Raises:
            UsageError: the file is damaged.
        """
        if not path.exists():
            return None
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise UsageError(f"{path} is damaged.", hint="Choose the faces of the previews again.") from error


def _found(ids: Sequence[int], faces: Sequence[TrainingFace], side: str) -> list[TrainingFace]:
    known = {face.id: face for face in faces}
    unknown = [str(number) for number in ids if number not in known]
    if unknown:
        raise UsageError(
            f"This run has no face {', '.join(unknown)} of {side}.",
            hint="Choose among the faces that it trains on.",
            code="usage.face",
        )
    return [known[number] for number in ids]
