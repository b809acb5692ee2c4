"""What credentials of a file came to: the outcome of `verify`, read from a manifest store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from studio.provenance.claim import SWAP_ASSERTION


class State(StrEnum):
    """How far credentials can be relied on.

    `valid` is what self-made certificates reach, this machine's among them: the content is unchanged, and nobody has
    verified who signed. `trusted` needs an anchor that the user put into the trust folder.
    """

    TRUSTED = "trusted"
    VALID = "valid"
    INVALID = "invalid"
    NONE = "none"


TRUSTED = "unchanged since it was signed, and the signer's certificate leads to one in your trust folder"
SIGNED_HERE = "signed on this machine: shows the file is unchanged; nobody has verified who signed"
SIGNED_ELSEWHERE = "signed with a certificate that nobody has verified: shows the file is unchanged, not who signed"
CHANGED = "changed after it was signed, or its credentials are damaged: do not rely on what they say"
EXPIRED = "the signer's certificate has expired: whether it was signed before that can't be told"
UNSIGNED = "no content credentials: nothing is known of how this file was made"


@dataclass(frozen=True)
class Verification:
    """What a file's credentials say and how far that can be relied on.

    Attributes:
        signed: there are credentials, be they valid or not.
        digital_source_type: full IPTC address; None where none is stated.
        squeeze: pixels of the 512 px aligned face; None unless the studio made the file.
        squeeze_keys: moments (seconds, pixels) between which the squeeze went evenly instead; mostly none.
        swept: the squeezes side by side in a picture of a sweep, in place of one.
        model: SHA-256 of the checkpoint.
        identities: names of the persons shown, the target first.
        label: text of the visible label; None where there is none.
        driver: title of the parent ingredient.
        wording: one sentence for the user.
        problems: C2PA's codes of what failed, without "untrusted".
        sidecar: the credentials lie in a file beside this one.
    """

    signed: bool
    state: State
    wording: str
    digital_source_type: str | None = None
    squeeze: float | None = None
    squeeze_method: str | None = None
    squeeze_keys: tuple[tuple[float, float], ...] = ()
    swept: tuple[float, ...] = ()
    model: str | None = None
    identities: tuple[str, ...] = ()
    scope: str | None = None
    rule: str | None = None
    label: str | None = None
    no_label_reason: str | None = None
    driver: str | None = None
    software: str | None = None
    problems: tuple[str, ...] = ()
    sidecar: bool = False

    @property
    def squeeze_words(self) -> str:
        """By how much the masks were squeezed, in words; empty where nothing is said of it."""
        amounts = ", ".join(f"{pixels:g} px at {seconds:g} s" for seconds, pixels in self.squeeze_keys)
        if self.swept:
            amounts = f"{min(self.swept):g} to {max(self.swept):g} px side by side"
        elif not amounts and self.squeeze is not None:
            if self.squeeze == 0:
                return "not squeezed"
            amounts = f"{self.squeeze:g} px"
        return f"{amounts} of the 512 px face ({self.squeeze_method})" if amounts else ""


def without_credentials() -> Verification:
    """The outcome for a file without credentials."""
    return Verification(signed=False, state=State.NONE, wording=UNSIGNED)


def unreadable() -> Verification:
    """The outcome for a file whose credentials are there and can't be read."""
    return Verification(signed=True, state=State.INVALID, wording=CHANGED, problems=("unreadable",))


def describe(store: dict[str, Any], state: State, wording: str, *, sidecar: bool) -> Verification:
    """Put what a manifest store says into a record; whatever has another shape than expected is left out."""
    manifests = list(_lineage(store))
    swap = next((data for m in manifests for data in _assertions(m, SWAP_ASSERTION)), {})
    squeeze, people = swap.get("squeeze"), swap.get("identities")
    people = people if isinstance(people, list) else []
    names = (_text(person, "name") for person in people)
    return Verification(
        signed=True,
        state=state,
        wording=wording,
        digital_source_type=next((t for m in manifests for t in _source_types(m)), None),
        squeeze=_number(squeeze, "aligned_face"),
        squeeze_method=_text(squeeze, "method"),
        squeeze_keys=_keys(squeeze),
        swept=_swept(squeeze),
        model=_text(swap, "model"),
        identities=tuple(name for name in names if name),
        scope=_text(swap, "scope"),
        rule=_text(swap, "rule"),
        label=_text(swap, "label"),
        no_label_reason=_text(swap, "no_label_reason"),
        driver=_text(swap.get("driver"), "title"),
        software=next((name for m in manifests for name in _generators(m)), None),
        problems=failures(store),
        sidecar=sidecar,
    )


def failures(store: dict[str, Any]) -> tuple[str, ...]:
    """C2PA's codes of what failed; an unknown signer is no failure."""
    found = (_text(status, "code") for status in store.get("validation_status") or [])
    return tuple(code for code in found if code and code != "signingCredential.untrusted")


def _lineage(store: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The active manifest, its parent's and so on: a later tool's edit does not hide that a file was swapped."""
    manifests, seen = store.get("manifests") or {}, set()
    name = store.get("active_manifest")
    while isinstance(name, str) and name in manifests and name not in seen:
        seen.add(name)
        yield manifests[name]
        parents = (i for i in manifests[name].get("ingredients") or [] if i.get("relationship") == "parentOf")
        name = next((parent.get("active_manifest") for parent in parents), None)


def _assertions(manifest: dict[str, Any], label: str) -> Iterator[dict[str, Any]]:
    for assertion in manifest.get("assertions") or []:
        data = assertion.get("data")
        if str(assertion.get("label", "")).startswith(label) and isinstance(data, dict):
            yield data


def _source_types(manifest: dict[str, Any]) -> Iterator[str]:
    for data in _assertions(manifest, "c2pa.actions"):
        for action in data.get("actions") or []:
            if found := _text(action, "digitalSourceType"):
                yield found


def _generators(manifest: dict[str, Any]) -> Iterator[str]:
    for info in manifest.get("claim_generator_info") or []:
        if name := _text(info, "name"):
            yield f"{name} {_text(info, 'version') or ''}".strip()


def _keys(squeeze: object) -> tuple[tuple[float, float], ...]:
    keys = [(_number(key, "seconds"), _number(key, "pixels")) for key in _list(squeeze, "keyframes")]
    return tuple((seconds, pixels) for seconds, pixels in keys if seconds is not None and pixels is not None)


def _swept(squeeze: object) -> tuple[float, ...]:
    amounts = _list(squeeze, "swept")
    return tuple(float(word) for word in amounts if isinstance(word, str) and word.isdecimal())


def _list(data: object, key: str) -> list[Any]:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, list) else []


def _text(data: object, key: str) -> str | None:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, str) else None


def _number(data: object, key: str) -> float | None:
    value = data.get(key) if isinstance(data, dict) else None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
