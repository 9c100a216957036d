"""The look as data: the colours of each theme and the measures of DESIGN.md.

No Qt here.  Everything that is painted takes its colour from a `Tokens` row by name; a colour written
anywhere else is a defect.  `tests/qt/test_contrast.py` measures every pair of text and ground that the
screens use, in every theme: text 4.5:1 (7:1 in high contrast), controls and focus 3:1 (WCAG 2.2, 1.4.3,
1.4.6 and 1.4.11).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

SPACE = (0, 4, 8, 12, 16, 24)  # the steps of the spacing scale; SPACE[3] is 12
RADIUS_TAG, RADIUS_CONTROL, RADIUS_CARD = 6, 8, 12
TEXT_META, TEXT_BODY, TEXT_TITLE, TEXT_FIGURE = 11, 13, 15, 26
NORMAL, STRONG, BOLD = 400, 600, 700
CONTROL_HEIGHT, BAR_HEIGHT, RAIL_WIDTH = 32, 56, 56
FOCUS_WIDTH, FOCUS_OFFSET = 2, 2
INBOX_WIDTH, SIDE_WIDTH = 320, 360
DRAWER_BELOW, ALTERNATE_BELOW, COMPACT_BELOW = 1100, 800, 560
MOTION_MS = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme, `#RRGGBB`; a `_soft` is the ground for its own colour as text."""

    name: str
    dark: bool
    high_contrast: bool = False
    background: str
    surface: str
    raised: str
    border: str
    control_border: str  # the edge of what can be typed in, ticked or pressed: 3:1 where it alone shows it
    text: str
    muted: str
    accent: str
    accent_soft: str
    on_accent: str
    ok: str
    ok_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    note: str
    note_border: str
    bubble_in: str
    bubble_out: str
    rail: str
    rail_text: str
    rail_chosen: str
    rail_strong: str
    voice: str = "#0F7A57"
    email: str = "#2457E6"
    chat: str = "#7A3FF2"
    sms: str = "#0E7490"
    social: str = "#C2338B"
    tty: str = "#A85707"
    on_medium: str = "#FFFFFF"

    def colour(self, name: str) -> str:
        """Give the colour of a token by its name, `ok_soft`; KeyError for one that is not there."""
        if name in COLOURS:
            value: str = getattr(self, name)
            return value
        raise KeyError(name)

    def medium(self, medium: str) -> str:
        """Give the colour of a medium's icon and avatar; a medium that has none is shown muted."""
        return self.colour(medium) if medium in MEDIA_COLOURS else self.muted


MEDIA_COLOURS = frozenset({"voice", "email", "chat", "sms", "social", "tty"})
COLOURS = frozenset(Tokens.__slots__) - {"name", "dark", "high_contrast"}

