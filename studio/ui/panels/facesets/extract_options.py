"""How faces are collected from what is dropped or chosen."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox, QFormLayout, QSpinBox, QWidget

from studio.app.settings import UserSettings, WindowSettings


class ExtractOptions(QWidget):
    """Frame step, similarity and smallest face; kept for the next extraction."""

    def __init__(self, user: UserSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._user = user
        self.every = QSpinBox(accessibleName="Look at every N-th frame", minimum=1, maximum=10_000)
        self.similar = QDoubleSpinBox(accessibleName="Skip similar frames", minimum=0, maximum=255, decimals=1)
        self.similar.setSpecialValueText("off")
        self.min_size = QSpinBox(accessibleName="Smallest face", minimum=0, maximum=4096, singleStep=8, suffix=" px")
        fields = WindowSettings.model_fields
        form = QFormLayout(self)
        form.setContentsMargins(12, 4, 12, 4)
        form.setVerticalSpacing(4)
        for words, name, box in (
            ("Every n-th frame", "extract_every", self.every),
            ("Skip similar", "extract_similar", self.similar),
            ("Smallest face", "extract_min_size", self.min_size),
        ):
            box.setToolTip(fields[name].description or "")
            box.setFixedWidth(88)
            # Without buttons the field reaches to the border, and style sheets do not reach the field.
            box.lineEdit().setTextMargins(6, 0, 6, 0)
            form.addRow(words, box)
        self._show(user.values)
        self.every.valueChanged.connect(lambda value: user.change(extract_every=value))
        self.similar.valueChanged.connect(lambda value: user.change(extract_similar=value))
        self.min_size.valueChanged.connect(lambda value: user.change(extract_min_size=value))
        user.changed.connect(self._show)

    def arguments(self) -> list[str]:
        """The options as `studio extract` takes them."""
        values = self._user.values
        arguments = ["--every", str(values.extract_every), "--min-size", str(values.extract_min_size)]
        return [*arguments, "--similar", str(values.extract_similar)] if values.extract_similar else arguments

    def _show(self, values: WindowSettings) -> None:
        self.every.setValue(values.extract_every)
        self.similar.setValue(values.extract_similar)
        self.min_size.setValue(values.extract_min_size)
