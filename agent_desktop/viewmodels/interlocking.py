"""The reply interlock on this side (U-17): what keeps a reply back, in a sentence, with what to do about it.

Two kinds.  What the conversation says is shown as soon as something is written: the customer wrote again,
a colleague writes too, a bot speaks, somebody else gets it now.  What the text says is asked when it is to
be sent, once for each draft: a greeting in a note, internal words in a reply, another name, a variable
without a value, a file that is spoken of and is not there.

Each can be passed over by "Send anyway", which names it in the command.  The router has the last word: a
reply that it keeps back stands here as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent_desktop.client.actions_writing import WARN, channel_of, last_spoken
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.addressing import addresses, began_with, goes_to
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.conversation import NOTE, Strip
from agent_desktop.viewmodels.filling import variables
from agent_desktop.viewmodels.parts import Button, Tone
from agent_desktop.viewmodels.pending import Pending
from agent_desktop.viewmodels.timeline import author
from agent_desktop.viewmodels.workspace import Workspace
from agent_desktop.wire.models import ConversationModel, InteractionModel, MessageModel

NEWER, DRAFT, BOT, RECIPIENT, OWNER = "newer_message", "other_draft", "bot", "wrong_recipient", "not_owner"
MODE, GREETING, VARIABLE, ATTACHMENT = "mode", "other_name", "variable", "attachment"
OF_THE_TEXT = frozenset({MODE, GREETING, VARIABLE, ATTACHMENT})  # asked when it is to be sent
NEVER_PASSED = frozenset({RECIPIENT})  # look again: it is answered by looking, never by insisting
SHOWN_LINES, LINE = 4, 200

_GREETING = re.compile(
    r"\A\W{0,3}(?:dear|hello|hi|good (?:morning|day|afternoon|evening)|hallo|guten tag|lieber?|sehr geehrter?"
    r"|bonjour|bonsoir|chère?|cher|hola|buenos días|estimad[oa]|querid[oa]|ciao|buongiorno|gentile"
    r"|olá|prezad[oa]|cześć|dzień dobry|goedendag|beste|hej|god dag)\b[ ,]*(?P<name>[^\n,;:!.?]{0,60})",
    re.IGNORECASE,
)
_INTERNAL = re.compile(
    r"(?:\A\W{0,3}(?:internal|note to self|fyi(?: team)?|team|intern|interne|interno)\b\s*[:\-\N{EN DASH}]"
    r"|@@\w|\b(?:do not|don't) (?:tell|show) (?:the|this) (?:customer|client)\b|\bonly the team\b"
    r"|\bnicht an (?:den )?kunden\b)",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    r"\b(?:attached|attachments?|enclosed|anbei|im anhang|beigefügt|angehängt|ci-joint[es]*"
    r"|en pièces? jointes?|adjunt[oa]s?|in allegato|allegat[oi]|em anexo|w załączniku|bijgevoegd|bifogat)\b",
    re.IGNORECASE,
)
# What stands behind a greeting and is nobody's name.
_TITLES = frozenset({
    "sir", "madam", "mr", "mrs", "ms", "mx", "dr", "prof", "herr", "frau", "monsieur", "madame", "mme",
    "señor", "señora", "sr", "sra", "signor", "signora", "team", "all", "everyone", "there", "customer",
    "colleague", "friend", "damen", "und", "or", "oder", "herren", "sehr", "geehrte", "and", "the", "again",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Writing:
    """What is about to be sent: where, as what, which words, with which files, under which message's id."""

    interaction: InteractionModel
    mode: str
    text: str
    message: str = ""
    files: int = 0
    channel: str = ""
    draft: str = ""  # the key of the draft, for the buttons

    @property
    def note(self) -> bool:
        return self.mode == NOTE


def interlocks(
    s: Situation, workspace: Workspace, writing: Writing, *, sending: bool = False
) -> tuple[Strip, ...]:
    """Everything that keeps it back now.  `sending`: it is to be sent, so that the text is looked at too."""
    if not writing.text.strip():
        return ()
    pending = workspace.writing
    passed = pending.despite.get(writing.message, set())
    looked_at = sending or writing.message in pending.tried
    found = [*_of_the_conversation(s, workspace, writing)]
    if looked_at:
        found += _of_the_text(s, writing)
    kept = [strip for strip in found if strip.id not in passed]
    refusal = pending.refusals.get(writing.interaction.conversation)
    known = {strip.id for strip in kept} | passed
    if refusal is not None and not writing.note and refusal.code not in known:
        acts = (_for_them(s, writing),) if refusal.code == RECIPIENT else ()
        kept.append(_strip(s, writing, refusal.code, refusal.sentence, acts=acts))
    return tuple(kept)


