"""How a line looks that was typed in a call: who, the letters in one width, what of them came damaged.

A damaged letter is underlined, and the words below say which it was; a line that is being typed has a bar
at its beginning and a cursor at its end.  Nothing is said by colour alone.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QTextCharFormat, QTextLayout

from agent_desktop.qt import paint, tokens
from agent_desktop.qt.laying import Page, text_layout
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.conversation import ItemKind, TimelineItemView

_SIDE, _GAP, _PAD = 20, 12, 12


def lay_out(page: Page, item: TimelineItemView) -> None:
    """Lay a typed line out: the caller's at the beginning, ours at the end."""
    px = look().px
    mine = item.kind is ItemKind.OUT
    most = min(page.width - 2 * px(_SIDE), max(px(280), round(page.width * 0.68)), px(680))
    inner = most - 2 * px(_PAD)
    meta, letters = look().font(tokens.TEXT_META), one_width()
    text = f"{item.text}▏" if item.typing else item.text
    layout, height, natural = text_layout(text, letters, inner)
    notes = [text_layout(note, meta, inner) for note in item.warnings]
    name = QFontMetrics(meta).horizontalAdvance(item.meta) + 4
    wide = min(max(natural, name, *(note[2] for note in notes), px(96)), inner) + 2
    width = wide + 2 * px(_PAD)
    below = sum(note[1] + px(5) for note in notes)
    total = px(8 + 18 + 3) + height + below + px(10)
    left = page.width - px(_SIDE) - width if mine else px(_SIDE)
    edge = "" if mine and not look().colours.high_contrast else "border"
    page.ground(page.box(left, 0, width, total), "bubble_out" if mine else "bubble_in", edge)
    if item.typing:
        bar = page.box(left, 0, px(3), total)
        page.made.steps.append(lambda painter: paint.rounded(painter, bar, px(1), look().colour("tty")))
    page.line(page.box(left + px(_PAD), px(8), wide, px(18)), item.meta, meta, "muted")
    y = float(px(8 + 18 + 3))
    layout, height, natural = text_layout(text, letters, wide)
    start = page.box(left + px(_PAD), y, natural if page.rtl else wide, height).topLeft()
    marks = _underlined(item.damaged, len(text))

    def draw(painter: QPainter) -> None:
        painter.setPen(look().colour("text"))
        layout.draw(painter, start, marks)

    page.made.steps.append(draw)
    y += height
    for note, high, long in notes:
        y += px(5)
        place = page.box(left + px(_PAD), y, long if page.rtl else wide, high)
        page.text(note, QPointF(place.left(), place.top()), look().colour("muted"))
        y += high
    page.made.height = total + px(_GAP)


def one_width() -> QFont:
    """Letters of one width: what stands above one another on a TTY stands so here."""
    font = look().font(tokens.TEXT_BODY + 1)
    font.setFamilies(["DejaVu Sans Mono", "Menlo", "Consolas", "monospace"])
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


def _underlined(places: tuple[int, ...], length: int) -> list[QTextLayout.FormatRange]:
    """Single letters underlined; a place beyond the text is nobody's."""
    marks = []
    for at in places:
        if 0 <= at < length:
            mark = QTextLayout.FormatRange()
            form = QTextCharFormat()
            form.setFontUnderline(True)
            form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
            mark.start, mark.length, mark.format = at, 1, form
            marks.append(mark)
    return marks
