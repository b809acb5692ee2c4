"""`studio models list|check|fetch|import`: weights."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from cyclopts import App

from studio.cli.output import Output
from studio.cli.progress import display
from studio.cli.watching import Watching
from studio.zoo.keys import check_keys
from studio.zoo.shelf import Row, Shelf

app = App(name="models", help="Weights: what there is, where it comes from, is it here and intact.")


@app.default
@app.command(name="list")
def list_() -> Output:
    """Show the weights the studio knows, with their licences."""
    return _listed(Shelf().status())


@app.command
def check() -> Output:
    """Read every file of weights again and show whether its content is what it should be."""
    return _listed(Shelf().status(afresh=True))


@app.command
def fetch(name: str, /) -> Output:
    """Download weights; goes on where an earlier download broke off.

    Parameters
    ----------
    name
        As studio models lists it.
    """
    shelf = Shelf()
    with display() as shown:
        path = shelf.fetch(name, Watching(shown))
    return _gained(shelf, name, path)


@app.command(name="import")
def import_(name: str, file: Path, /) -> Output:
    """Take weights that were downloaded elsewhere, if they are what they should be.

    Parameters
    ----------
    name
        As studio models lists it.
    file
        The downloaded file; it stays where it is.
    """
    shelf = Shelf()
    return _gained(shelf, name, shelf.import_file(name, file, check_keys))


def _listed(rows: list[Row]) -> Output:
    table = [(row.name, row.state.value, row.licence, row.title) for row in rows]
    hints = [f"{row.name}: {row.hint}" for row in rows if row.hint]
    return Output({"models": [asdict(row) for row in rows]}, hints, [("name", "state", "licence", "what"), *table])


def _gained(shelf: Shelf, name: str, path: Path) -> Output:
    row = next(row for row in shelf.status() if row.name == name)
    return Output({"models": [asdict(row)]}, [f"{name} is here: {path}", f"Licence: {row.licence}. {row.terms}"])
