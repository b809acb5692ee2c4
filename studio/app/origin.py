"""Where a file comes from: what its credentials say, and whether it is a copy of one of the project's exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from psygnal import Signal

from studio.app.asking import Asking
from studio.app.studio import Studio
from studio.core.errors import StudioError

LANE = "origin"
Tone = Literal["done", "question", "error", "info"]

_KNOWN = "A swap, unchanged since it was signed"
_OTHER = "Signed, and unchanged since then"
_CHANGED = "Changed after it was signed"
_COPY = "A copy of an export of this project, without its credentials"
_NOTHING = "Nothing is known of this file"


@dataclass(frozen=True)
class OriginReport:
    """What is known of one file.

    Attributes:
        title: the answer in a few words; `tone` is how it is to be taken.
        words: sentences that say how far it can be relied on.
        facts: name and value, in the order they are shown.
    """

    path: Path
    title: str
    tone: Tone
    words: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path, answer: Mapping[str, Any]) -> OriginReport:
        """From what `studio verify` answers."""
        copy = answer["copy_of"]
        title, tone = _title(answer)
        wording = str(answer["wording"])
        words = [f"{wording[:1].upper()}{wording[1:]}."]
        if copy is not None:
            words.append(f"{copy['known']} of {copy['frames']} frames looked at show the faces of {copy['export']}.")
        if answer["not_compared"] is not None:
            words.append(f"Its pictures can't be compared with the project's exports: {answer['not_compared']}")
        return cls(path, title, tone, tuple(words), tuple(_facts(answer)))


class Origin:
    """Asks `studio verify` about one file at a time; the newest question counts.

    Attributes:
        changed: a question was asked or answered.
    """

    changed = Signal()

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._asking = Asking(studio.background, LANE, self.changed.emit)
        self.path: Path | None = None
        self.report: OriginReport | None = None
        self.error: StudioError | None = None
        studio.closing.connect(self.cancel)

    @property
    def asking(self) -> bool:
        """Whether an answer is waited for."""
        return self._asking.busy

    def ask(self, path: Path) -> None:
        """Find out where the file `path` comes from; seconds, as its frames are looked at."""
        project = self._studio.project
        words = ["verify", str(path), *(["--project", str(project.folder)] if project is not None else [])]
        self.path, self.report, self.error = path, None, None
        self._asking.ask(words, lambda answer: self._take(path, answer), self._fail)

    def cancel(self) -> None:
        """Give up a question that is not answered yet."""
        if self.asking:
            self.path = None
            self._asking.cancel()

    def _take(self, path: Path, answer: Mapping[str, Any]) -> None:
        self.report = OriginReport.read(path, answer)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.error = error


def _title(answer: Mapping[str, Any]) -> tuple[str, Tone]:
    if answer["state"] == "invalid":
        return _CHANGED, "error"
    if answer["state"] in ("valid", "trusted"):
        return (_KNOWN if answer["model"] is not None else _OTHER), "done"
    return (_COPY, "question") if answer["copy_of"] is not None else (_NOTHING, "info")


def _facts(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    copy = answer["copy_of"] or {}
    label = answer["label"] or (f"none: {answer['no_label_reason']}" if answer["no_label_reason"] else "")
    found = {
        "Export": copy.get("export") or "",
        "Made": (copy.get("created") or "")[:16].replace("T", " "),
        "Training": copy.get("run") or "",
        "Identities": ", ".join(answer["identities"]),
        "Driver": answer["driver"] or copy.get("driver_video") or "",
        "Label": label,
        "Squeeze": answer["squeeze_words"],
        "Scope": answer["scope"] or "",
        "Rule": answer["rule"] or "",
        "Network": answer["model"] or "",
        "Source type": (answer["digital_source_type"] or "").rpartition("/")[2],
        "Made with": answer["software"] or "",
        "Problems": ", ".join(answer["problems"]),
    }
    return [(name, value) for name, value in found.items() if value]
