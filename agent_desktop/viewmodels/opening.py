"""Opening the desktop from the words of a command line: settings, folders, network, drafts.

`arguments` is the argparse namespace of either front end: server, user, password_file, data, audio_in,
audio_out.  An option left out comes from the environment, `settings.toml` or the default.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agent_desktop import settings
from agent_desktop.client.choices import Choices
from agent_desktop.client.drafts import Drafts, Elsewhere
from agent_desktop.client.habits import FILE_NAME as HABITS
from agent_desktop.client.habits import Habits
from agent_desktop.client.handing import Handed
from agent_desktop.client.offline import Offline
from agent_desktop.client.outside import RealOutside
from agent_desktop.client.preferences import FILE_NAME, PreferenceFile
from agent_desktop.client.runtime import Runtime
from agent_desktop.client.session import Keyring
from agent_desktop.client.spelling import Spelling, survey
from agent_desktop.client.spelling_answers import Asks
from agent_desktop.client.spelling_own import FILE_NAME as OWN_WORDS
from agent_desktop.client.spelling_own import OwnWords
from agent_desktop.client.spelling_places import FOLDER as DICTIONARIES
from agent_desktop.client.unsent import UnsentFile
from agent_desktop.errors import UsageError
from agent_desktop.i18n import _, system_language
from agent_desktop.viewmodels import calling, local_choices, merging
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.signing import Entry, KeyringExamined


def open_desktop(
    arguments: object,
    *,
    program: str,
    wake: Callable[[], None],
    use_keyring: bool = True,
    phone_command: tuple[str, ...] = (),
) -> Desktop:
    """Make the desktop.  Nothing is connected yet: call `sign_in`.  Raises `ConfigError`, `StorageError`."""
    values = settings.load(arguments)
    data = settings.data_folder(getattr(arguments, "data", None))
    outside = RealOutside(
        program=program,
        data=data,
        wake=wake,
        phone_options=phone_options(values),
        phone_command=phone_command,
        use_keyring=use_keyring,
    )
    try:
        drafts = Drafts(
            data / "drafts.db",
            saved=lambda problem: outside.post(DraftsSaved(problem)),
            found=outside.post,
            joined=merging.both,
        )
        unsent = UnsentFile(data / "unsent.db", outside.post)
    except BaseException:
        outside.close(keep_phone=True)
        raise
    entry = Entry(server=values[settings.SERVER_URL], user=values[settings.SERVER_USER])
    offline = Offline(data, unsent, post=outside.post)
    preferences = PreferenceFile(data / FILE_NAME)
    desktop = Desktop(Runtime(outside, preferences=preferences, offline=offline), drafts, entry=entry)
    desktop.habits = Habits(data / HABITS)
    desktop.spelling = _spelling(values, data, outside.post)
    desktop.choices = Choices(values)
    local_choices.begin(desktop)
    if unsent.set_aside:
        text = _("The list of unsent acts could not be read. It is kept as {file}.", file=unsent.set_aside)
        desktop.notice("unsent.file", text, Tone.DANGER)
    if drafts.set_aside:
        text = _("Your drafts could not be read. They are kept as {file}.", file=drafts.set_aside)
        desktop.notice("drafts.file", text, Tone.DANGER)
    desktop.link = str(getattr(arguments, "link", "") or "")
    desktop.runtime.on_other = lambda item: _other(desktop, item)
    if use_keyring:
        outside.examine_keyring(entry.server, entry.user, KeyringExamined)
    else:
        desktop.entry = Entry(entry.server, entry.user, ring=Keyring(available=False, note=""))
    return desktop


class DraftsSaved:
    """A commit of the drafts; `problem` is a sentence when it failed."""

    __slots__ = ("problem",)

    def __init__(self, problem: str) -> None:
        self.problem = problem


def _other(desktop: Desktop, item: object) -> None:
    """What comes in beside the two links."""
    match item:
        case KeyringExamined(ring=ring, known=known):
            old = desktop.entry
            desktop.entry = Entry(
                old.server, old.user, remember=old.remember or known, ring=ring, known=known
            )
            desktop.changed("signin")
        case Handed():
            desktop.link = item.link
            calling.open_link(desktop)
        case Elsewhere():
            merging.elsewhere(desktop, item)
        case DraftsSaved() if item.problem:
            desktop.notice("drafts", item.problem, Tone.DANGER)
        case DraftsSaved():
            desktop.workspace.notices.pop("drafts", None)
            desktop.changed("conversation", "notices")
        case _ if desktop.spelling.take(item):
            desktop.changed("spelling")
        case _:
            pass


def _spelling(values: settings.Settings, data: Path, post: Callable[[object], None]) -> Spelling:
    """The spelling of what is written here; its library and its thread wait for the first word."""

    def start() -> Asks:
        from agent_desktop.client.spelling_process import Worker  # noqa: PLC0415 - not before it is needed

        return Worker(post, lambda: survey(data))

    return Spelling(
        start,
        languages=values[settings.SPELLING_LANGUAGES],
        system=values[settings.LANGUAGE] or system_language(),
        own=OwnWords(data / OWN_WORDS),
        folder=str(data / DICTIONARIES),
    )


def phone_options(values: settings.Settings) -> tuple[str, ...]:
    """The sound devices, passed on to the phone process."""
    chosen: list[str] = []
    for setting in (settings.AUDIO_IN, settings.AUDIO_OUT):
        if values[setting]:
            chosen += [setting.option, values[setting]]
    return tuple(chosen)


def read_password(path: str) -> str:
    """The first line of a password file.  Raises `UsageError`."""
    try:
        lines = Path(path).expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            _("The password file {path} cannot be read: {why}.", path=path, why=str(error))
        ) from error
    if not lines or not lines[0]:
        raise UsageError(_("The password file {path} is empty.", path=path))
    return lines[0]
