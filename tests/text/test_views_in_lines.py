"""What a view shows in the window is said in lines: every view is filled with words, and each is looked for.

The rule is mechanical.  Every view of the surface has a row in `LINES`, or a sentence why not.  Every text of
such a view is in its lines, unless the view has one sentence for all of it (`spoken`, `accessible`), nobody
reads the name (an id, an icon), or `WHY_NOT` says where it is said instead.
"""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any

import pytest

from agent_desktop import viewmodels
from agent_desktop.text import listing, panels, reports, telephone
from agent_desktop.viewmodels.parts import Badge, Button, Empty, Field, Tone
from agent_desktop.viewmodels.surface import Surface

Lines = Callable[[Any], list[str]]


def _classes() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in pkgutil.iter_modules(viewmodels.__path__):
        loaded = importlib.import_module(f"agent_desktop.viewmodels.{module.name}")
        found |= {k: v for k, v in vars(loaded).items() if isinstance(v, type)}
    return found


NAMES = _classes()
V = types.SimpleNamespace(**NAMES)

# How each view of the surface becomes lines.
LINES: dict[type[Any], Lines] = {
    V.TopBarView: lambda v: reports.topbar(v) + reports.below(v.state),
    V.InboxView: lambda v: reports.lists(v) + listing.frame(v),
    V.InboxRow: lambda v: [v.accessible],
    V.ConversationView: panels.conversation,
    V.CallTextView: panels.call_text,
    V.SideView: lambda v: [
        *panels.customer(v.customer),
        *panels.script(v.script),
        *panels.knowledge(v.knowledge),
        *panels.wrapup(v.wrapup),
    ],
    V.OfferCard: lambda v: telephone.ringing((v,)),
    V.Notice: lambda v: panels.notices((v,)),
    V.TransferView: lambda v: [telephone.target_line(row) for row in v.rows],
    V.ExplanationView: panels.explanation,
    V.ChooserView: panels.choices,
    V.FilterView: panels.filter_lines,
    V.MacroView: panels.macro,
    V.UnsentView: panels.unsent,
    V.SupervisorView: lambda v: [
        *telephone.agents(v),
        *telephone.calls(v),
        *telephone.waiting(v),
        *panels.queues(v.queues),
    ],
    V.SettingsView: lambda v: [
        *telephone.devices(v.devices),
        *telephone.phone(v.phone),
        *telephone.self_test(v.self_test),
    ],
}

# Views of the surface that have no lines of their own.
NO_LINES = {
    "DesktopView": "the frame of the window: each of its parts is asked for alone",
    "SignInView": "the terminal asks for name and password line by line, before there are verbs",
    "PaletteView": "help lists every verb, find says what is found",
    "PaletteItem": "targets says to whom, find says what is found",
    "KeypadView": "dial NUMBER for QUEUE says it all at once; keys says what was pressed",
    "LeadView": "setstate, forcewrapup and prioritise say it all at once and ask for what is missing",
    "ForwardView": "forward says it all at once",
    "Button": "an action, which test_parity looks for",
    "Paragraph": "spell lists the misspelt words of the draft: spelling.py",
    "SpellingView": "spell N lists what a word may be: spelling.py",
}

# Texts that are said elsewhere, and where.
WHY_NOT = {
    "TopBarView.agent_name": "said once, when one has signed in",
    "StatusView.label": "its detail is the whole sentence",
    "StateView.spoken": "status says the state with its timer in the words of `my_state`",
    "SideTab.label": "each tab is a verb",
    "SideTab.badge": "the line of its verb says it",
    "SideView.empty": "the verb of the tab says that there is nothing",
    "InboxView.chips": "inbox medium:NAME",
    "InboxView.bulk": "the verb of an act on many answers how it went",
    "ViewHead.chips": "in the sentence of the head",
    "InboxRow.marks": "in the sentence of the row",
    "Mode.label": "channel says who gets it and what else is possible",
    "ComposerView.templates": "canned lists them",
    "ComposerView.placeholder": "a hint inside an empty editor",
    "ComposerView.interlock": "the strip of the same sentence is said",
    "ComposerView.colleagues": "mention names whom it knows when the name is unknown",
    "ComposerView.says": "said where nothing keeps one from writing, else why not",
    "CallTextView.label": "the name of an editor",
    "CallTextView.text": "what stands in an editor: the terminal has its own line",
    "CallTextView.says": "said where nothing keeps one from writing, else why not",
    "Article.body": "knowledge N reads it",
    "Code.label": "wrapup lists the codes; the form says the one that is chosen",
    "WrapUpView.title": "the listing of the codes says mode and time",
    "WrapUpView.timer": "the listing of the codes says mode and time",
    "WrapUpView.timer_spoken": "the listing of the codes says mode and time",
    "WrapUpView.says": "the listing of the codes says mode and time",
    "WrapUpView.query": "what is typed to find a code",
    "ChooserView.query": "what is typed to find a line",
    "ChooserView.hint": "a hint inside an empty editor",
    "TransferView.title": "targets was asked",
    "TransferView.query": "targets was asked with it",
    "TransferView.empty": "targets says that nothing was found",
    "ExplanationView.note": "as of now: it was asked this moment",
    "ExplanationView.spoken": "the same in lines",
    "SupervisorView.empty": "each list says that it is empty",
    "UnsentView.title": "unsent was asked",
    "SettingsView.screen": "settings lists them: chosen.py",
    "SettingsView.ringing": "settings lists them: chosen.py",
    "SettingsView.keys": "shortcuts lists them: chosen.py",
    "SelfTestView.title": "selftest was asked",
    "SelfTestView.badge": "the verdict says it",
    "RecordingView.state": "in the sentence of the call",
    "RecordingView.badge": "in the sentence of the call",
    "CallCard.people": "in the sentence of the call",
    "TimelineItemView.attachments": "save lists the files; how many is in the sentence",
    "TimelineItemView.recordings": "in the sentence of the call",
}

