"""What the programs write down about themselves, without anybody's secrets.

One line per record: a JSON object in the file of each program (`logs/PROGRAM.jsonl` in its data
folder, five files of 5 MB), and a short sentence on standard error.  Modules use the standard library:
`logging.getLogger(__name__).info("registered", extra={"extension": "201"})`; what stands in `extra`
becomes fields.

Rule of the file: every text passes `redact` at the last moment, in the formatter, so that no caller has
to remember it.  Hidden are passwords, tokens, `Authorization` and cookie headers, SDES keys, passwords
in URLs, private keys, and digit strings that could be payment cards (13 to 19 digits that pass Luhn).
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

ROOT = "agent_desktop"
HIDDEN = "[hidden]"
FILE_BYTES = 5_000_000
FILES = 5

_SECRET_KEY = re.compile(
    r"pass(word|wd|phrase)?$|passwd|password|secret|token$|authori[sz]ation|cookie|credential|api_?key|private_?key|"
    r"^(ha1|nonce_key|otp|pin|cvv|cvc)$",
    re.IGNORECASE,
)
_KEYED = (
    r"(?:password|passwd|pwd|passphrase|secret|token|access_token|refresh_token|api_?key|client_secret|ha1)"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        HIDDEN,
    ),
    # Header lines of HTTP and SIP, with their folded continuations.
    (
        re.compile(
            r"((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-[a-z-]*signature)(['\"]?\s*[:=]\s*)"
            r"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*",
            re.IGNORECASE,
        ),
        rf"\1\2{HIDDEN}",
    ),
    (
        re.compile(r"\b(bearer|basic|digest)\s+(?=\S*[0-9=._-])[A-Za-z0-9+/=._~-]{6,}", re.IGNORECASE),
        rf"\1 {HIDDEN}",
    ),
    (re.compile(r"(\binline:)[A-Za-z0-9+/=]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(@)", re.IGNORECASE), rf"\1{HIDDEN}\2"),
    (re.compile(r"(\bsips?:[^\s:;@<>]+:)[^\s;@<>]+(@)", re.IGNORECASE), rf"\1{HIDDEN}\2"),
    (
        re.compile(
            rf"(\b[\w-]*{_KEYED}['\"]?\s*[:=]\s*)(\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[^\s,;&'\"}}]+)",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)
_DIGITS = re.compile(r"(?<![\d+.])\d(?:[ -]?\d){12,18}(?![\d.])")
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """Give the text with every secret in it replaced by `[hidden]`."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _DIGITS.sub(_hide_card, text)


def redact_value(key: str, value: object) -> object:
    """Give a field as it may be written: secret by its name, or by what stands in it."""
    if key and _SECRET_KEY.search(key):
        return HIDDEN
    match value:
        case None | bool() | float():
            return value
        case int():
            return HIDDEN if redact(str(value)) == HIDDEN else value
        case Mapping():
            return {redact(str(name)): redact_value(str(name), item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redact_value("", item) for item in value]
        case bytes():
            return redact(value.decode("utf-8", "replace"))
        case _:
            return redact(str(value))


def passes_luhn(digits: str) -> bool:
    """Say whether the digits carry a right check digit (ISO/IEC 7812-1), as payment cards do."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


class JsonLines(logging.Formatter):
    """One JSON object per line: at, level, where, text, then the fields of `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "where": record.name.removeprefix(f"{ROOT}."),
            "text": redact(record.getMessage()),
        }
        line |= {key: redact_value(key, value) for key, value in _fields(record).items()}
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class Sentences(logging.Formatter):
    """One short line for people, on standard error."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={redact_value(key, value)}" for key, value in _fields(record).items())
        where = record.name.removeprefix(f"{ROOT}.")
        text = f"{record.levelname.lower()}: {where}: {redact(record.getMessage())} {fields}".rstrip()
        return text + (f"\n{redact(self.formatException(record.exc_info))}" if record.exc_info else "")


def configure(
    program: str, *, data: Path | None = None, level: str = "info", stderr: TextIO | None = None
) -> logging.Logger:
    """Start the log of one program and give its root logger; called once, by the front end.

    With `data` the file is `data/logs/PROGRAM.jsonl`.  Warnings and worse always go to standard error
    too, and everything does when there is no file.  Calling it again replaces the earlier handlers.
    """
    logger = logging.getLogger(ROOT)
    close()
    logger.setLevel(level.upper())
    logger.propagate = False
    screen = logging.StreamHandler(stderr if stderr is not None else sys.stderr)
    screen.setFormatter(Sentences())
    logger.addHandler(screen)
    if data is not None:
        folder = data / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            folder / f"{program}.jsonl", maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8"
        )
        file.setFormatter(JsonLines())
        logger.addHandler(file)
        screen.setLevel(logging.WARNING)
    return logger


def close() -> None:
    """Close the log files of this process."""
    logger = logging.getLogger(ROOT)
    for handler in tuple(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD_FIELDS}


def _hide_card(found: re.Match[str]) -> str:
    return HIDDEN if passes_luhn(re.sub(r"\D", "", found[0])) else found[0]
