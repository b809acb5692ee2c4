"""The engines of a test, in the order `analyse` takes them."""

from __future__ import annotations

from typing import NamedTuple

from studio.faces.protocols import FaceFinder, IdentityEncoder, Parser


class Engines(NamedTuple):
    """Finder, parser and encoder."""

    finder: FaceFinder
    parser: Parser
    encoder: IdentityEncoder
