"""The look in force: theme, size of text, movement; fonts and palette made from the tokens.

A program has one look at a time (as it has one language, `i18n`): `look()` gives it, `apply` changes it
and lets every widget know by Qt's own StyleChange event.  Measures are asked for in pixels at 100 % and
come back scaled: `look().px(12)`.  Text may be 100 to 200 %; layouts follow, nothing is clipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from agent_desktop import assets
from agent_desktop.errors import AgentDesktopError
from agent_desktop.qt import stylesheet, tokens
from agent_desktop.qt.tokens import Tokens

FACES = ("Inter-Regular.otf", "Inter-SemiBold.otf", "Inter-Bold.otf")
# The style that the tokens are made for, and the words that choose it when they are given to QApplication:
# `setStyle` would do the same after 20 ms, because it gives the style back as a Python object.
STYLE = "Fusion"
STYLE_WORDS = ("-style", STYLE)
_TABULAR = "tnum"  # figures of one width, so that a running timer does not shake


@dataclass(frozen=True, slots=True)
class Look:
    """How the program looks now."""

    colours: Tokens = tokens.LIGHT
    scale: float = 1.0
    reduced_motion: bool = False
    family: str = ""

    def px(self, pixels: float) -> int:
        """Scale a measure given at 100 %."""
        return round(pixels * self.scale)

    def colour(self, name: str) -> QColor:
        """Give a token's colour for painting; the caller's own, whose alpha may be changed."""
        return QColor(_colour(self.colours.colour(name)))

    def medium(self, medium: str) -> QColor:
        """Give the colour of a medium's icon or avatar."""
        return QColor(_colour(self.colours.medium(medium)))

    def font(self, pixels: int = tokens.TEXT_BODY, weight: int = tokens.NORMAL) -> QFont:
        """Give the face at a size of the scale; figures are tabular."""
        return QFont(_font(self.family, self.px(pixels), weight))

    def motion_ms(self) -> int:
        """Give the length of a panel's movement; none when movement is reduced."""
        return 0 if self.reduced_motion else tokens.MOTION_MS


class _Current:
    look = Look()
    worn: Look | None = None  # what the application was last dressed in


def look() -> Look:
    """Give the look in force."""
    return _Current.look


def apply(
    application: QApplication,
    theme: str = "system",
    scale: float = 1.0,
    *,
    reduced_motion: bool | None = None,
    styled: bool = False,
) -> Look:
    """Put a look on the whole program; `theme` is a name of `tokens.THEMES` or `system`.

    `reduced_motion` None: as the system asks.  `styled`: the application was made with STYLE_WORDS.
    """
    _Current.look = Look(
        colours=tokens.THEMES.get(theme) or system_theme(),
        scale=min(max(scale, 1.0), 2.0),
        reduced_motion=system_reduced_motion() if reduced_motion is None else reduced_motion,
        family=bundled_family(),
    )
    if _Current.look == _Current.worn:
        return look()
    if _Current.worn is None and not styled:
        application.setStyle(STYLE)
    _Current.worn = _Current.look
    application.setFont(look().font())
    application.setPalette(palette(look().colours))
    application.setStyleSheet(stylesheet.build(look().colours, look().scale))
    return look()


def system_theme() -> Tokens:
    """Give the theme that the system asks for: dark or light, with high contrast where it says so."""
    hints = QGuiApplication.styleHints()
    dark = hints.colorScheme().name == "Dark"
    high = False
    if hasattr(hints, "accessibility"):  # Qt 6.10 and later
        high = hints.accessibility().contrastPreference().name == "HighContrast"
    if high:
        return tokens.CONTRAST_DARK if dark else tokens.CONTRAST_LIGHT
    return tokens.DARK if dark else tokens.LIGHT


def system_reduced_motion() -> bool:
    """Say whether the system asks for less movement (Qt 6.11 and later know)."""
    hints = QGuiApplication.styleHints()
    if not hasattr(hints, "accessibility"):
        return False
    accessibility = hints.accessibility()
    if not hasattr(accessibility, "motionPreference"):
        return False
    return bool(accessibility.motionPreference().name == "ReducedMotion")


@cache
def bundled_family() -> str:
    """Load the bundled Inter once and give its family; the system's own face where it is not shipped."""
    families: list[str] = []
    for face in FACES:
        try:
            number = QFontDatabase.addApplicationFont(str(assets.resource("fonts", face)))
        except AgentDesktopError:
            continue
        families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    if families:
        return families[0]
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()


def palette(colours: Tokens) -> QPalette:
    """Give the palette for what the style sheet does not reach: selections, links, disabled text."""
    made = QPalette()
    role = QPalette.ColorRole
    for target, name in (
        (role.Window, "background"),
        (role.WindowText, "text"),
        (role.Base, "surface"),
        (role.AlternateBase, "raised"),
        (role.Text, "text"),
        (role.Button, "surface"),
        (role.ButtonText, "text"),
        (role.BrightText, "danger"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "on_accent"),
        (role.Accent, "accent"),
        (role.Link, "accent"),
        (role.LinkVisited, "accent"),
        (role.ToolTipBase, "surface"),
        (role.ToolTipText, "text"),
        (role.PlaceholderText, "muted"),
        (role.Light, "raised"),
        (role.Midlight, "border"),
        (role.Mid, "border"),
        (role.Dark, "control_border"),
        (role.Shadow, "border"),
    ):
        made.setColor(target, _colour(colours.colour(name)))
    for target in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, target, _colour(colours.muted))
    return made


@lru_cache(maxsize=256)
def _colour(name: str) -> QColor:
    return QColor(name)


@lru_cache(maxsize=64)
def _font(family: str, pixels: int, weight: int) -> QFont:
    font = QFont(family) if family else QFont()
    font.setPixelSize(max(pixels, 1))
    font.setWeight(QFont.Weight(weight))
    font.setFeature(QFont.Tag(_TABULAR), 1)
    return font
