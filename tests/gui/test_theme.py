"""Themes: what is written can be read, and the keys' focus is seen."""

import itertools

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)  # fmt: skip

from studio.app.settings import ThemeName
from studio.ui.theme import SIZES, Theme, icon, tokens

_SURFACES = ("window", "panel", "raised", "hover")
_WORDS = ("text", "muted", "kept", "rejected", "doubtful", "unseen", "accent", "plot_a", "plot_b")


def _luminance(colour):
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """WCAG's contrast ratio of two colours."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", list(ThemeName))
def test_every_word_can_be_read_on_every_surface(name):
    colours = tokens(name)
    pairs = [*itertools.product(_WORDS, _SURFACES), ("text", "viewer"), ("muted", "viewer"), ("accent_text", "accent")]
    poor = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs
            if contrast(colours[pair[0]], colours[pair[1]]) < 4.5}  # fmt: skip
    assert not poor


@pytest.mark.parametrize("name", list(ThemeName))
def test_the_focus_ring_stands_out_from_every_surface(name):
    colours = tokens(name)
    assert all(contrast(colours["focus"], colours[surface]) >= 4.5 for surface in _SURFACES)
    assert contrast(colours["focus"], colours["line"]) >= 3


def test_all_themes_have_the_same_tokens():
    assert len({frozenset(tokens(name)) for name in ThemeName}) == 1


@pytest.mark.parametrize("name", ["window", "panel", "raised", "line", "text", "muted"])
def test_the_dark_greys_have_no_tint(name):
    colour = tokens(ThemeName.DARK)[name]
    assert colour[1:3] == colour[3:5] == colour[5:7]


@pytest.mark.parametrize("name", list(ThemeName))
def test_the_style_sheet_is_whole_and_its_pictures_are_there(qapp, name):
    sheet = Theme(name).style_sheet()
    assert "@" not in sheet
    pictures = [part.split('"')[0] for part in sheet.split('url("')[1:]]
    from pathlib import Path

    assert pictures
    assert all(Path(picture).is_file() for picture in pictures)


def test_another_theme_paints_everything_anew(qtbot, qapp, theme):
    label = QLabel("Some words")
    qtbot.addWidget(label)
    label.show()
    before = label.grab().toImage()
    with qtbot.waitSignal(theme.changed):
        theme.choose(ThemeName.LIGHT)
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == tokens(ThemeName.LIGHT)["panel"]
    assert label.grab().toImage() != before


@pytest.mark.parametrize(
    "kind", [QPushButton, QToolButton, QLineEdit, QCheckBox, QComboBox, QSpinBox, QSlider, QListWidget]
)
def test_the_widget_that_has_the_keys_has_a_ring(qtbot, theme, kind):
    window = QWidget()
    qtbot.addWidget(window)
    widget, other = kind(window), QLineEdit(window)
    widget.setGeometry(0, 0, 120, 40)
    other.setGeometry(0, 50, 120, 40)
    window.show()
    qtbot.waitExposed(window)

    def rim():
        image = widget.grab().toImage()
        return {image.pixelColor(x, 0).name() for x in range(8, image.width() - 8)}

    other.setFocus()
    assert tokens(ThemeName.DARK)["focus"] not in rim()
    widget.setFocus()
    qtbot.waitUntil(lambda: rim() == {tokens(ThemeName.DARK)["focus"]})


def test_text_has_four_sizes(theme):
    assert [theme.font(role).pixelSize() for role in SIZES] == [11, 13, 15, 20]


def test_figures_are_as_wide_as_each_other(theme):
    from PySide6.QtGui import QFontMetrics

    widths = {QFontMetrics(theme.font()).horizontalAdvance(figure * 8) for figure in "0123456789"}
    assert len(widths) == 1


def test_text_is_drawn(qtbot, theme):
    label = QLabel("Words")
    qtbot.addWidget(label)
    image = label.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert len(colours) > 8


def test_icons_have_the_colour_of_their_token(theme):
    image = icon(theme, "mdi6.check", "kept").pixmap(QSize(32, 32)).toImage()
    strongest = max(
        (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())), key=lambda c: c.alpha()
    )
    assert strongest.name() == tokens(ThemeName.DARK)["kept"]
