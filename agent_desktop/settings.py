"""The settings of the programs on an agent's computer, each declared once.

A declaration gives the name, the type, the default, a sentence of help, the programs that read it, the
environment variable and the command-line option.  The command line's options, the settings page, the
documentation and the checks of the file all come from `SETTINGS`.  The first of these that says
something wins: command line, environment, `settings.toml`, default.

The file is `settings.toml` in the `--data` folder when one was given, else in the user's configuration
folder (platformdirs).  No password or token is ever a setting: they live in the keyring.  The router's
own configuration is `centre.toml` and has nothing to do with this file.
"""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import platformdirs

from agent_desktop import toml_file
from agent_desktop.errors import ConfigError
from agent_desktop.setting import EVERYWHERE, FRONT_ENDS, SCREEN, Scope, Setting, V, in_words

__all__ = ["EVERYWHERE", "FRONT_ENDS", "SETTINGS", "Scope", "Setting", "Settings"]

APPLICATION = "agent-desktop"
FILE_NAME = "settings.toml"

SERVER_URL = Setting(
    "server.url",
    "http://127.0.0.1:8080",
    "address of the router",
    FRONT_ENDS,
    option="--server",
    metavar="URL",
)
SERVER_USER = Setting(
    "server.user", "", "user name to sign in with", FRONT_ENDS, option="--user", metavar="USER"
)
THEME = Setting(
    "look.theme",
    "system",
    "colours of the window",
    SCREEN,
    choices=("system", "light", "dark", "contrast-light", "contrast-dark"),
)
SCALE = Setting(
    "look.scale",
    1.0,
    "size of the text, 1 is 100 %",
    SCREEN,
    minimum=1.0,
    maximum=2.0,
)
LANGUAGE = Setting(
    "look.language", "", "language of the screen, such as de or ar; empty: the system's", EVERYWHERE
)
SPELLING_LANGUAGES = Setting(
    "spelling.languages",
    "",
    "languages you write, such as en_GB, de; empty: the system's; off: no spelling",
    FRONT_ENDS,
)
REDUCED_MOTION = Setting(
    "look.reduced_motion", "system", "show changes without movement or flashing", SCREEN,
    choices=("system", "on", "off"),
)  # fmt: skip
READING = Setting(
    "read.verbosity",
    2,
    "how much is said by itself: 0 rings and ends, 1 also what happens, 2 also messages, 3 everything",
    FRONT_ENDS | {Scope.DEMO},
    minimum=0,
    maximum=3,
)
READ_CALL_TEXT = Setting(
    "read.call_text",
    "sentences",
    "text typed in calls, in text mode: by sentences, or letters both ways as they come (live on)",
    FRONT_ENDS,
    choices=("sentences", "letters"),
)
RING_BAND = Setting(
    "ring.band", "all", "media that show a band across the window: all, none, or names", SCREEN
)
RING_FLASH = Setting("ring.flash", "none", "media for which the band flashes, once a second", SCREEN)
RING_TASKBAR = Setting("ring.taskbar", "all", "media that mark the window in the system's task bar", SCREEN)
RING_NOTIFY = Setting(
    "ring.notify", "all", "media that the system notifies of while the window is away", SCREEN
)
SHORTCUTS = Setting(
    "keys.changed", "", "shortcuts that are not the usual ones: ACTION=KEYS, or ACTION= for none", SCREEN
)
AUDIO_IN = Setting(
    "phone.audio_in",
    "",
    "microphone: a device name, FILE.wav or silent; empty: the system's",
    FRONT_ENDS | {Scope.DEMO, Scope.PHONE},
    option="--audio-in",
    metavar="DEVICE",
)
AUDIO_OUT = Setting(
    "phone.audio_out",
    "",
    "earpiece: a device name, FILE.wav or silent; empty: the system's",
    FRONT_ENDS | {Scope.DEMO, Scope.PHONE},
    option="--audio-out",
    metavar="DEVICE",
)
RING_OUT = Setting(
    "phone.ring_out", "", "device that rings; empty: the earpiece", FRONT_ENDS | {Scope.DEMO, Scope.PHONE}
)
PHONE_ENGINE = Setting(
    "phone.engine",
    "native",
    "telephone engine; pyvoip cannot hold, press keys or use TLS",
    frozenset({Scope.PHONE}),
    option="--engine",
    choices=("native", "pyvoip"),
)
PHONE_CA_FILE = Setting(
    "phone.ca_file",
    "",
    "file (PEM) of the private authority that vouches for the telephone server; empty: the system's",
    frozenset({Scope.PHONE}),
    option="--ca-file",
    metavar="FILE",
)
PHONE_HEADSET = Setting(
    "phone.headset",
    default=True,
    help="use the buttons and lamps of USB headsets",
    scopes=frozenset({Scope.PHONE}),
)
CAPTIONS = Setting(
    "captions.engine",
    "off",
    "what makes captions of speech in calls, on this computer: off, or whisper (the extra captions)",
    FRONT_ENDS | {Scope.DEMO, Scope.PHONE},
    choices=("off", "whisper"),
)
CAPTIONS_MODEL = Setting(
    "captions.model",
    "",
    "folder of a Whisper model for CTranslate2; empty: the English one of the extra",
    FRONT_ENDS | {Scope.DEMO, Scope.PHONE},
)
CAPTIONS_START = Setting(
    "captions.start",
    default=False,
    help="begin captions of the other side with every call",
    scopes=FRONT_ENDS | {Scope.DEMO, Scope.PHONE},
)
SWITCH_HOST = Setting(
    "switch.host",
    "127.0.0.1",
    "address on which telephones are served, IPv4 or IPv6",
    frozenset({Scope.SWITCH}),
    option="--sip-host",
    metavar="ADDRESS",
)
SWITCH_SIP_PORT = Setting(
    "switch.sip_port",
    5060,
    "SIP port, UDP and TCP",
    frozenset({Scope.SWITCH}),
    option="--sip-port",
    metavar="PORT",
    minimum=0,
    maximum=65535,
)
SWITCH_TLS_PORT = Setting(
    "switch.tls_port",
    0,
    "SIP port for TLS; 0: any free one, which the phones are told",
    frozenset({Scope.SWITCH}),
    option="--sip-tls-port",
    metavar="PORT",
    minimum=0,
    maximum=65535,
)
SWITCH_CERTIFICATE = Setting(
    "switch.certificate",
    "",
    "certificate for TLS (PEM); empty: one that the switch makes itself",
    frozenset({Scope.SWITCH}),
    option="--certificate",
    metavar="FILE",
)
SWITCH_CERTIFICATE_KEY = Setting(
    "switch.certificate_key",
    "",
    "key of the certificate (PEM); empty: in the same file",
    frozenset({Scope.SWITCH}),
    option="--certificate-key",
    metavar="FILE",
)
SWITCH_FIRST_RTP_PORT = Setting(
    "switch.first_rtp_port",
    16384,
    "first port for sound",
    frozenset({Scope.SWITCH}),
    option="--first-rtp-port",
    metavar="PORT",
    minimum=1024,
    maximum=65534,
)
SWITCH_LAST_RTP_PORT = Setting(
    "switch.last_rtp_port",
    32766,
    "last port for sound; a call uses up to four",
    frozenset({Scope.SWITCH}),
    option="--last-rtp-port",
    metavar="PORT",
    minimum=1024,
    maximum=65535,
)
LOG_LEVEL = Setting(
    "log.level",
    "info",
    "how much is written to the log",
    EVERYWHERE,
    option="--log-level",
    choices=("debug", "info", "warning", "error"),
)

