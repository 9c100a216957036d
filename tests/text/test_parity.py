"""Every action is reached in the window, by its keys and in the terminal; a new one that is not fails (U-8).

Where an action is a step inside another one, or a panel that a front end does not have, the tables say which
action or line does the same, and why.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.client.action import local
from agent_desktop.client.actions import ACTIONS, BY_ID, TERMINAL_IDS
from agent_desktop.text import verbs
from tests.client.talks import on_a_call
from tests.text.reaching import Place, button_fields, by_window, places, read_by_window, unreached
from tests.text.terminal import Terminal

STEP = "a step that another action asks for by itself"
PANEL = "a panel of the window, or typing in it; a line says it all at once"
SAID = "the window shows it without being asked"

# Actions that the window has by another one: what it does, and why.
WINDOW = {
    "note.mention": ("note.add", "@@ in a note names colleagues"),
    "draft.shared": ("draft.share", STEP),
    "composer.channel": ("composer.mode", "the ways to write are buttons beside Reply"),
    "canned.use": ("canned.used", "a canned reply is taken from the picker"),
    "template.insert": ("canned.used", "the picker writes it into the editor"),
    "call.targets": ("transfer.find", "the panel of whom to call finds while one types"),
    "device.first": ("device.move", "a device is moved up to the first place"),
    "bulk.begin": ("choose.run", "an act on what is picked, with its value"),
    "transfer.open": ("call.transfer", STEP),
    "keypad.pressed": ("call.dtmf", STEP),
    "ring.test": ("sound.ring", STEP),
    "text.status": ("go.settings", "the bar and the pages of the settings; " + SAID),
    "text.help": ("palette.open", "the palette and the key sheet on F1 list everything"),
    "text.quit": ("session.end", "the window is closed"),
    "text.last": ("conversation.older", "what was said stands in the window"),
    "text.repeat": ("conversation.older", "a screen reader says again what stands in the window"),
    "text.notices": ("notice.dismiss", SAID),
    "text.who": ("inbox.tab", "the list of what is mine; " + SAID),
    "text.agents": ("go.supervisor", "a table of the board"),
    "text.queues": ("go.supervisor", "a table of the board"),
    "text.calls": ("go.supervisor", "a table of the board"),
    "text.waiting": ("go.supervisor", "a table of the board"),
    "text.devices": ("go.settings", "a page of the settings"),
    "text.phone": ("go.settings", "a page of the settings"),
    "text.quality": ("go.settings", "the badge of the call and the page of the phone"),
    "text.keys": ("keypad.open", "the keypad shows them"),
    "text.live": ("text.typed", "the editor of the call goes letter by letter"),
    "text.transcript": ("text.on", "the panel of the call's text"),
    "text.time": ("go.inbox", "the clocks of the bar, the offer and the form; " + SAID),
    "text.verbosity": ("go.settings", "what is said aloud is the screen reader's own setting"),
    "text.held": ("go.inbox", "nothing is held back in a window"),
}

# Lines that do, or stand for, an action without a verb of its own.
TERMINAL = {
    "draft.shared": ("share", STEP),
    "finish.send": ("finish send", ""),
    "finish.back": ("finish back", ""),
    "composer.switch": ("note hello", "say is a reply, note is a note"),
    "composer.mode": ("channel email", "say, note and channel choose how it is written"),
    "canned.used": ("canned hello", STEP),
    "template.insert": ("canned hello", STEP),
    "macro.text": ("macro text 1 hello", ""),
    "macro.run": ("macro run", ""),
    "macro.close": ("macro close", ""),
    "file.shown": ("save 1", "save says the path of the folder"),
    "forward.open": ("forward 1 a@example.com", PANEL),
    "forward.field": ("forward 1 a@example.com hello", PANEL),
    "forward.send": ("forward 1 a@example.com hello", PANEL),
    "forward.close": ("forward 1 a@example.com", PANEL),
    "split.choose": ("split 1 2", PANEL),
    "split.send": ("split 1 2", PANEL),
    "split.close": ("split 1 2", PANEL),
    "text.typed": ("live on", "keys go to the call while live text is on"),
    "text.say": ("say hello", ""),
    "device.use": ("use speaker 1 add", ""),
    "device.move": ("use speaker 1 up", ""),
    "choice.turn": ("settings ring", "each way of ringing is a setting"),
    "keys.reset": ("shortcuts usual", ""),
    "keys.page": ("shortcuts", PANEL),
    "spelling.learn": ("spell 1 add", ""),
    "spelling.ignore": ("spell 1 ignore", ""),
    "spelling.found": ("spell", STEP),
    "sound.waiting_level": ("sound waiting -30", ""),
    "ring.test": ("ring", STEP),
    "conversation.take": ("assign 1 me", ""),
    "conversation.macro": ("bulk macro 1 refund", ""),
    "conversation.annotate": ("bulk note 1 hello", ""),
    "bulk.pick": ("bulk tag 1,3-5 late", "the numbers of a line are what is picked"),
    "bulk.all": ("bulk tag all late", ""),
    "bulk.none": ("bulk tag 1 late", "nothing stays picked behind a line"),
    "bulk.stop": ("bulk stop", ""),
    "bulk.undo": ("bulk undo", ""),
    "bulk.dismiss": ("bulk undo", "the result is a line"),
    "choose.open": ("assign 1", "an act without its value lists what can be chosen"),
    "choose.find": ("targets sara", PANEL),
    "choose.run": ("assign 1 2", "the number of the list that was printed"),
    "choose.close": ("assign 1", PANEL),
    "look.alive": ("status", STEP),
    "views.retry": ("view 1", ""),
    **{f"views.key{n}": (f"view {n}", "") for n in range(1, 10)},
    "filter.open": ("filter", PANEL),
    "filter.clear": ("filter clear", ""),
    "filter.close": ("filter", PANEL),
    "unsent.close": ("unsent", PANEL),
    "unsent.retry": ("unsent retry 1", ""),
    "unsent.edit": ("unsent edit 1", ""),
    "unsent.discard": ("unsent discard 1", ""),
    "unsent.open": ("unsent open 1", ""),
    "inbox.tab": ("inbox queue", ""),
    "inbox.medium": ("inbox medium:email", ""),
    "go.place": ("agents", PANEL),
    "go.supervisor": ("agents", PANEL),
    "go.settings": ("devices", PANEL),
    "settings.page": ("phone", PANEL),
    "transfer.open": ("targets", PANEL),
    "transfer.find": ("targets sara", ""),
    "transfer.close": ("targets", PANEL),
    "keypad.open": ("keys", PANEL),
    "keypad.type": ("dial 6002", PANEL),
    "keypad.pressed": ("keys", STEP),
    "keypad.queue": ("dial 6002 for support", ""),
    "keypad.close": ("keys", PANEL),
    "why.close": ("why", PANEL),
    "lead.open": ("setstate sara ready", PANEL),
    "lead.field": ("forcewrapup 1 solved", PANEL),
    "lead.confirm": ("prioritise 1 90", PANEL),
    "lead.close": ("setstate sara ready", PANEL),
    "field.focus": ("secure on", "card data is masked by its verb; a line has no focus"),
    "go.wrapup": ("wrapup", ""),
    "side.tab": ("customer", PANEL),
    "side.pin": ("customer", PANEL),
    "script.tick": ("script read 1", ""),
    "script.field": ("script answer order 48213", ""),
    "script.go": ("script 1", ""),
    "script.back": ("script back", ""),
    "knowledge.find": ("knowledge broken lamp", ""),
    "knowledge.insert": ("knowledge insert 1", ""),
    "wrapup.code": ("wrapup solved", ""),
    "wrapup.field": ("wrapup solved order=48213", ""),
    "wrapup.note": ("wrapup solved thanked", ""),
    "wrapup.find": ("wrapup", "the codes are listed"),
    "wrapup.survey": ("wrapup solved survey=yes", ""),
    "palette.open": ("help", PANEL),
    "palette.find": ("find lamp", ""),
    "palette.more": ("find +", ""),
    "palette.close": ("help", PANEL),
}


def test_every_action_is_reached_in_the_window_by_keys_and_in_the_terminal() -> None:
    assert unreached(ACTIONS, window=WINDOW, terminal=TERMINAL) == {"window": [], "keys": [], "terminal": []}


def test_an_action_that_nothing_offers_is_found_out() -> None:
    planted = local("planted.act", "Planted", "Nobody can reach it.", group="View")
    found = unreached([planted], window=WINDOW, terminal=TERMINAL)
    assert found == {"window": ["planted.act"], "keys": ["planted.act"], "terminal": ["planted.act"]}


def test_what_only_the_mouse_reaches_does_not_count_for_the_keys() -> None:
    assert Place("qt", "timeline.py", "TimelineDelegate.mouseReleaseEvent").by_mouse
    assert not Place("qt", "timeline.py", "keyPressEvent").by_mouse


def test_a_name_that_is_only_compared_or_keys_a_table_is_not_offered() -> None:
    assert places("draft.shared") == []  # it keys the table of local acts
    assert {place.file for place in places("lead.listen")} == {"supervising.py"}  # put together of two words


@pytest.mark.parametrize("table", [WINDOW, TERMINAL], ids=["window", "terminal"])
def test_the_tables_name_only_actions_that_have_no_way_of_their_own(
    table: dict[str, tuple[str, str]],
) -> None:
    assert set(table) <= set(BY_ID)
    for action_id in table:
        row = BY_ID[action_id]
        assert not row.verb if table is TERMINAL else not by_window(row, {}), action_id


def test_the_window_draws_every_button_of_its_views() -> None:
    drawn = read_by_window()
    assert {name for name, field in button_fields().items() if field not in drawn} == set()
    assert "planted_button" not in drawn


def test_what_the_window_has_instead_is_in_the_window_itself() -> None:
    for action_id, (other, why) in WINDOW.items():
        assert by_window(BY_ID[other], {}), (action_id, other)
        assert why


@pytest.mark.parametrize("action_id", TERMINAL)
def test_the_line_that_stands_for_an_action_is_understood(action_id: str) -> None:
    typed = verbs.read(TERMINAL[action_id][0])
    assert typed is not None
    assert typed.error == ""


def test_every_verb_takes_what_its_usage_names() -> None:
    """A verb whose usage names something reads it, and one that names nothing takes nothing."""
    for row in ACTIONS:
        if not row.verb:
            continue
        typed = verbs.read(f"{row.verb} 1")
        assert typed is not None
        assert bool(typed.error) == (row.usage == row.verb), row.usage


def test_what_is_left_out_is_asked_for_with_the_usage() -> None:
    for row in ACTIONS:
        typed = verbs.read(row.verb) if row.verb else None
        if typed is not None and typed.error:
            assert row.usage in typed.error


def test_help_says_what_a_verb_does() -> None:
    assert verbs.help_lines("live") == [
        "live on|off: Type in the call and read it letter by letter, for braille."
    ]


def test_a_line_of_the_terminal_runs_the_action_that_it_stands_for(tmp_path: Path) -> None:
    """Where no reason is given in the table, the line runs that very action, or says why it cannot be now."""
    t = Terminal(tmp_path, json_lines=False)
    on_a_call(t.desk)
    ran: list[str] = []
    perform = t.desk.desktop.perform

    def noted(action: str, arguments: dict[str, str]) -> object:
        ran.append(action)
        return perform(action, arguments)

    t.desk.desktop.perform = noted  # type: ignore[assignment,method-assign]  # it notes, then does the same
    for action_id in ("script.tick", "script.field", "script.go", "script.back", "knowledge.find"):
        ran.clear()
        t.type(TERMINAL[action_id][0])
        assert action_id in ran, action_id
    t.desk.drafts.close()


def test_the_verbs_of_the_terminal_are_the_only_ones_that_it_runs_itself() -> None:
    assert {BY_ID[i].verb for i in TERMINAL_IDS} >= {"status", "help", "who", "time", "last", "repeat", "n"}
