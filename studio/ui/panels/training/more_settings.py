"""The settings in which a training shall differ from its preset."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from studio.app.training.fields import SettingField, Value, defaults, grouped_fields
from studio.app.training.plan import TrainingPlan
from studio.ui.theme import Theme
from studio.ui.widgets.disclosure import Disclosure
from studio.ui.widgets.own_return import OwnReturn

# Names and values stand in line over all groups.
_NAME, _NARROWEST, _WIDEST = 120, 96, 160
# No target is smaller.
_HIT = 24


class MoreSettings(QWidget):
    """Every setting by group; what is not touched stays as the preset has it."""

    def __init__(self, plan: TrainingPlan, theme: Theme) -> None:
        super().__init__()
        self._groups = [_Group(name, fields, plan, theme) for name, fields in grouped_fields().items()]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for group in self._groups:
            layout.addWidget(group)

    def show_plan(self) -> None:
        """Show the values in force, and what is wrong with them."""
        for group in self._groups:
            group.show_plan()


class _Group(Disclosure):
    """Settings of one kind; opens by itself where one is wrong."""

    def __init__(self, name: str, fields: Sequence[SettingField], plan: TrainingPlan, theme: Theme) -> None:
        self._form = QWidget()
        super().__init__(name, self._form, theme)
        self._plan = plan
        self._rows = {field.name: _Row(field, plan) for field in fields}
        form = QFormLayout(self._form)
        form.setContentsMargins(0, 4, 0, 8)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for row in self._rows.values():
            row.add_to(form)

    def show_plan(self) -> None:
        preset, complaints = defaults(self._plan.preset), self._plan.complaints()
        changed = [name for name in self._rows if name in self._plan.values]
        self.say(f"{len(changed)} changed" if changed else "")
        for name, row in self._rows.items():
            row.show_value(preset[name], self._plan.values.get(name), complaints.get(name, ""))
        if not complaints.keys().isdisjoint(self._rows):
            self.head.setChecked(True)


class _Row:
    """One setting: its name, where its value is given, and what is wrong with that."""

    def __init__(self, field: SettingField, plan: TrainingPlan) -> None:
        self._field = field
        self._default: Value = None

        def give(value: str | None) -> None:
            plan.set_values({field.name: value})

        self._label = QLabel(field.text)
        self._label.setToolTip(field.help)
        self._label.setFixedWidth(_NAME)
        self._complaint = QLabel(wordWrap=True)
        self._complaint.setProperty("role", "problem")
        self.editor = self._made(give)
        self.editor.setObjectName(f"training.setting.{field.name}")
        self.editor.setAccessibleName(field.text)
        self.editor.setToolTip(field.help)
        self._label.setBuddy(self.editor)

    def add_to(self, form: QFormLayout) -> None:
        self._form = form
        form.addRow(self._label, self.editor)
        form.addRow(self._complaint)

    def show_value(self, default: Value, given: str | None, complaint: str) -> None:
        self._default = default
        shown = given if given is not None else _words(default)
        editor = self.editor
        if isinstance(editor, QLineEdit):
            editor.setPlaceholderText(_words(default))
            if editor.text() != (given or ""):
                editor.setText(given or "")
        elif isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(shown))
        elif isinstance(editor, QCheckBox):
            editor.setChecked(shown == "True")
        role = "" if given is not None else "muted"
        if self._label.property("role") != role:
            self._label.setProperty("role", role)
            self._label.style().polish(self._label)
        self._complaint.setText(complaint)
        self._form.setRowVisible(self._complaint, bool(complaint))
        editor.setAccessibleDescription(complaint or self._field.help)

    def _made(self, give: Callable[[str | None], None]) -> QWidget:
        if self._field.switch:
            box = QCheckBox()
            box.setMinimumSize(_HIT, _HIT)
            # Wider it would take no click beside the tick.
            box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            box.clicked.connect(lambda on: give(self._unless_default(str(on))))
            return box
        if self._field.choices:
            choice = QComboBox()
            for value in self._field.choices:
                choice.addItem("as the preset" if value is None else _words(value), _words(value))
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            _bound(choice)
            choice.activated.connect(lambda _index: give(self._unless_default(choice.currentData())))
            return choice
        line = QLineEdit()
        _bound(line)
        OwnReturn(line)
        line.textEdited.connect(lambda text: give(text.strip() or None))
        return line

    def _unless_default(self, value: str) -> str | None:
        return None if value == _words(self._default) else value


def _bound(editor: QWidget) -> None:
    editor.setMinimumWidth(_NARROWEST)
    editor.setMaximumWidth(_WIDEST)


def _words(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)
