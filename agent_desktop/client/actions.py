"""The one table of actions: menus, shortcuts, palette, text verbs and help are read from it.

`run(action, situation, arguments)` gives the steps, or raises `RefusedError` with the reason in words.
What an action needs but the user does not type (the id of a new message) is in the arguments too.
"""

from __future__ import annotations

from functools import partial

from agent_desktop.client.action import Action, Arguments, Step, local
from agent_desktop.client.actions_access import ACCESS
from agent_desktop.client.actions_call import CALL, CALLS, can_dial, phone_call
from agent_desktop.client.actions_choices import CHOICES, SETTINGS
from agent_desktop.client.actions_floor import FLOOR, can_open
from agent_desktop.client.actions_inbox import INBOX, LIST
from agent_desktop.client.actions_lead import LEAD, LEADS, can_lead
from agent_desktop.client.actions_offer import OFFERS
from agent_desktop.client.actions_party import PARTIES
from agent_desktop.client.actions_record import RECORDS
from agent_desktop.client.actions_sound import SOUND, SOUNDS
from agent_desktop.client.actions_text import TEXTS, TYPED
from agent_desktop.client.actions_unsent import ACTS as UNSENT
from agent_desktop.client.actions_work import WORK
from agent_desktop.client.actions_writing import WRITING, WRITING_LOCAL
from agent_desktop.client.conversations import conversation_or_work
from agent_desktop.client.situation import Situation
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _

VIEW, SELF = "Panels", "Program"
_local = partial(local, group=VIEW)


def _can_open(s: Situation, a: Arguments) -> str:
    if not a.get("conversation", ""):
        conversation_or_work(s, a.get("id", ""))
    return ""


def _signed_in(s: Situation, _a: Arguments) -> str:
    return "" if s.signed_in else _("Sign in first.")


def _has_script(s: Situation, _a: Arguments) -> str:
    interaction = s.looked_at
    if interaction is None:
        return _("Nothing is open.")
    return "" if s.store.queue(interaction.queue).script else _("This queue has no script.")


def _can_key(s: Situation, a: Arguments) -> str:
    return "" if phone_call(s, a)[0] is not None else can_dial(s, a)


VIEWS = (
    _local("go.inbox", "Inbox", "Show the inbox.", check=_signed_in, verb="inbox",
           usage="inbox [mine|queue|all|FILTER…]", shortcut="Ctrl+1", icon="inbox", palette=True),
    _local("inbox.open", "Open", "Look at one of the list.", group=LIST, check=_can_open, verb="open",
           usage="open N"),
    _local("inbox.tab", "List", "Mine, Queue or All.", check=_signed_in),
    _local("inbox.medium", "Medium", "Show only one medium."),
    _local("go.place", "Go", "Go to a place of the rail."),
    _local("go.supervisor", "Supervisor", "Show agents, calls and who waits.", check=can_lead,
           shortcut="Ctrl+6", icon="supervisor", palette=True),
    _local("go.settings", "Settings", "Show devices, the phone and the self-test.", check=_signed_in,
           shortcut="Ctrl+,", icon="settings", palette=True),
    _local("settings.page", "Page", "Choose a page of the settings.", check=_signed_in),
    _local("transfer.open", "Transfer to", "Choose whom to give it to."),
    _local("transfer.find", "Find whom", "Type whom to give it to."),
    _local("transfer.close", "Close", "Close the list of whom to give it to.", icon="close"),
    _local("keypad.open", "Keypad", "Open the keypad.", check=_can_key, icon="keypad"),
    _local("keypad.type", "Number", "Type a number to call."),
    _local("keypad.pressed", "Pressed", "Show the keys that were pressed."),
    _local("keypad.queue", "Caller ID", "Choose for which queue to call."),
    _local("keypad.close", "Close", "Close the keypad.", icon="close"),
    _local("why.close", "Close", "Close the explanation.", icon="close"),
    _local("lead.open", "Change", "Open the form of what a supervisor changes.", check=can_open),
    _local("lead.field", "Field", "Fill in a field of what a supervisor changes."),
    _local("lead.confirm", "Confirm", "Do what the supervisor's form says.", icon="check"),
    _local("lead.close", "Close", "Close the supervisor's form.", icon="close"),
    _local("ring.test", "Ring", "Ring for a moment."),
    _local("field.focus", "Field", "A field of a form has the focus, or lost it."),
    _local("go.customer", "Customer", "Show who it is.", verb="customer", usage="customer",
           shortcut="Ctrl+2", icon="customers", palette=True),
    _local("go.script", "Script", "Show what to say.", check=_has_script, verb="script",
           usage="script [N|back|read N|answer FIELD VALUE]",
           shortcut="Ctrl+3", icon="article", palette=True),
    _local("go.knowledge", "Knowledge", "Show articles.", verb="knowledge",
           usage="knowledge [WORDS|N|insert N]", shortcut="Ctrl+4", icon="knowledge", palette=True),
    _local("go.wrapup", "Wrap-up", "Show the wrap-up form.", shortcut="Ctrl+5", icon="check", palette=True),
    _local("side.tab", "Tab", "Choose a tab of the side."),
    _local("side.pin", "Keep this tab", "Stay at this tab whatever happens."),
    _local("composer.mode", "Mode", "Reply or note."),
    _local("template.insert", "Insert", "Insert a canned reply.", icon="template"),
    _local("script.tick", "Tick", "The line was read aloud."),
    _local("script.field", "Answer", "Note an answer."),
    _local("script.go", "Next page", "Go to a page of the script."),
    _local("script.back", "Back", "Go back a page.", icon="back"),
    _local("knowledge.find", "Find articles", "Find articles by words."),
    _local("knowledge.insert", "Insert", "Insert the article's text.", icon="article"),
    _local("wrapup.code", "Code", "Choose how it ended."),
    _local("wrapup.field", "Field", "Fill in a field of the form."),
    _local("wrapup.note", "Note", "The note of the wrap-up."),
    _local("wrapup.find", "Find a code", "Find a code by words."),
    _local("wrapup.survey", "Ask for a survey", "Ask the customer afterwards."),
    _local("palette.open", "Search or run", "Everything by typing.", shortcut="Ctrl+K", icon="search"),
    _local("palette.find", "Find", "Type in the palette."),
    _local("palette.more", "Show more", "The next page of what was found."),
    _local("palette.close", "Close", "Close the palette."),
    _local("notice.dismiss", "Dismiss", "Take the notice away.", group=SELF, verb="dismiss",
           usage="dismiss [N]", icon="close"),
    _local("link.retry", "Try again", "Connect again now.", group=SELF, verb="reconnect",
           usage="reconnect", icon="connected"),
    _local("session.end", "Sign out", "End the session.", group=SELF, check=_signed_in, verb="signout",
           usage="signout", palette=True, icon="close"),
)  # fmt: skip

