"""Writes the parts of the guides that the code knows best: `.venv/bin/python installer/docs.py`.

The tables of the protocol come from the unions of `wire/`, the keys and verbs from the client's one table
of actions, the settings from their declarations.  Each goes between two marks in a guide; the words
around them are written by people.  A test keeps the committed text up to date (`--check` does the same).
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from agent_desktop import settings
from agent_desktop.client.action import not_yet
from agent_desktop.client.actions import ACTIONS, TERMINAL_IDS
from agent_desktop.domain import announcing, centre, hours, ivr, messaging, telephony
from agent_desktop.domain.types import AgentId, ChannelId, QueueId
from agent_desktop.server import config, config_telephony, tomlfile
from agent_desktop.wire import calls, commands, events, exchange, models, phone, routing, switch

sys.path.insert(0, str(Path(__file__).resolve().parent))
import rules

DOCS = Path(__file__).resolve().parent.parent / "resources" / "docs"
MARKS = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(words: list[str] | None = None) -> int:
    """Bring the guides up to date, or say which are not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail if something would change")
    check = parser.parse_args(words).check
    stale = [path for path, text in renewed().items() if path.read_text("utf-8") != text]
    for path in stale:
        print(f"{path.name}: {'is not up to date' if check else 'written'}")
        if not check:
            path.write_text(renewed()[path], "utf-8")
    return 1 if check and stale else 0


def renewed() -> dict[Path, str]:
    """Give every guide as it should be."""
    return {path: filled(path.read_text("utf-8")) for path in sorted(DOCS.glob("*.md"))}


def filled(text: str) -> str:
    """Put the tables between their marks.  An unknown name is a `KeyError`."""
    return MARKS.sub(lambda m: f"{m[1]}\n{TABLES[m['name']]()}\n{m[3]}", text)


def structs(members: Iterable[type[Any]]) -> str:
    """Give a table of structs: name, fields with their types, meaning."""
    rows = [
        f"| `{member.__name__}` | {_fields(member)} | {_first(member)} |"
        for member in sorted(members, key=lambda m: m.__name__)
    ]
    return "\n".join(["| name | fields | meaning |", "|---|---|---|", *rows])


