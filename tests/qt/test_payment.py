"""Card data: the client hears when the cursor is in a payment field, and nothing typed there is kept."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from agent_desktop.qt.forms import Form, Payment, focus_teller
from agent_desktop.viewmodels.parts import Field

ORDER = Field("order", "Order")
CARD = Field("card", "Card number", "payment")


def _form(qtbot: QtBot, acts: list[tuple[str, dict[str, str]]]) -> Form:
    def act(action: str, **arguments: str) -> str:
        acts.append((action, arguments))
        return ""

    form = Form(lambda field, value: acts.append(("changed", {field: value})), focus_teller(act))
    qtbot.addWidget(form)
    form.show_fields((ORDER, CARD))
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    form.rows["order"].editor.setFocus()
    return form


def test_the_cursor_in_a_payment_field_is_told_and_its_text_is_forgotten(
    look: QApplication, qtbot: QtBot
) -> None:
    acts: list[tuple[str, dict[str, str]]] = []
    form = _form(qtbot, acts)
    card, order = form.rows["card"].editor, form.rows["order"].editor
    assert isinstance(card, Payment)
    card.setFocus()
    qtbot.keyClicks(card, "4111")
    assert card.echoMode() is QLineEdit.EchoMode.Password
    order.setFocus()
    assert acts == [("field.focus", {"field": "card", "on": on}) for on in ("yes", "no")]
    assert card.text() == ""


def test_another_window_in_front_does_not_end_the_masking(look: QApplication, qtbot: QtBot) -> None:
    acts: list[tuple[str, dict[str, str]]] = []
    form = _form(qtbot, acts)
    card = form.rows["card"].editor
    card.setFocus()
    away = Qt.FocusReason.ActiveWindowFocusReason
    QApplication.sendEvent(card, QFocusEvent(QEvent.Type.FocusOut, away))
    assert acts == [("field.focus", {"field": "card", "on": "yes"})]


def test_a_payment_field_that_goes_away_ends_the_masking(look: QApplication, qtbot: QtBot) -> None:
    acts: list[tuple[str, dict[str, str]]] = []
    form = _form(qtbot, acts)
    form.rows["card"].editor.setFocus()
    form.hide()
    assert acts[-1] == ("field.focus", {"field": "card", "on": "no"})


def test_a_locked_payment_field_takes_no_letter_and_still_asks_for_the_masking(
    look: QApplication, qtbot: QtBot
) -> None:
    acts: list[tuple[str, dict[str, str]]] = []
    form = _form(qtbot, acts)
    why = "Put the cursor here and wait until the recording is masked."
    form.show_fields((ORDER, replace(CARD, locked=why)))
    card = form.rows["card"].editor
    assert isinstance(card, Payment)
    card.setFocus()
    qtbot.keyClicks(card, "4111")
    assert (card.text(), card.placeholderText(), card.accessibleDescription()) == ("", why, why)
    assert acts == [("field.focus", {"field": "card", "on": "yes"})]
    form.show_fields((ORDER, CARD))
    qtbot.keyClicks(card, "4111")
    assert card.text() == "4111"
    assert card.accessibleDescription() == ""
