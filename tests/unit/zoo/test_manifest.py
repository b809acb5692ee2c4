"""The manifest: complete, consistent, and each entry with a card of its own."""

from __future__ import annotations

import re

import pytest

from studio.core.errors import WeightsError
from studio.zoo.manifest import Location, load_manifest

MANIFEST = load_manifest()
RELEASED = ("fan-2d", "s3fd", "bisenet", "vgg16", "efficientnet-b0", "efficientnet-b4", "realforensics")
ENTRY = """
[x]
title = "X"
role = "detector"
file = "x.pth"
location = "download"
url = "https://example.org/x.pth"
page = "https://example.org"
licence = "MIT"
trained_on = "nothing"
terms = "none"
"""


def test_the_manifest_names_what_the_engines_ask_for():
    assert set(RELEASED) <= set(MANIFEST)
    assert {name for name, weights in MANIFEST.items() if weights.location is Location.PACKAGE}


@pytest.mark.parametrize("name", MANIFEST)
def test_every_entry_has_a_card_that_says_the_same(name):
    weights, text = MANIFEST[name], MANIFEST[name].card.read_text(encoding="utf-8")
    for heading in ("Source", "Licence", "Trained on", "Limits", "How to get it"):
        assert f"## {heading}" in text
    for fact in (weights.file, weights.page, weights.licence, weights.sha256):
        assert fact in text


def test_there_is_no_card_without_an_entry_but_that_of_the_polygons():
    cards = {path.stem for path in MANIFEST["s3fd"].card.parent.glob("*.md")}
    assert cards - set(MANIFEST) == {"polygons"}


@pytest.mark.parametrize("name", MANIFEST)
def test_a_hash_in_a_file_name_opens_the_hash_of_the_file(name):
    weights = MANIFEST[name]
    in_name = re.search(r"-([0-9a-f]{8,10})\.pth", weights.file)
    assert (in_name[1] if in_name else "") == weights.sha256_prefix
    assert weights.sha256.startswith(weights.sha256_prefix)


def test_the_landmark_model_is_not_offered_for_commercial_use():
    assert MANIFEST["dlib-landmarks-68"].commercial is False
    assert "non-commercial" in MANIFEST["dlib-landmarks-68"].card.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "broken",
    [
        "not toml",
        ENTRY,
        ENTRY + 'sha256 = "abc"',
        ENTRY + f'sha256 = "{"0" * 64}"\nsha256_prefix = "1"',
        ENTRY + f'sha256 = "{"0" * 64}"\nsurprise = 1',
        ENTRY.replace("x.pth", "../x.pth", 1) + f'sha256 = "{"0" * 64}"',
        "x = 1",
    ],
)
def test_a_manifest_that_is_wrong_is_refused(tmp_path, broken):
    path = tmp_path / "manifest.toml"
    path.write_text(broken)
    with pytest.raises(WeightsError):
        load_manifest(path)


def test_a_manifest_that_is_right_is_read(tmp_path):
    path = tmp_path / "manifest.toml"
    path.write_text(ENTRY + f'sha256 = "{"0" * 64}"')
    assert load_manifest(path)["x"].commercial is None