SETTINGS: tuple[Setting[Any], ...] = (
    SERVER_URL,
    SERVER_USER,
    THEME,
    SCALE,
    LANGUAGE,
    SPELLING_LANGUAGES,
    REDUCED_MOTION,
    READING,
    READ_CALL_TEXT,
    RING_BAND,
    RING_FLASH,
    RING_TASKBAR,
    RING_NOTIFY,
    SHORTCUTS,
    AUDIO_IN,
    AUDIO_OUT,
    RING_OUT,
    PHONE_ENGINE,
    PHONE_CA_FILE,
    PHONE_HEADSET,
    CAPTIONS,
    CAPTIONS_MODEL,
    CAPTIONS_START,
    SWITCH_HOST,
    SWITCH_SIP_PORT,
    SWITCH_TLS_PORT,
    SWITCH_CERTIFICATE,
    SWITCH_CERTIFICATE_KEY,
    SWITCH_FIRST_RTP_PORT,
    SWITCH_LAST_RTP_PORT,
    LOG_LEVEL,
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The values in force: `settings[THEME]`; `origin` says where each came from."""

    def __init__(self, values: Mapping[str, tuple[Any, str]], *, path: Path) -> None:
        self._values = dict(values)
        self.path = path

    def __getitem__(self, setting: Setting[V]) -> V:
        value: V = self._values.get(setting.name, (setting.default, ""))[0]
        return value

    def __iter__(self) -> Iterator[Setting[Any]]:
        return iter(SETTINGS)

    def origin(self, setting: Setting[Any]) -> str:
        """Say where the value came from: an option, a variable, a line of a file, or `default`."""
        return self._values.get(setting.name, (None, "default"))[1]


def data_folder(data: str | Path | None) -> Path:
    """Give the folder for what a program keeps: `--data`, else the user's data folder."""
    return Path(data).expanduser() if data else Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))