SILENT = frozenset({
    "id", "key", "icon", "tone", "interaction", "conversation", "medium", "offer", "call", "leg", "initials",
    "action", "kind", "agent_initials", "code", "draft_key", "page", "tab", "request", "script",
})  # fmt: skip
SENTENCES = ("spoken", "accessible")


class Filler:
    """Makes views of any class, each text another word; remembers which text stands where."""

    def __init__(self) -> None:
        self.count = itertools.count(1)
        self.words: dict[str, str] = {}

    def make(self, cls: type[Any], path: str = "") -> Any:
        hints = typing.get_type_hints(cls, globalns=None, localns={**NAMES, "Sequence": Sequence})
        values = {
            f.name: self.value(
                hints[f.name], f"{cls.__name__}.{f.name}", path or self._elsewhere(f"{cls.__name__}.{f.name}")
            )
            for f in dataclasses.fields(cls)
            if f.init
        }
        return cls(**values)

    def value(self, hint: Any, name: str, path: str) -> Any:
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in {typing.Union, types.UnionType}:
            return self.value(next(a for a in arguments if a is not type(None)), name, path)
        if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
            return (self.value(arguments[0], name, path),)
        if origin is tuple:
            return tuple(self.value(a, name, path) for a in arguments)
        if origin is not None and issubclass(origin, Sequence):
            return (self.value(arguments[0], name, path),)
        if origin is dict:
            return {}
        if hint is str:
            return self.word(name, path)
        if hint is bool:
            return name.rpartition(".")[2] in {"selected", "checked", "known", "survey", "ticked"}
        if hint in {int, float}:
            return hint(7)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return next(iter(hint))
        if hint is Badge:
            return Badge(self.word(name, path), Tone.OK)
        if hint is Button:
            return Button("text.status", f"press{next(self.count)}", checked=True)
        if hint is Empty:
            return None  # what is empty shows nothing else: see its own test
        if hint is Field:
            return Field("f", self.word(name, path), value=self.word(name, path))
        if dataclasses.is_dataclass(hint):
            return self.make(typing.cast("type[Any]", hint), path)
        return None

    def word(self, name: str, elsewhere: str) -> str:
        """A text of its own; one that is said elsewhere is not looked for."""
        made = f"w{next(self.count)}w"
        if not elsewhere:
            self.words[made] = name
        return made

    def _elsewhere(self, name: str) -> str:
        return name if name in WHY_NOT else ""


def views_of_surface() -> dict[str, type[Any]]:
    """Every dataclass that a method of the surface gives."""
    found: dict[str, type[Any]] = {}

    def add(hint: Any) -> None:
        if dataclasses.is_dataclass(hint):
            found[typing.cast("type[Any]", hint).__name__] = typing.cast("type[Any]", hint)
        for part in typing.get_args(hint):
            add(part)

    for name, method in vars(Surface).items():
        if not name.startswith("_") and callable(method):
            add(typing.get_type_hints(method, localns=NAMES).get("return"))
    return found


def whole() -> Iterator[str]:
    """The classes that have one sentence for all that they show."""
    for name, cls in NAMES.items():
        if dataclasses.is_dataclass(cls) and {f.name for f in dataclasses.fields(cls)} & set(SENTENCES):
            yield name


def unsaid(cls: type[Any], lines: Lines) -> list[str]:
    """The texts of a view that are not in its lines."""
    filler = Filler()
    said = "\n".join(lines(filler.make(cls)))
    missing = sorted({name for word, name in filler.words.items() if word not in said})
    sentences = set(whole())
    found = []
    for name in missing:
        owner, _dot, field = name.partition(".")
        if field in SILENT:
            continue
        if owner in sentences and field not in SENTENCES:
            continue
        found.append(name)
    return found


def test_every_view_of_the_surface_has_lines_or_a_reason() -> None:
    names = set(views_of_surface())
    shown = {cls.__name__ for cls in LINES}
    assert names - shown - set(NO_LINES) == set()
    assert set(NO_LINES) <= names


@pytest.mark.parametrize("cls", LINES, ids=lambda cls: cls.__name__)
def test_every_text_of_a_view_is_in_its_lines(cls: type[Any]) -> None:
    assert unsaid(cls, LINES[cls]) == []


def test_a_text_that_is_left_out_is_found_out() -> None:
    planted = dataclasses.make_dataclass(
        "Planted", [("label", str), ("planted", str)], bases=(V.Notice,), frozen=True, kw_only=True
    )
    assert unsaid(planted, lambda v: panels.notices((v,))) == ["Planted.label", "Planted.planted"]


def test_what_is_empty_says_so() -> None:
    assert panels.nothing(Empty("Nothing here", "Say inbox.")) == ["Nothing here. Say inbox."]
    assert panels.nothing(None) == []


def test_no_reason_stands_for_a_text_that_is_not_there() -> None:
    for name in WHY_NOT:
        owner, _dot, field = name.partition(".")
        assert field in {f.name for f in dataclasses.fields(NAMES[owner])}, name
