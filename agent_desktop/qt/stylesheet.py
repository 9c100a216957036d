"""The style sheet of Qt's own widgets, built from the tokens.

Only what Qt paints itself stands here: fields, menus, tips, scroll bars, tables.  Our own controls paint
themselves from the same tokens (`controls.py`, `paint.py`).  Fonts are never set here: a font from a
style sheet loses the tabular figures.
"""

from __future__ import annotations

from string import Template

from agent_desktop.qt import tokens
from agent_desktop.qt.tokens import COLOURS, Tokens

_SHEET = Template("""
QToolTip {
  background: $surface; color: $text; border: 1px solid $control_border; padding: ${s4}px ${s8}px;
}
QLineEdit, QPlainTextEdit, QDateEdit, QSpinBox {
  background: $background; color: $text; border: 1px solid $control_border; border-radius: ${radius}px;
  selection-background-color: $accent; selection-color: $on_accent; placeholder-text-color: $muted;
}
QLineEdit, QDateEdit, QSpinBox { padding: 0 ${s12}px; min-height: ${control}px; }
QPlainTextEdit { padding: ${s8}px; }
QDateEdit QLineEdit, QSpinBox QLineEdit {
  background: transparent; border: none; padding: 0; min-height: 0;
}
QLineEdit:focus, QPlainTextEdit:focus, QDateEdit:focus, QSpinBox:focus { border-color: $accent; }
QLineEdit:disabled, QPlainTextEdit:disabled { color: $muted; border-color: $border; }
QPlainTextEdit[note="true"] { background: $note; }
QLineEdit[wrong="true"] { border-color: $danger; }
QDateEdit::drop-down, QDateEdit::up-button, QDateEdit::down-button { width: 0; border: none; }
QMenu {
  background: $surface; color: $text; border: 1px solid $control_border; border-radius: ${radius}px;
  padding: ${s4}px;
}
QMenu::item { padding: ${s8}px ${s16}px ${s8}px ${s12}px; border-radius: ${tag}px; }
QMenu::item:selected { background: $accent_soft; color: $accent; }
QMenu::item:disabled { color: $muted; }
QMenu::icon { padding-left: ${s8}px; }
QMenu::separator { height: 1px; background: $border; margin: ${s4}px ${s8}px; }
QScrollBar:vertical { background: transparent; width: ${s12}px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: ${s12}px; margin: 0; }
QScrollBar::handle {
  background: $control_border; border-radius: ${s2}px; margin: ${s4}px;
}
QScrollBar::handle:vertical { min-height: ${s24}px; }
QScrollBar::handle:horizontal { min-width: ${s24}px; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QTableView { background: $surface; color: $text; border: none; gridline-color: transparent; outline: none;
  selection-background-color: transparent; }
QHeaderView { background: $surface; border: none; }
QTableView[ground="background"] { background: $background; }
QComboBox QAbstractItemView {
  background: $surface; color: $text; border: 1px solid $control_border; outline: none;
  selection-background-color: $accent_soft; selection-color: $accent;
}
QComboBox QAbstractItemView::item { min-height: ${item}px; padding: 0 ${s8}px; }
QTextBrowser { background: #FFFFFF; color: #1A1F27; border: none; }
QSplitter::handle { background: $border; }
QDialog { background: $surface; }
""")


def build(colours: Tokens, scale: float) -> str:
    """Give the style sheet for a theme and a size of text."""
    measures = {f"s{n}": str(round(n * scale)) for n in (2, 4, 8, 12, 16, 24)}
    return _SHEET.substitute(
        {name: colours.colour(name) for name in COLOURS},
        **measures,
        radius=str(round(tokens.RADIUS_CONTROL * scale)),
        tag=str(round(tokens.RADIUS_TAG * scale)),
        control=str(round((tokens.CONTROL_HEIGHT - 2) * scale)),
        item=str(round(28 * scale)),
    )
