"""Typed settings: their bounds and help serve the command line and the window alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import SkipJsonSchema

from studio.core.errors import UsageError

# A class, and to the type checker more than one.
_SKIPPED: Any = SkipJsonSchema


class Settings(BaseModel):
    """Base of all settings: frozen, unknown keys refused, every field with a description and bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @classmethod
    def build(cls, values: Mapping[str, Any]) -> Self:
        """Validate `values` (strings are converted as by the command line).

        Raises:
            UsageError: an unknown key or a value out of bounds; names the key and what it takes.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise explained(error, cls) from error

    def changed(self, values: Mapping[str, Any]) -> Self:
        """These settings with `values` in place of some of them, validated again."""
        return type(self).build({**self.model_dump(), **values})


def explained(error: ValidationError, settings: type[BaseModel] | None = None) -> UsageError:
    """The first complaint of `error` as a sentence; the hint is the description of the setting."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or error.title
    fields = {name: field for name, field in (settings.model_fields if settings else {}).items() if not _hidden(field)}
    if first["type"] == "extra_forbidden":
        return UsageError(f"There is no setting {key!r}.", hint=f"Settings: {', '.join(fields)}.", code="usage.setting")
    field = fields.get(key)
    return UsageError(
        f"The setting {key!r} does not take {first['input']!r}: {first['msg']}.",
        hint=(field.description or "") if field else "",
        code="usage.setting",
    )


def _hidden(field: FieldInfo) -> bool:
    """Whether a setting is nobody's to give."""
    return any(isinstance(mark, _SKIPPED) for mark in field.metadata)


def assignments(pairs: Iterable[str]) -> dict[str, str]:
    """Read KEY=VALUE words.

    Raises:
        UsageError: a word without an equals sign, or a key given twice.
    """
    values: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key = key.strip()
        if not equals or not key:
            raise UsageError(f"{pair!r} is not KEY=VALUE.", hint="For example: --set batch_size=8.")
        if key in values:
            raise UsageError(f"The setting {key!r} was given twice.", hint="Give each setting once.")
        values[key] = value.strip()
    return values