def interlock(s: Situation, workspace: Workspace, reply: str) -> str:
    """The sentence when the customer wrote while the agent was writing; empty otherwise."""
    interaction = s.looked_at
    if interaction is None or not reply:
        return ""
    return _newer_words(interaction) if since(s, workspace, interaction) else ""


def since(s: Situation, workspace: Workspace, interaction: InteractionModel) -> tuple[MessageModel, ...]:
    """What came after the writing began, if the customer wrote; empty in a live medium, where both write."""
    began = workspace.began_after.get(interaction.conversation)
    messages = s.store.replica.messages.get(interaction.conversation, ())
    if s.store.medium(interaction.medium).live or not began or not messages or messages[-1].id == began:
        return ()
    at = next((n for n, message in enumerate(messages) if message.id == began), -1)
    newer = messages[at + 1 :]
    me = s.store.replica.me.id
    others = (m for m in newer if m.direction == "out" and m.author not in {"", me} and not m.automatic)
    return newer if any(m.direction == "in" for m in newer) or any(others) else ()


def saw_all(s: Situation, workspace: Workspace, interaction: InteractionModel | None = None) -> None:
    """The agent has seen the conversation up to now."""
    interaction = interaction or s.looked_at
    if interaction is None:
        return
    conversation = interaction.conversation
    messages = s.store.replica.messages.get(conversation, ())
    if messages:
        workspace.began_after[conversation] = last_spoken(messages)
    thread = s.store.replica.conversations.get(conversation)
    if thread is not None:
        workspace.writing.began_to[conversation] = addresses(s, thread)
    workspace.writing.refusals.pop(conversation, None)


def _newer_words(interaction: InteractionModel) -> str:
    return _("{name} wrote while you were writing: read it, then send.", name=words.who(interaction))


def _of_the_conversation(s: Situation, workspace: Workspace, writing: Writing) -> Iterator[Strip]:
    if writing.note:
        return
    interaction = writing.interaction
    thread = s.store.replica.conversations.get(interaction.conversation)
    if newer := since(s, workspace, interaction):
        lines = tuple(_line(s, m) for m in newer[-SHOWN_LINES:])
        read = button("composer.seen", s, draft=writing.draft)
        text = _newer_words(interaction)
        if not any(m.direction == "in" for m in newer):
            text = _("{name} replied while you were writing: read it, then send.", name=author(s, newer[-1]))
        yield _strip(s, writing, NEWER, text, lines, (read,))
    if thread is None:
        return
    if said := colleague_writing(s, thread):
        yield _strip(s, writing, DRAFT, said[0], said[1:])
    if thread.bot:
        stop = button("bot.stop", s, conversation=thread.id)
        text = _("{bot} speaks here now. Stop it first, or both of you answer.", bot=thread.bot)
        yield _strip(s, writing, BOT, text, acts=(stop,))
    began = began_with(workspace.writing.began_to.get(thread.id, {}), thread, writing.channel)
    now = goes_to(s, thread, writing.channel)
    if began and began != now and (now or writing.channel):
        text = _(
            "This goes to {now} now, and not to {before} any more. Check who it is for.",
            now=now or thread.customer_name or words.who(interaction),
            before=began,
        )
        yield _strip(s, writing, RECIPIENT, text, acts=(_for_them(s, writing),))
    channel = channel_of(s, thread, writing.channel)
    me = s.store.replica.me.id
    if channel is not None and channel.ownership == WARN and thread.owner not in {"", me}:
        text = _("This is {name}'s. Ask first, or send it anyway.", name=thread.owner_name or thread.owner)
        yield _strip(s, writing, OWNER, text)


