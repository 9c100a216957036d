"""Final SIP answers in words that an agent can read."""

from __future__ import annotations

from typing import Final

_WORDS: Final = {
    401: "The user name or password of the phone is wrong.",
    403: "The telephone server does not allow it.",
    404: "The number is not in use.",
    407: "The user name or password of the phone is wrong.",
    408: "There was no answer from the other side.",
    410: "The number is not in use any more.",
    480: "Nobody can be reached there now.",
    481: "The other side does not know this call any more.",
    484: "The number is not complete.",
    486: "The number is busy.",
    487: "The call was given up before it was answered.",
    488: "The two phones share no way to carry the sound.",
    491: "Both sides changed the call at once.",
    503: "The telephone server cannot be reached.",
    600: "The number is busy everywhere.",
    603: "The call was declined.",
    604: "The number does not exist.",
}

_LONGEST_CAUSE: Final = 120
_ORDINARY: Final = frozenset({"normal call clearing", "normal clearing", "normal, unspecified"})


def words_for(status: int) -> str:
    """One sentence for a status; the number stays visible for those without one."""
    if status in _WORDS:
        return _WORDS[status]
    if 500 <= status < 600:
        return f"The telephone server has a problem ({status})."
    return f"The call could not be made ({status})."


def ended_words(by: str, status: int, cause: str) -> str:
    """Why a call is over, beside who ended it; "" for an ordinary end."""
    if by == "agent":
        return ""
    if status >= 300:
        return words_for(status)
    if by == "network":
        return "The connection to the other side was lost."
    told = "".join(character for character in cause if character.isprintable())[:_LONGEST_CAUSE]
    return "" if not told or told.lower() in _ORDINARY else f"The other side says: {told}"