def _fields(struct: type[Any]) -> str:
    required = {
        name
        for name, parameter in inspect.signature(struct).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    return ", ".join(
        f"`{name}: {_escaped(_type_of(struct, name))}`{'' if name in required else '?'}"
        for name in struct.__struct_fields__
    )


def _type_of(struct: type[Any], name: str) -> str:
    for base in struct.__mro__:
        if name in (found := inspect.get_annotations(base)):
            return str(found[name])
    raise KeyError(name)


def _first(struct: type[Any]) -> str:
    return _escaped(" ".join((inspect.getdoc(struct) or "").split("\n\n")[0].split()))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _models() -> str:
    return _structs_of(models, calls, routing)


def _exchange() -> str:
    nested = (switch.Prompt, switch.SwitchCall, switch.SwitchLeg, switch.LegQuality)
    return _structs_of(exchange, more=nested)


def _structs_of(*modules: ModuleType, more: tuple[type[Any], ...] = ()) -> str:
    """Give a table of the structs that these modules define."""
    own = [
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__ and value.__struct_fields__
    ]
    return structs([*own, *more])


def keys() -> str:
    """Give a table of every action with a key, a verb or a place in the palette."""
    lines: list[str] = []
    groups = list(dict.fromkeys(row.group for row in ACTIONS))
    for group in groups:
        rows = [row for row in ACTIONS if row.group == group and (row.shortcut or row.verb or row.palette)]
        if rows:
            lines += [f"### {group}", "", "| action | key | text mode | what it does |", "|---|---|---|---|"]
        for row in rows:
            key = f"`{row.shortcut.replace('Return', 'Enter')}`" if row.shortcut else ""
            verb = f"`{_escaped(row.usage)}`" if row.verb else ""
            where = " (text mode only)" if row.id in TERMINAL_IDS else ""
            where += " (not yet)" if row.check is not_yet else ""
            lines.append(f"| {row.label}{where} | {key} | {verb} | {_escaped(row.summary)} |")
        if rows:
            lines.append("")
    return "\n".join(lines).rstrip()


def options() -> str:
    """Give a table of the settings."""
    lines = ["| setting | option | environment | default | programs | meaning |", "|---|---|---|---|---|---|"]
    for row in settings.SETTINGS:
        option = f"`{row.option}`" if row.option else ""
        programs = (
            "all" if row.scopes == settings.EVERYWHERE else ", ".join(sorted(s.value for s in row.scopes))
        )
        allowed = f" ({', '.join(str(c) for c in row.choices)})" if row.choices else ""
        default = f"`{row.default}`" if row.default != "" else ""
        meaning = f"{row.help}{allowed}"
        lines.append(
            f"| `{row.name}` | {option} | `{row.environment}` | {default} | {programs} | {meaning} |"
        )
    return "\n".join(lines)


CONFIGURATION: dict[str, Any] = {
    "[server]": config.ServerSettings(),
    "[queues.ID]": centre.Queue(id=QueueId(""), name=""),
    "[queues.ID.announcements]": announcing.Announcements(),
    "[agents.ID]": centre.AgentEntry(id=AgentId(""), name=""),
    "[[numbers]]": centre.Number(number="", flow=""),
    "[hours.ID]": hours.Hours(id=""),
    "[flows.ID]": ivr.Flow(id="", nodes=(), person_queue=QueueId("")),
    "[[flows.ID.nodes]]": ivr.Node(id=""),
    "[[flows.ID.nodes.choices]]": ivr.Choice(key="", label=""),
    "[trunks.ID]": telephony.Trunk(id="", host=""),
    "[[routes]]": telephony.Route(prefix="", trunks=()),
    "[limits]": config_telephony.limits(tomlfile.Document(DOCS, "", {}).root),
    "[exchange]": telephony.Exchange(),
    "[mailboxes.ID]": centre.Mailbox(id=ChannelId(""), address="", queue=QueueId("")),
    "[chats.ID]": centre.ChatSite(id=ChannelId(""), queue=QueueId("")),
    "[sms.ID]": messaging.SmsNumber(id=ChannelId(""), number="", queue=QueueId("")),
    "[social.ID]": messaging.SocialAccount(id=ChannelId(""), provider="", queue=QueueId("")),
}
OTHERWISE = {"announcements", "week", "special"}  # written in another way in the file


def configuration() -> str:
    """Give a table of the fields of `centre.toml` with what counts when they are not there."""
    lines = ["| table | fields, with the default |", "|---|---|"]
    for table, plain in CONFIGURATION.items():
        apart = {"id"} if ".ID" in table and "[[" not in table else set()
        shown = [f.name for f in fields(plain) if f.name not in apart | OTHERWISE]
        row = ", ".join(f"`{name}`{_default(getattr(plain, name))}" for name in shown)
        lines.append(f"| `{table}` | {row} |")
    return "\n".join(lines)


def _default(value: object) -> str:
    """The default in brackets; an empty one is not worth its room."""
    if value in ("", (), {}, None) or (isinstance(value, frozenset) and not value):
        return ""
    if isinstance(value, tuple):
        return f" [{', '.join(str(item) for item in value)}]"
    if isinstance(value, float):
        return f" [{value:g}]"
    return f" [{str(value).lower() if isinstance(value, bool) else value}]"


TABLES: dict[str, Callable[[], str]] = {
    "agent-commands": lambda: structs(get_args(commands.AnyCommand)),
    "agent-events": lambda: structs(get_args(events.AnyEvent)),
    "agent-results": lambda: structs(get_args(events.Result)),
    "phone-commands": lambda: structs(get_args(phone.AnyPhoneCommand)),
    "phone-events": lambda: structs(get_args(phone.AnyPhoneEvent)),
    "switch-commands": lambda: structs(get_args(switch.AnySwitchCommand)),
    "switch-events": lambda: structs(get_args(switch.AnySwitchEvent)),
    "exchange": _exchange,
    "models": _models,
    "keys": keys,
    "settings": options,
    "configuration": configuration,
    "agent-choices": rules.choices,
    "agent-courses": rules.courses,
    "agent-turns": rules.turns,
    "agent-offered": rules.offered,
    "routing": rules.decisions,
    "wrap-up": rules.modes,
    "promises": rules.promises,
}


if __name__ == "__main__":
    sys.exit(main())