# What only a line-by-line front end has; it runs these itself.
TERMINAL = (
    _local("text.status", "Status", "Say where you stand.", group=SELF, verb="status", usage="status"),
    _local("text.help", "Help", "Say what can be typed.", group=SELF, verb="help",
           usage="help [SUBJECT|VERB]"),
    _local("text.quit", "Quit", "Leave; a call that is up goes on.", group=SELF, verb="quit", usage="quit"),
    _local("text.last", "Last", "Say the last lines again.", group=SELF, verb="last", usage="last [N]"),
    _local("text.repeat", "Repeat", "Say the last line again.", group=SELF, verb="repeat", usage="repeat"),
    _local("text.notices", "Notices", "Say what is still to be noticed.", group=SELF, verb="notices",
           usage="notices"),
    _local("text.who", "Who", "Say who you are serving.", group=SELF, verb="who", usage="who"),
    _local("text.agents", "Agents", "List agents with state, time and phone.", group=LEAD, check=can_lead,
           verb="agents", usage="agents"),
    _local("text.queues", "Queues", "List queues with who waits and who is ready.", group=LEAD,
           check=can_lead, verb="queues", usage="queues"),
    _local("text.calls", "Calls", "List live calls with age, queue and state.", group=LEAD, check=can_lead,
           verb="calls", usage="calls"),
    _local("text.waiting", "Waiting", "List who waits, the oldest first.", group=LEAD, check=can_lead,
           verb="waiting", usage="waiting"),
    _local("text.devices", "Devices", "List sound devices, what is used, and the headset.", group=SOUND,
           verb="devices", usage="devices"),
    _local("text.phone", "Phone", "Say the page of the phone: engine, codecs, network.", group=SOUND,
           verb="phone", usage="phone"),
    _local("text.quality", "Quality", "Say how the call sounds.", group=SOUND, verb="quality",
           usage="quality"),
    _local("text.keys", "Keys", "Say the keys that the customer pressed.", group=CALL, verb="keys",
           usage="keys"),
    _local("text.live", "Live text", "Type in the call and read it letter by letter, for braille.",
           group=TYPED, verb="live", usage="live on|off"),
    _local("text.transcript", "Typed", "Say what was typed in the call, the newest last.", group=TYPED,
           verb="transcript", usage="transcript [N]"),
    _local("text.time", "Time", "Say the time and the timers.", group=SELF, verb="time", usage="time"),
    _local("text.verbosity", "Verbosity", "How much is said by itself, 0 to 3.", group=SETTINGS,
           verb="verbosity", usage="verbosity N"),
    _local("text.held", "Show what waits", "Print the lines that were held back.", group=SELF, verb="n",
           usage="n"),
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    *WORK, *WRITING, *WRITING_LOCAL,
    *OFFERS, *ACCESS, *CALLS, *TEXTS, *PARTIES, *RECORDS, *LEADS, *FLOOR, *SOUNDS, *INBOX, *UNSENT,
    *CHOICES, *VIEWS, *TERMINAL,
)  # fmt: skip
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
BY_VERB: dict[str, Action] = {action.verb: action for action in ACTIONS if action.verb}
TERMINAL_IDS = frozenset(action.id for action in TERMINAL)


def action(action_id: str) -> Action:
    """The row of an id.  Raises `RefusedError`."""
    try:
        return BY_ID[action_id]
    except KeyError:
        raise RefusedError(_("There is no action {name}.", name=action_id), code="unknown") from None


def run(action_id: str, situation: Situation, arguments: Arguments) -> tuple[Step, ...]:
    """What the action sends.  Raises `RefusedError` with the reason in words."""
    row = action(action_id)
    reason = row.check(situation, arguments)
    if reason:
        raise RefusedError(reason, code="wrong_state")
    return row.steps(situation, arguments)
