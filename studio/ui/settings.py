"""What can be set for the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QHBoxLayout, QSlider, QSpinBox, QWidget

from studio.app.settings import ThemeName, UserSettings, WindowSettings

_THEMES = {ThemeName.DARK: "Dark", ThemeName.LIGHT: "Light", ThemeName.CONTRAST: "High contrast"}
_SMALLEST, _LARGEST = 64, 256


class SettingsView(QWidget):
    """The settings; a change is in force and kept at once."""

    def __init__(self, user: UserSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._user = user
        fields = WindowSettings.model_fields
        self.theme = QComboBox(objectName="settings.theme", accessibleName="Theme")
        for name, words in _THEMES.items():
            self.theme.addItem(words, name)
        self.theme.setToolTip(fields["theme"].description or "")
        self.thumbnails = QSpinBox(accessibleName="Thumbnail size in pixels", suffix=" px")
        self.slider = QSlider(Qt.Orientation.Horizontal, accessibleName="Thumbnail size", singleStep=4, pageStep=32)
        for widget in (self.thumbnails, self.slider):
            widget.setRange(_SMALLEST, _LARGEST)
            widget.setToolTip(fields["thumbnail_size"].description or "")
        self.thumbnails.setFixedWidth(72)
        self.advance = QCheckBox("Go on after marking a face", objectName="settings.advance")
        self.advance.setAccessibleName("Advance by itself")
        self.advance.setToolTip(fields["auto_advance"].description or "")
        size = QHBoxLayout()
        size.setSpacing(8)
        size.addWidget(self.slider, 1)
        size.addWidget(self.thumbnails)
        form = QFormLayout(self)
        form.setContentsMargins(12, 8, 12, 12)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        form.addRow("Theme", self.theme)
        form.addRow("Thumbnails", size)
        form.addRow("Marking", self.advance)
        self._show(user.values)
        self.theme.currentIndexChanged.connect(lambda _index: user.change(theme=self.theme.currentData()))
        self.thumbnails.valueChanged.connect(lambda pixels: user.change(thumbnail_size=pixels))
        self.slider.valueChanged.connect(self.thumbnails.setValue)
        self.advance.toggled.connect(lambda on: user.change(auto_advance=on))
        user.changed.connect(self._show)

    def _show(self, values: WindowSettings) -> None:
        self.theme.setCurrentIndex(self.theme.findData(values.theme))
        self.slider.setValue(values.thumbnail_size)
        self.thumbnails.setValue(values.thumbnail_size)
        self.advance.setChecked(values.auto_advance)