LIGHT = Tokens(
    name="light",
    dark=False,
    background="#F4F6F9",
    surface="#FFFFFF",
    raised="#FBFCFD",
    border="#E1E5EB",
    control_border="#868F9E",
    text="#1A1F27",
    muted="#5A6473",
    accent="#2457E6",
    accent_soft="#E8EEFF",
    on_accent="#FFFFFF",
    ok="#0F7A57",
    ok_soft="#E2F5EE",
    warning="#A85707",
    warning_soft="#FDF1E0",
    danger="#C32F27",
    danger_soft="#FCE9E7",
    note="#FFF6DC",
    note_border="#D9B44A",
    bubble_in="#F0F2F6",
    bubble_out="#E3ECFF",
    rail="#141922",
    rail_text="#AAB4C3",
    rail_chosen="#243352",
    rail_strong="#FFFFFF",
)
DARK = Tokens(
    name="dark",
    dark=True,
    background="#0E1116",
    surface="#161B22",
    raised="#1B212A",
    border="#2B323D",
    control_border="#6B7688",
    text="#E7EBF1",
    muted="#9BA6B5",
    accent="#84A7FF",
    accent_soft="#1D2A4A",
    on_accent="#0A0D11",
    ok="#4CC79A",
    ok_soft="#12312A",
    warning="#F0AE62",
    warning_soft="#36270F",
    danger="#FF8A80",
    danger_soft="#3B1C1A",
    note="#332B13",
    note_border="#8A7430",
    bubble_in="#212833",
    bubble_out="#22314F",
    rail="#0A0D11",
    rail_text="#8B96A6",
    rail_chosen="#1D2A4A",
    rail_strong="#FFFFFF",
)
CONTRAST_LIGHT = Tokens(
    name="contrast-light",
    dark=False,
    high_contrast=True,
    background="#FFFFFF",
    surface="#FFFFFF",
    raised="#FFFFFF",
    border="#4A4F57",
    control_border="#1A1F27",
    text="#000000",
    muted="#33383F",
    accent="#0A2FA0",
    accent_soft="#E8EEFF",
    on_accent="#FFFFFF",
    ok="#00432D",
    ok_soft="#E2F5EE",
    warning="#5E2D00",
    warning_soft="#FDF1E0",
    danger="#7A0F0A",
    danger_soft="#FCE9E7",
    note="#FFF6DC",
    note_border="#5E4A00",
    bubble_in="#F0F2F6",
    bubble_out="#E3ECFF",
    rail="#000000",
    rail_text="#E7EBF1",
    rail_chosen="#0A2FA0",
    rail_strong="#FFFFFF",
    voice="#00432D",
    email="#0A2FA0",
    chat="#4C14B0",
    sms="#054452",
    social="#7D0F54",
    tty="#5E2D00",
)
CONTRAST_DARK = Tokens(
    name="contrast-dark",
    dark=True,
    high_contrast=True,
    background="#000000",
    surface="#000000",
    raised="#0A0D11",
    border="#9BA6B5",
    control_border="#E7EBF1",
    text="#FFFFFF",
    muted="#D5DBE4",
    accent="#B4CBFF",
    accent_soft="#12224A",
    on_accent="#000000",
    ok="#7DF0C4",
    ok_soft="#0A2A20",
    warning="#FFD09A",
    warning_soft="#2E1F05",
    danger="#FFBDB6",
    danger_soft="#3A1210",
    note="#2B230A",
    note_border="#FFE08A",
    bubble_in="#161B22",
    bubble_out="#12224A",
    rail="#000000",
    rail_text="#E7EBF1",
    rail_chosen="#12224A",
    rail_strong="#FFFFFF",
    voice="#00553A",
    email="#1A45C4",
    chat="#5A1FD0",
    sms="#0A5868",
    social="#96186A",
    tty="#7A3D00",
)

THEMES = MappingProxyType({t.name: t for t in (LIGHT, DARK, CONTRAST_LIGHT, CONTRAST_DARK)})

# Every pair of text and ground that the screens paint; the contrast test reads this table.
TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *(
        (ink, ground)
        for ink in ("text", "muted")
        for ground in (
            "background", "surface", "raised", "accent_soft", "bubble_in", "bubble_out", "note", "ok_soft",
        )
    ),
    *((ink, ground) for ink in ("accent",) for ground in ("background", "surface", "raised", "accent_soft")),
    *((ink, f"{ink}_soft") for ink in ("ok", "warning", "danger")),
    *((ink, ground) for ink in ("ok", "warning", "danger") for ground in ("surface", "background", "raised")),
    *(("on_accent", ground) for ground in ("accent", "ok", "danger")),
    *(("on_medium", ground) for ground in sorted(MEDIA_COLOURS)),
    ("rail_text", "rail"),
    ("rail_strong", "rail"),
    ("rail_strong", "rail_chosen"),
)  # fmt: skip
# What must be seen but is not text: focus rings, edges of fields, the dots of a state.
SHAPE_PAIRS: tuple[tuple[str, str], ...] = (
    *(
        ("accent", ground)
        for ground in (
            "background",
            "surface",
            "raised",
            "note",
            "accent_soft",
            "ok_soft",
            "warning_soft",
            "danger_soft",
        )
    ),
    *(("rail_strong", ground) for ground in ("rail", "rail_chosen")),
    *(("control_border", ground) for ground in ("surface", "background")),
    *((ink, "surface") for ink in ("ok", "warning", "danger")),
)


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB` (WCAG 2.2), 0 to 1."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(ink: str, ground: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
