"""The guide in the window."""

import re

from PySide6.QtWidgets import QComboBox, QTextBrowser, QWidget

from studio.core.errors import StudioError
from studio.core.resources import assets
from studio.ui.guide import PAGES


def test_f1_opens_the_guide_and_every_page_can_be_read(qtbot, window):
    window.actions_table["help.guide"].trigger()
    qtbot.waitUntil(lambda: window.findChild(QWidget, "panel.guide").isVisible())
    text, pages = window.findChild(QTextBrowser, "guide.text"), window.findChild(QComboBox, "guide.pages")
    titles = []
    for number in range(pages.count()):
        pages.setCurrentIndex(number)
        pages.activated.emit(number)
        titles.append(text.toPlainText().split("\n")[0])
    assert titles == [
        "First steps",
        "Facesets",
        "Training",
        "Watching a training",
        "Blending and exporting",
        "Error codes",
    ]


def test_links_and_pictures_of_the_guide_lead_somewhere():
    folder = assets() / "guide"
    for name in PAGES:
        for target in re.findall(r"\]\(([^)]+)\)", (folder / f"{name}.md").read_text(encoding="utf-8")):
            assert (folder / target).is_file(), f"{name}.md: {target}"


def test_the_guide_explains_what_every_kind_of_error_is_about():
    explained = set(re.findall(r"`(\w+)`", (assets() / "guide" / "errors.md").read_text(encoding="utf-8")))
    kinds, waiting = set(), [StudioError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        kinds.add(kind.code)
    assert kinds - {"error"} <= explained
