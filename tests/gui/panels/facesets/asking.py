"""Answering the dialogs that an action opens."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

_LOOK_MS = 20


def answered(action, answer):
    """Trigger `action`, which asks something in a dialog, and give the dialog to `answer`, which has to close it."""
    assert action.isEnabled(), action.toolTip()
    asked = []
    looking = QTimer(interval=_LOOK_MS)

    def look():
        dialog = QApplication.activeModalWidget()
        if dialog is not None:
            looking.stop()
            asked.append(dialog)
            try:
                answer(dialog)
            except BaseException:
                dialog.reject()
                raise

    looking.timeout.connect(look)
    looking.start()
    action.trigger()
    looking.stop()
    assert asked, "nothing was asked"