def settings_path(data: str | Path | None) -> Path:
    """Give the path of `settings.toml`: in `--data`, else in the user's configuration folder."""
    folder = (
        Path(data).expanduser() if data else Path(platformdirs.user_config_dir(APPLICATION, appauthor=False))
    )
    return folder / FILE_NAME


def add_options(parser: argparse.ArgumentParser, scope: Scope, default: str | None = None) -> None:
    """Add the options of the settings that a program reads; `default` marks one left out."""
    for setting in SETTINGS:
        if setting.option and scope in setting.scopes:
            parser.add_argument(
                setting.option,
                dest=setting.dest,
                default=default,
                choices=setting.choices or None,
                metavar=None if setting.choices else setting.metavar,
                help=setting.help,
            )


def load(arguments: object = None, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings for an argparse namespace (its `data` and its options).

    Raises ConfigError for a file that is no TOML, an unknown name or a value of the wrong kind; the
    sentence names the file and the line, the variable or the option.
    """
    environment = os.environ if environment is None else environment
    path = settings_path(getattr(arguments, "data", None))
    values = _from_file(path)
    for setting in SETTINGS:
        if (text := environment.get(setting.environment)) is not None:
            source = f"environment variable {setting.environment}"
            values[setting.name] = (checked(setting, parsed(setting, text, source), source), source)
        if setting.option and (given := getattr(arguments, setting.dest, None)) is not None:
            source = f"option {setting.option}"
            values[setting.name] = (checked(setting, parsed(setting, str(given), source), source), source)
    return Settings(values, path=path)


def save(path: Path, setting: Setting[V], value: V) -> None:
    """Write one value into the file, keeping every other line and comment."""
    checked(setting, value, "the settings page")
    section, _, key = setting.name.rpartition(".")
    toml_file.assign(path, section, key, value)


def _from_file(path: Path) -> dict[str, tuple[Any, str]]:
    file = toml_file.read(path)
    values: dict[str, tuple[Any, str]] = {}
    for section, body in file.content.items():
        for key, value in body.items() if isinstance(body, dict) else ((None, body),):
            name = section if key is None else f"{section}.{key}"
            line = file.line_of("", section) if key is None else file.line_of(section, key)
            source = file.place(line)
            if name not in _BY_NAME:
                raise ConfigError(
                    f"{source}: there is no setting {name}.{_nearest(name)}", line=line, key=name
                )
            try:
                values[name] = (checked(_BY_NAME[name], value, source), source)
            except ConfigError as error:
                raise ConfigError(str(error), line=line, key=name) from None
    return values


def parsed(setting: Setting[Any], text: str, source: str) -> object:
    """Read a text from the command line, the environment or a verb as the setting's type."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    try:
        if setting.kind is bool or (setting.is_switch and text.strip().lower() in words):
            return words[text.strip().lower()]
        return setting.kind(text)
    except (KeyError, ValueError):
        raise ConfigError(
            f"{source}: {setting.name} must be {in_words(setting)}, not {text!r}.", key=setting.name
        ) from None


def checked(setting: Setting[V], value: object, source: str) -> V:
    """Give the value as the setting's type.  Raises `ConfigError`, which names `source`."""
    kind = setting.kind
    if setting.is_switch and isinstance(value, bool):
        value = "on" if value else "off"
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    wrong = (
        type(value) is not kind
        or (setting.choices and value not in setting.choices)
        or (setting.minimum is not None and not setting.minimum <= value)  # type: ignore[operator]  # a number: checked above
        or (setting.maximum is not None and not value <= setting.maximum)  # type: ignore[operator]  # the same
    )
    if wrong:
        raise ConfigError(
            f"{source}: {setting.name} must be {in_words(setting)}, not {value!r}.", key=setting.name
        )
    return value  # type: ignore[return-value]  # its type was compared above


def _nearest(name: str) -> str:
    difflib = importlib.import_module("difflib")  # only for a mistake: every start is faster without it
    near = difflib.get_close_matches(name, _BY_NAME, 1)
    return f" Did you mean {near[0]}?" if near else ""
