"""The user's handbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QResizeEvent, QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QComboBox, QTextBrowser, QVBoxLayout, QWidget

from studio.core.resources import assets

# In the order of reading: file without its ending, and title.
PAGES = {
    "start": "First steps",
    "facesets": "Facesets",
    "training": "Training",
    "watching": "Watching a training",
    "blending": "Blending and exporting",
    "errors": "Error codes",
}
_MARGIN = 24
_SPACE = 8
# Percent of the font's own.
_LEADING = 115


class GuideView(QWidget):
    """The pages of the guide; links lead from one to the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pages = QComboBox(objectName="guide.pages", accessibleName="Page of the guide", toolTip="Choose a page")
        for name, title in PAGES.items():
            self.pages.addItem(title, name)
        self.text = _Pages(objectName="guide.text", accessibleName="Guide")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.pages)
        layout.addWidget(self.text, 1)
        self.pages.activated.connect(lambda _index: self.show_page(self.pages.currentData()))
        self.text.sourceChanged.connect(self._on_source)

    def show_page(self, name: str) -> None:
        """Show the page called `name`, a key of `PAGES`."""
        self.text.setSource(
            QUrl.fromLocalFile(str(_folder() / f"{name}.md")), QTextDocument.ResourceType.MarkdownResource
        )

    def showEvent(self, event: Any) -> None:
        """Read the first page when the guide is opened first."""
        super().showEvent(event)
        if self.text.source().isEmpty():
            self.show_page(next(iter(PAGES)))

    def _on_source(self, source: QUrl) -> None:
        self.pages.setCurrentIndex(max(0, self.pages.findData(Path(source.path()).stem)))


class _Pages(QTextBrowser):
    """Markdown whose pictures are as wide as the column at the most."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.setSearchPaths([str(_folder())])
        self.setOpenExternalLinks(True)
        self.setTabChangesFocus(True)
        # A bar that came and went with the length of a page would change the column while the page is being read.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._width = 0

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """A page, or a picture scaled to the column."""
        name = QUrl(name)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        path = Path(name.toLocalFile()) if name.isLocalFile() else _folder() / name.path()
        image = QImage(str(path))
        ratio = self.devicePixelRatioF()
        room = round((self.viewport().width() - _MARGIN) * ratio)
        if image.width() > room > 0:
            image = image.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
        image.setDevicePixelRatio(ratio)
        return image

    def doSetSource(
        self, name: QUrl | str, kind: QTextDocument.ResourceType = QTextDocument.ResourceType.UnknownResource
    ) -> None:
        """Show a page, its paragraphs and list items apart: Markdown brings no space between them."""
        super().doSetSource(name, kind)
        block = self.document().begin()
        while block.isValid():
            form = block.blockFormat()
            form.setBottomMargin(_SPACE)
            form.setLineHeight(_LEADING, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            QTextCursor(block).setBlockFormat(form)
            block = block.next()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scale the pictures anew."""
        super().resizeEvent(event)
        if self.viewport().width() != self._width and not self.source().isEmpty():
            self._width = self.viewport().width()
            place = self.verticalScrollBar().value()
            self.reload()
            self.verticalScrollBar().setValue(place)


def _folder() -> Path:
    return assets() / "guide"