def colleague_writing(s: Situation, thread: ConversationModel) -> tuple[str, ...]:
    """That a colleague writes a reply here too, and what of it is shown; empty when nobody does."""
    me = s.store.replica.me.id
    shown = [d for d in s.store.replica.shared.get(thread.id, ()) if d.agent != me and d.mode != NOTE]
    if shown:
        text = _("{name} is writing a reply too. Agree who sends.", name=shown[0].name)
        return (text, *(f"{d.name}: {_cut(d.text)}" for d in shown))
    writes = [w for w in thread.watchers if w.agent != me and w.doing == "replying"]
    return (_("{name} is writing a reply too. Agree who sends.", name=writes[0].name),) if writes else ()


def _of_the_text(s: Situation, writing: Writing) -> Iterator[Strip]:
    switch = button("composer.switch", s, draft=writing.draft)
    customer = words.who(writing.interaction)
    if writing.note:
        greeting = _GREETING.match(writing.text)
        named = greeting["name"].strip() if greeting is not None else ""
        if greeting is not None and (not named or _names(named) & _names(customer)):
            text = _("This begins like a letter to {name}, but it is a note for the team.", name=customer)
            reply = _relabelled(switch, _("Make it a reply"))
            yield _strip(s, writing, MODE, text, acts=(reply,))
        return
    if _INTERNAL.search(writing.text):
        text = _("This reads like a note for the team, but {name} gets it.", name=customer)
        yield _strip(s, writing, MODE, text, acts=(_relabelled(switch, _("Make it a note")),))
    if other := other_name(writing.text, customer):
        text = _("You greet {other}, but this goes to {name}.", other=other, name=customer)
        yield _strip(s, writing, GREETING, text)
    if missing := variables(writing.text):
        names = ", ".join(f"{{{name}}}" for name in missing)
        text = _("There is no value for {names}. Fill it in by hand.", names=names)
        yield _strip(s, writing, VARIABLE, text)
    if not writing.files and _ATTACHED.search(writing.text):
        text = _("The text speaks of a file, but none is attached.")
        yield _strip(s, writing, ATTACHMENT, text)


def other_name(text: str, customer: str) -> str:
    """The name in the greeting when it is not the customer's; empty when it is, or when nobody is named."""
    greeting = _GREETING.match(text)
    if greeting is None:
        return ""
    name = greeting["name"].strip()
    said = {word for word in _names(name) if word not in _TITLES}
    capital = all(w[:1].isupper() for w in re.split(r"[^\w]+", name) if w and w.casefold() not in _TITLES)
    known = _names(customer)
    if not said or not capital or not known or customer.startswith("+"):
        return ""
    alike = any(a.startswith(b) or b.startswith(a) for a in said for b in known)
    return "" if alike else name


def _names(text: str) -> set[str]:
    """The words of a name or an address, folded."""
    return {word for word in re.split(r"[^\w]+", text.casefold()) if len(word) > 1 and not word.isdecimal()}


def _line(s: Situation, message: MessageModel) -> str:
    return f"{author(s, message)}, {words.clock(message.at)}: {_cut(message.text)}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LINE else f"{line[: LINE - 1]}…"


def _for_them(s: Situation, writing: Writing) -> Button:
    """The agent has looked who gets it."""
    return _relabelled(button("composer.seen", s, draft=writing.draft), _("It is for them"))


def _relabelled(plain: Button, label: str) -> Button:
    return Button(plain.action, label, plain.icon, "", plain.reason, plain.args)


def _strip(  # noqa: PLR0917 - what, then what can be done
    s: Situation,
    writing: Writing,
    code: str,
    text: str,
    lines: tuple[str, ...] = (),
    acts: tuple[Button, ...] = (),
) -> Strip:
    """A strip with what can be done, and the way past it as the last thing."""
    anyway = button("composer.anyway", s, label=_("Send anyway"), draft=writing.draft)
    if writing.note:
        anyway = _relabelled(anyway, _("Add it anyway"))
    ways = acts if code in NEVER_PASSED else (*acts, anyway)
    return Strip(code, text, lines, ways, Tone.WARNING, stops=True)


def passes(pending: Pending, message: str, strips: tuple[Strip, ...]) -> None:
    """What is shown now is passed over for this draft."""
    passed = {strip.id for strip in strips} - NEVER_PASSED
    pending.despite.setdefault(message, set()).update(passed)
