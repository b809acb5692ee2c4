"""Downloads that go on where they were cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pooch

from studio.core.errors import WeightsError
from studio.core.files import sha256, whole_file
from studio.core.reporter import Reporter
from studio.zoo.manifest import Weights

_BLOCK = 1 << 18
_TIMEOUT = (15, 60)


def partial(folder: Path, weights: Weights) -> Path:
    """Where the beginning of an unfinished download waits."""
    return folder / f"{weights.file}.download"


def download(weights: Weights, target: Path, reporter: Reporter) -> str:
    """Fetch `weights` to `target`, going on with what an earlier attempt got; it is named only once its hash is right.

    Returns:
        The file's SHA-256.

    Raises:
        WeightsError: no connection or no such file (weights.network), or a wrong hash (weights.hash).
        StorageError: the disk is full or can't be written.
        Stopped: the user asked to stop; what has come stays for the next time.
    """
    pooch.get_logger().setLevel("WARNING")
    resuming = _ResumingDownloader(partial(target.parent, weights), weights.name, reporter)
    with _network_errors(weights), whole_file(target) as whole:
        # pooch can compare whole hashes only: `check_hash` knows what to do with the start of one.
        pooch.retrieve(weights.url, known_hash=None, fname=whole.name, path=whole.parent, downloader=resuming)
        digest = sha256(whole)
        check_hash(weights, digest)
    return digest


def check_hash(weights: Weights, digest: str) -> None:
    """Compare a file's SHA-256 with all that is known of it.

    Raises:
        WeightsError: weights.hash; the sentence names both.
    """
    if not digest.startswith(weights.expected_hash):
        expected = weights.expected_hash + ("" if weights.sha256 else "...")
        raise WeightsError(
            f"This is not {weights.file}: its SHA-256 is {digest}, and {expected} was expected.",
            hint=f"The file is damaged or another one. Get it from {weights.page}",
            code="weights.hash",
        )


class _ResumingDownloader:
    """A downloader for pooch that keeps what has come in a file of its own and asks for the rest."""

    def __init__(self, part: Path, name: str, reporter: Reporter) -> None:
        self._part = part
        self._name = name
        self._reporter = reporter

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:  # noqa: ARG002
        """Complete the partial file, then give its content the name pooch wants."""
        self._complete(url)
        self._part.replace(output_file)

    def _complete(self, url: str) -> None:
        import requests  # slow, and needed nowhere else

        have = self._part.stat().st_size if self._part.exists() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                total = _total(answer.headers.get("Content-Range"))
                if have != total:
                    self._part.unlink()
                    self._complete(url)
                return
            answer.raise_for_status()
            resumed = answer.status_code == requests.codes.partial_content
            have = have if resumed else 0
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            with self._part.open("ab" if resumed else "wb") as file:
                self._receive(answer, file, have, total)

    def _receive(self, answer: Any, file: IO[bytes], have: int, total: int | None) -> None:
        self._reporter.progress(f"fetch {self._name}", have, total)
        for block in answer.iter_content(_BLOCK):
            file.write(block)
            have += len(block)
            self._reporter.progress(f"fetch {self._name}", have, total)
            self._reporter.check()


def _total(content_range: str | None) -> int | None:
    found = re.fullmatch(r"bytes \*/(\d+)", content_range or "")
    return int(found[1]) if found else None


@contextmanager
def _network_errors(weights: Weights) -> Iterator[None]:
    import requests

    try:
        yield
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else "an error"
        raise _unreachable(weights, f"the server answered {status}") from error
    except requests.RequestException as error:
        host = urlsplit(weights.url).hostname
        raise _unreachable(weights, f"there is no connection to {host}, or it broke off") from error


def _unreachable(weights: Weights, reason: str) -> WeightsError:
    return WeightsError(
        f"{weights.file} could not be downloaded: {reason}.",
        hint=f"Try again (what has come is kept), or get {weights.url} on another machine and run: "
        f"studio models import {weights.name} FILE",
        code="weights.network",
    )
