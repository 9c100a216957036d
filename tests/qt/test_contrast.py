from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QPalette

from agent_desktop.qt import stylesheet, theme
from agent_desktop.qt.focus import ink_for
from agent_desktop.qt.tokens import COLOURS, MEDIA_COLOURS, SHAPE_PAIRS, TEXT_PAIRS, THEMES, Tokens, contrast
from agent_desktop.qt.window import Window


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda t: t.name)
def test_every_text_can_be_read_on_its_ground(theme: Tokens) -> None:
    least = 7.0 if theme.high_contrast else 4.5
    poor = {
        pair: round(ratio, 2)
        for pair in TEXT_PAIRS
        if (ratio := contrast(theme.colour(pair[0]), theme.colour(pair[1]))) < least
    }
    assert not poor


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda t: t.name)
def test_every_control_and_the_focus_ring_can_be_seen(theme: Tokens) -> None:
    poor = {
        pair: round(ratio, 2)
        for pair in SHAPE_PAIRS
        if (ratio := contrast(theme.colour(pair[0]), theme.colour(pair[1]))) < 3.0
    }
    assert not poor


def test_the_table_of_pairs_names_every_colour_that_can_be_ink_or_ground() -> None:
    edges = {"border", "note_border", "control_border"}  # a hairline between two grounds carries no meaning
    named = {name for pair in (*TEXT_PAIRS, *SHAPE_PAIRS) for name in pair}
    assert COLOURS - edges <= named
    assert named >= MEDIA_COLOURS


def test_an_unknown_colour_is_an_error_and_an_unknown_medium_is_muted() -> None:
    theme = THEMES["light"]
    with pytest.raises(KeyError):
        theme.colour("name")
    assert theme.medium("pigeon") == theme.muted


def blended(ink: QColor, ground: QColor) -> str:
    """The colour that is seen where ink with an alpha lies on a ground."""
    share = ink.alphaF()
    mixed = (
        round(top * share + under * (1 - share))
        for top, under in zip(ink.getRgb()[:3], ground.getRgb()[:3], strict=True)
    )
    return QColor(*mixed).name()


def test_a_colour_with_an_alpha_is_measured_as_it_is_seen() -> None:
    assert blended(QColor(0, 0, 0, 128), QColor("white")) == "#7f7f7f"


ROLES = QPalette.ColorRole
PALETTE_PAIRS = (
    (ROLES.WindowText, ROLES.Window), (ROLES.Text, ROLES.Base), (ROLES.Text, ROLES.AlternateBase),
    (ROLES.ButtonText, ROLES.Button), (ROLES.PlaceholderText, ROLES.Base),
    (ROLES.PlaceholderText, ROLES.Window),
    (ROLES.HighlightedText, ROLES.Highlight), (ROLES.Link, ROLES.Base), (ROLES.LinkVisited, ROLES.Base),
    (ROLES.ToolTipText, ROLES.ToolTipBase), (ROLES.BrightText, ROLES.Button),
)  # fmt: skip


@pytest.mark.parametrize("tokens", THEMES.values(), ids=lambda t: t.name)
@pytest.mark.parametrize("group", list(QPalette.ColorGroup)[:3], ids=lambda g: g.name)
def test_what_qt_itself_paints_can_be_read_placeholders_selections_and_what_is_off(
    tokens: Tokens, group: QPalette.ColorGroup
) -> None:
    palette, least = theme.palette(tokens), 7.0 if tokens.high_contrast else 4.5
    poor = {}
    for ink, ground in PALETTE_PAIRS:
        under = palette.color(group, ground)
        ratio = contrast(blended(palette.color(group, ink), under), under.name())
        if ratio < least:
            poor[ink.name, ground.name] = round(ratio, 2)
    assert not poor
    selected = contrast(palette.color(ROLES.Highlight).name(), palette.color(ROLES.Base).name())
    assert selected >= 3.0


@pytest.mark.parametrize("tokens", THEMES.values(), ids=lambda t: t.name)
def test_the_words_of_a_touched_button_can_be_read(tokens: Tokens) -> None:
    for ground in ("accent", "ok", "danger"):
        touched = QColor(tokens.colour(ground)).lighter(108)
        assert contrast(tokens.on_accent, touched.name()) >= (7.0 if tokens.high_contrast else 4.5)


INKS = re.compile(r"(?<![-\w])(?:color|placeholder-text-color): \$(\w+)")
GROUNDS = re.compile(r"(?<![-\w])background: \$(\w+)")
SELECTED = re.compile(r"selection-background-color: \$(\w+); selection-color: \$(\w+)")


def test_every_pair_of_the_style_sheet_is_in_the_table() -> None:
    template = re.sub(r"\$\{(\w+)\}", r"\1", stylesheet._SHEET.template)
    rules = re.findall(r"{([^{}]*)}", template)
    pairs = {
        (ink, ground) for rule in rules for ink in INKS.findall(rule) for ground in GROUNDS.findall(rule)
    }
    pairs |= {(ink, ground) for rule in rules for ground, ink in SELECTED.findall(rule)}
    assert ("on_accent", "accent") in pairs
    assert pairs - set(TEXT_PAIRS) == set()


def test_the_focus_ring_has_the_colour_that_is_measured_on_its_ground(window: Window) -> None:
    for tokens in THEMES.values():
        assert contrast(tokens.colour(ink_for(window.main.rail.me)), tokens.rail) >= 3
    assert (ink_for(window.main.rail.me), "rail") in SHAPE_PAIRS
    assert ink_for(window.main.work.conversation.composer.send) == "accent"
