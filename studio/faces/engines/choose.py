"""Which engines run: the paper's where their weights are, else the embedded ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.core.errors import UsageError, WeightsError
from studio.faces.protocols import Engines, FaceFinder, IdentityEncoder, Parser

FindWeights = Callable[[str], Path | None]


def choose(engine: str, weights: FindWeights) -> Engines:
    """Load the engines for `engine`.

    - `auto`: each of finder, parser and encoder is the paper's where its weights are there, else the embedded one;
    - `fan`: the same, but the finder must be FAN;
    - `dlib`: the embedded ones, whatever weights are there.

    Args:
        engine: auto, fan or dlib.
        weights: gives the path of intact released weights by their name in the manifest, or None.

    Raises:
        UsageError: there is no such engine.
        WeightsError: `fan` was asked for and its weights are missing, or a file holds another network.
    """
    _check(engine)
    if engine == "dlib":
        return Engines(_embedded_finder(), _embedded_parser(), _embedded_encoder())
    return Engines(_finder(weights, required=engine == "fan"), _parser(weights), _encoder(weights))


def chosen(engine: str, weights: FindWeights) -> str:
    """The names (finder+parser+encoder) of what `choose` would load, without loading it.

    Raises:
        UsageError: there is no such engine.
        WeightsError: `fan` was asked for and its weights are missing.
    """
    _check(engine)
    if engine == "dlib":
        return "+".join(kinds[-1] for kinds in available(weights).values())
    if engine == "fan":
        _finder_weights(weights, required=True)
    return "+".join(kinds[0] for kinds in available(weights).values())


def named(names: str, weights: FindWeights) -> Engines:
    """Load exactly the engines recorded as `names` (finder+parser+encoder), so that they fit faces found earlier.

    Raises:
        WeightsError: the weights of one are no longer here.
        UsageError: this version does not know one.
    """
    finders = {"fan": lambda: _finder(weights, required=True), "dlib68": _embedded_finder}
    parsers = {"bisenet": lambda: _parser(weights), "polygons": _embedded_parser}
    encoders = {"vgg16": lambda: _encoder(weights), "dlib-resnet": _embedded_encoder}
    try:
        finder, parser, encoder = names.split("+")
        engines = Engines(finders[finder](), parsers[parser](), encoders[encoder]())
    except (KeyError, ValueError) as error:
        raise UsageError(
            f"This version does not know the engines {names!r}.", hint="Update Faceswap Studio.", code="usage.engine"
        ) from error
    if engines.names != names:
        raise WeightsError(
            f"The faces were found with {names}, and some of its weights are no longer here.",
            hint="See studio models for how to get them back.",
            code="weights.missing",
        )
    return engines


def available(weights: FindWeights) -> dict[str, list[str]]:
    """The engines that can run here by what they do, the one `auto` takes first."""
    fan = all(weights(name) is not None for name in ("fan-2d", "s3fd"))
    return {
        "finder": [*(["fan"] if fan else []), "dlib68"],
        "parser": [*(["bisenet"] if weights("bisenet") is not None else []), "polygons"],
        "encoder": [*(["vgg16"] if weights("vgg16") is not None else []), "dlib-resnet"],
    }


def _check(engine: str) -> None:
    if engine not in ("auto", "fan", "dlib"):
        raise UsageError(f"There is no engine {engine!r}.", hint="Engines: auto, fan, dlib.", code="usage.engine")


# Engines are imported where they are chosen: torch and its like take seconds that the embedded engines need not pay.


def _finder(weights: FindWeights, *, required: bool) -> FaceFinder:
    paths = _finder_weights(weights, required=required)
    if paths is None:
        return _embedded_finder()
    from studio.faces.engines.fan import FanFinder

    return FanFinder(*paths)


def _finder_weights(weights: FindWeights, *, required: bool) -> tuple[Path, Path] | None:
    """FAN's landmark and detector weights, where both are here."""
    paths = {name: weights(name) for name in ("fan-2d", "s3fd")}
    landmarks, detector = paths["fan-2d"], paths["s3fd"]
    if landmarks is not None and detector is not None:
        return landmarks, detector
    if required:
        missing = [name for name, path in paths.items() if path is None]
        raise WeightsError(
            f"The engine 'fan' needs weights that are not here: {', '.join(missing)}.",
            hint=" ".join(["Run", *(f"`studio models fetch {name}`" for name in missing), "or use --engine dlib."]),
            code="weights.missing",
        )
    return None


def _parser(weights: FindWeights) -> Parser:
    path = weights("bisenet")
    if path is None:
        return _embedded_parser()
    from studio.faces.engines.bisenet import BisenetParser

    return BisenetParser(path)


def _encoder(weights: FindWeights) -> IdentityEncoder:
    path = weights("vgg16")
    if path is None:
        return _embedded_encoder()
    from studio.faces.engines.vgg16 import Vgg16Encoder

    return Vgg16Encoder(path)


def _embedded_finder() -> FaceFinder:
    from studio.faces.engines.dlib68 import DlibFinder

    return DlibFinder()


def _embedded_parser() -> Parser:
    from studio.faces.engines.polygons import PolygonParser

    return PolygonParser()


def _embedded_encoder() -> IdentityEncoder:
    from studio.faces.engines.dlib_identity import DlibEncoder

    return DlibEncoder()
