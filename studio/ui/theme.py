"""How the window looks: tokens, palette, style sheet, fonts and icons."""

from __future__ import annotations

import re
import tomllib
from functools import cache

import qtawesome
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from studio.app.settings import ThemeName
from studio.core.resources import assets

SIZES = {"small": 11, "body": 13, "title": 15, "display": 20}
_TOKEN = re.compile(r"@(\w+)")
_Role = QPalette.ColorRole


class Theme(QObject):
    """The tokens in force and what is made of them.

    Attributes:
        name: which theme it is.
        changed: it is another one; whoever paints by tokens paints anew.
    """

    changed = Signal()

    def __init__(self, name: ThemeName = ThemeName.DARK, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = name

    def colour(self, token: str) -> QColor:
        """The colour that `token` stands for.

        Raises:
            KeyError: no theme has such a token.
        """
        return QColor(tokens(self.name)[token])

    def font(self, role: str = "body") -> QFont:
        """The font for small (11 px), body (13), title (15) or display (20) text; figures are as wide as each other."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        font.setPixelSize(SIZES[role])
        if role in ("title", "display"):
            font.setWeight(QFont.Weight.DemiBold)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def choose(self, name: ThemeName) -> None:
        """Put the theme called `name` in force."""
        if name != self.name:
            self.name = name
            application = QApplication.instance()
            assert isinstance(application, QApplication)
            self.apply(application)

    def apply(self, application: QApplication) -> None:
        """Give `application` the palette, the style sheet and the font."""
        application.setStyle("Fusion")
        application.setPalette(self.palette())
        application.setFont(self.font())
        application.setStyleSheet(self.style_sheet())
        self.changed.emit()

    def palette(self) -> QPalette:
        """The colours of what no style sheet reaches."""
        palette = QPalette()
        for role, token in _ROLES.items():
            palette.setColor(role, self.colour(token))
        for role in (_Role.Text, _Role.WindowText, _Role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.colour("disabled"))
        return palette

    def style_sheet(self) -> str:
        """The style sheet with this theme's colours in it."""
        words = {**tokens(self.name), "icons": (assets() / "icons" / self.name.value).as_posix()}
        return _TOKEN.sub(lambda match: words[match[1]], _sheet())


def icon(theme: Theme, name: str, token: str = "text") -> QIcon:
    """The icon called `name` in the colour of `token`, dimmed where it is disabled."""
    made: QIcon = qtawesome.icon(name, color=theme.colour(token), color_disabled=theme.colour("disabled"))
    return made


@cache
def tokens(name: ThemeName) -> dict[str, str]:
    """The colours of a theme by token, as #rrggbb."""
    return tomllib.loads((assets() / "theme" / f"{name.value}.toml").read_text(encoding="utf-8"))


@cache
def _sheet() -> str:
    return (assets() / "theme" / "style.qss").read_text(encoding="utf-8")


_ROLES = {
    _Role.Window: "panel",
    _Role.Base: "window",
    _Role.AlternateBase: "panel",
    _Role.Button: "raised",
    _Role.ToolTipBase: "raised",
    _Role.Text: "text",
    _Role.WindowText: "text",
    _Role.ButtonText: "text",
    _Role.ToolTipText: "text",
    _Role.PlaceholderText: "muted",
    _Role.Highlight: "accent",
    _Role.HighlightedText: "accent_text",
    _Role.Link: "accent",
    _Role.Mid: "line",
    _Role.Midlight: "line",
    _Role.Dark: "window",
    _Role.Shadow: "window",
    _Role.Light: "raised",
}
