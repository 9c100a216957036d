from __future__ import annotations

import pytest

from agent_desktop.qt.tokens import COLOURS, MEDIA_COLOURS, SHAPE_PAIRS, TEXT_PAIRS, THEMES, Tokens, contrast


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
