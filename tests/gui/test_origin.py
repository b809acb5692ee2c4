"""Where did this come from: files that are dropped on the window."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel, QWidget

from studio.core.pictures import write_png
from studio.core.project import Project
from studio.core.records import Basis, Scope
from studio.core.resources import assets
from studio.provenance.credentials import Claim, Person, sign
from studio.provenance.fingerprints import Fingerprints, fingerprint
from studio.video.read import read_frame_at
from tests.gui.panels.facesets.dropping import dropped

CLIP = assets() / "sample" / "tomas.mp4"
BOX = (150, 100, 330, 350)


@pytest.fixture(scope="module")
def swap():
    """A frame of the sample, and the same with another face."""
    driver = read_frame_at(CLIP, 1.0).image
    other = read_frame_at(CLIP.with_name("mira.mp4"), 1.0).image
    left, top, right, bottom = BOX
    image = driver.copy()
    image[top:bottom, left:right] = other[top:bottom, left:right]
    return driver, image


@pytest.fixture
def signed(swap, tmp_path):
    """The swapped frame, signed as an export."""
    people = (
        Person("mira", "target", Basis.SYNTHETIC, Scope.RESEARCH),
        Person("tomas", "driver", Basis.SYNTHETIC, Scope.RESEARCH),
    )
    claim = Claim(
        title="swap.png", driver=CLIP, persons=people, model="ab" * 32, facesets={}, squeeze=15,
        squeeze_method="erode", label="AI-modified",
    )  # fmt: skip
    write_png(tmp_path / "plain.png", swap[1])
    return sign(tmp_path / "plain.png", tmp_path / "swap.png", claim)


def drop(window, path):
    """Drop a file where no panel takes it: onto the menus."""
    assert dropped(window, QPoint(5, 5), path)


def told(qtbot, window, title):
    """Wait for the answer, and give all that is said of the file."""
    qtbot.waitUntil(lambda: window.findChild(QLabel, "origin.title").text() == title, timeout=60_000)
    facts = window.findChild(QWidget, "origin.facts").findChildren(QLabel)
    said = {label.accessibleName(): label.toolTip() for label in facts if label.accessibleName()}
    return window.findChild(QLabel, "origin.words").text(), said


def test_the_panel_says_what_it_is_for_before_anything_is_asked(qtbot, opened):
    opened.actions_table["view.origin"].trigger()
    qtbot.waitUntil(lambda: opened.findChild(QWidget, "panel.origin").isVisible())
    assert opened.findChild(QLabel, "origin.title").text() == "Where did this come from?"
    assert "Drop a video or a picture" in opened.findChild(QLabel, "origin.words").text()


def test_a_dropped_export_shows_what_its_credentials_say(qtbot, opened, signed):
    drop(opened, signed)
    assert opened.findChild(QWidget, "panel.origin").isVisible()
    assert opened.findChild(QLabel, "origin.file").text() == "swap.png"
    words, said = told(qtbot, opened, "A swap, unchanged since it was signed")
    assert "nobody has verified who signed" in words
    assert (said["Identities"], said["Driver"], said["Label"]) == ("mira, tomas", "tomas.mp4", "AI-modified")
    assert said["Squeeze"] == "15 px of the 512 px face (erode)"
    assert said["Network"] == "ab" * 32


def test_a_changed_export_is_not_relied_on(qtbot, opened, signed):
    data = bytearray(signed.read_bytes())
    data[data.index(b"IDAT") + 2000] ^= 1
    signed.write_bytes(data)
    drop(opened, signed)
    words, _ = told(qtbot, opened, "Changed after it was signed")
    assert "do not rely" in words


def test_a_copy_without_credentials_is_known_by_its_look_and_the_driver_is_not(qtbot, opened, folder, swap, tmp_path):
    driver, image = swap
    with Project(folder) as project:
        prints = Fingerprints.of([fingerprint(image, driver, np.array(BOX))]).packed()
        project.store.exports.begin("exports/swap.png", str(CLIP), "a-run", (), None, {}, prints)
    write_png(tmp_path / "copy.png", np.ascontiguousarray(image[::2, ::2]))
    drop(opened, tmp_path / "copy.png")
    words, said = told(qtbot, opened, "A copy of an export of this project, without its credentials")
    assert "1 of 1 frames looked at show the faces of exports/swap.png" in words
    assert (said["Export"], said["Training"]) == ("exports/swap.png", "a-run")
    write_png(tmp_path / "driver.png", driver)
    drop(opened, tmp_path / "driver.png")
    told(qtbot, opened, "Nothing is known of this file")


def test_a_picture_cut_off_after_it_was_signed_still_gets_its_answer(qtbot, opened, folder, swap, signed, tmp_path):
    driver, image = swap
    with Project(folder) as project:
        prints = Fingerprints.of([fingerprint(image, driver, np.array(BOX))]).packed()
        project.store.exports.begin("exports/swap.png", str(CLIP), "a-run", (), None, {}, prints)
    data = signed.read_bytes()
    signed.write_bytes(data[: data.index(b"IDAT") + 200])
    drop(opened, signed)
    words, _ = told(qtbot, opened, "Changed after it was signed")
    assert "do not rely" in words
    assert "can't be compared with the project's exports" in words


def test_what_is_no_picture_is_refused_with_what_to_do(qtbot, opened, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    drop(opened, tmp_path / "notes.txt")
    title = opened.findChild(QLabel, "origin.title")
    qtbot.waitUntil(lambda: "notes.txt" in title.text(), timeout=60_000)
    assert "media." in opened.findChild(QLabel, "origin.words").text()


def test_a_window_that_closes_waits_for_no_answer(qtbot, window):
    drop(window, CLIP)
    origin = window.findChild(QWidget, "panel.origin").widget().origin
    assert origin.asking
    window.leave()
    assert not origin.asking
