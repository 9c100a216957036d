"""The actions of writing: reply, note, undo, retry, forward, split, files, canned replies, macros.

What a reply consists of is given whole by whoever asks (`viewmodels.holding` for a draft, the line that was
typed in text mode): this file turns it into one command and says in words why it cannot be.
"""

from __future__ import annotations

from functools import partial

from agent_desktop.client.action import Action, Arguments, Locally, Step, ToRouter, local
from agent_desktop.client.actions_text import can_text, say_in_call
from agent_desktop.client.actions_work import may_wait, needs_router
from agent_desktop.client.situation import Situation, chosen
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.commands import AddNote, SendMessage
from agent_desktop.wire.inbox import (
    CancelMessage,
    ForwardMessage,
    RetryMessage,
    ShareDraft,
    SplitConversation,
    StopBot,
    UnsplitConversation,
)
from agent_desktop.wire.listing import ChannelInfo
from agent_desktop.wire.models import ConversationModel, InteractionModel, MessageModel

OPEN, WARN, ASSIGNEE = "open", "warn", "assignee"  # who may reply, of a channel


def channel_of(
    s: Situation, thread: ConversationModel | None, chosen_channel: str = ""
) -> ChannelInfo | None:
    """The channel that a reply goes out by; None when the centre told nothing of it."""
    wanted = chosen_channel or (thread.channel if thread is not None else "")
    return next((c for c in s.store.replica.centre.channels if c.id == wanted), None)


def thread_of(s: Situation, interaction: InteractionModel) -> ConversationModel | None:
    """The conversation of an interaction, if it is in view."""
    return s.store.replica.conversations.get(interaction.conversation)


def addressee(s: Situation, a: Arguments) -> InteractionModel:
    """Whom what is written goes to: who is named or looked at, never a guess.  Raises `RefusedError`."""
    if not a.get("id", "") and s.looked_at is None:
        raise RefusedError(_("Nothing is open. Open something first."), code="nothing_open")
    return s.interaction(a.get("id", ""))


def written(s: Situation, a: Arguments) -> str:
    """Why what is written here cannot be kept as a note."""
    reason = may_wait(s, a)
    if reason:
        return reason
    interaction = addressee(s, a)
    if not interaction.conversation:
        return _("There is no conversation to write in.")
    there = a.get("text", s.draft).strip() or a.get("files", "").strip()
    return "" if there else _("There is nothing written yet.")


def can_send(s: Situation, a: Arguments) -> str:
    """Why a reply cannot be sent."""
    reason = may_wait(s, a)
    if reason:
        return reason
    interaction = addressee(s, a)
    medium = s.store.medium(interaction.medium)
    if medium.talk and not medium.text:
        return can_text(s, {"id": interaction.id}) or written(s, a)
    if not medium.text:
        return _("Nothing can be written in this medium.")
    thread = thread_of(s, interaction)
    channel = channel_of(s, thread, a.get("channel", ""))
    open_to_all = channel is not None and channel.ownership in {OPEN, WARN}
    if not s.store.is_mine(interaction) and not open_to_all:
        return _("This is not yours. Take it first.")
    if reason := written(s, a):
        return reason
    return _too_late(s, thread, a) or _too_long(channel, a.get("text", s.draft))


def _too_late(s: Situation, thread: ConversationModel | None, a: Arguments) -> str:
    own = thread is not None and a.get("channel", "") in {"", thread.channel}
    if thread is not None and own and 0 < thread.reply_until_at <= s.now:
        return _("The customer wrote too long ago: this channel takes no reply now. Choose another one.")
    return ""


def _too_long(channel: ChannelInfo | None, text: str) -> str:
    if channel is None or not channel.text_limit or len(text) <= channel.text_limit:
        return ""
    return _("{n} characters are too many here: {most} at most.", n=len(text), most=channel.text_limit)


def last_seen(s: Situation, interaction: InteractionModel) -> str:
    """The message that a reply answers; empty in a live medium, where both write at once."""
    if s.store.medium(interaction.medium).live:
        return ""
    return last_spoken(s.store.replica.messages.get(interaction.conversation, ()))


def last_spoken(messages: tuple[MessageModel, ...]) -> str:
    """The last thing that was said between customer and centre; notes and the lines of rules are neither."""
    return next((m.id for m in reversed(messages) if m.direction in {"in", "out"}), "")


def listed(text: str) -> tuple[str, ...]:
    """Addresses or ids as they are typed: separated by commas, semicolons or blanks."""
    return tuple(word for word in text.replace(",", " ").replace(";", " ").split() if word)


def _send(s: Situation, a: Arguments) -> tuple[Step, ...]:
    interaction = addressee(s, a)
    medium = s.store.medium(interaction.medium)
    if medium.talk and not medium.text:
        return say_in_call(s, {"id": interaction.id, "text": a.get("text", s.draft)})
    command = SendMessage(
        message=a["message"],
        conversation=interaction.conversation,
        text=a.get("text", s.draft),
        interaction=interaction.id,
        after_message=a.get("after", last_seen(s, interaction)),
        to_address=a.get("to", ""),
        copy_addresses=listed(a.get("copies", "")),
        channel=a.get("channel", ""),
        files=listed(a.get("files", "")),
        held_s=float(a.get("held", "0") or 0),
        despite=listed(a.get("despite", "")),
    )
    return (ToRouter(command),)


def _note(s: Situation, a: Arguments) -> tuple[Step, ...]:
    interaction = addressee(s, a)
    command = AddNote(
        message=a["message"],
        conversation=interaction.conversation,
        text=a.get("text", s.draft),
        interaction=interaction.id,
        mentions=listed(a.get("mentions", "")),
        files=listed(a.get("files", "")),
    )
    return (ToRouter(command),)


def _mention(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """A note to a colleague, who follows the conversation from now on."""
    rows = [(key, name, "") for key, name in s.colleagues]
    agent, name = chosen(a.get("agent", ""), rows, _("Nobody called {word} is signed in. Possible: {names}."))
    return _note(s, {**a, "text": f"@@{name} {a.get('text', '')}".strip(), "mentions": agent})


def held_messages(s: Situation, conversation: str = "") -> list[MessageModel]:
    """My replies that can still be called back, the newest last; of one conversation, or of all in view."""
    threads = s.store.replica.messages
    places = (threads.get(conversation, ()),) if conversation else tuple(threads.values())
    me = s.store.replica.me.id
    found = [m for place in places for m in place if m.held_until_at > s.now and m.author == me]
    return sorted(found, key=lambda m: (m.at, m.id))


def _held(s: Situation, a: Arguments) -> MessageModel:
    """The reply meant: the one named, else the newest.  Raises `RefusedError`."""
    named = a.get("message", "")
    found = [m for m in held_messages(s, a.get("conversation", "")) if not named or m.id == named]
    if not found:
        if named or _has_sent(s, a.get("conversation", "")):
            raise RefusedError(_("Nothing can be called back: it has gone out."), code="too_late")
        raise RefusedError(_("There is nothing to undo."), code="nothing_sent")
    return found[-1]


def _has_sent(s: Situation, conversation: str) -> bool:
    """Whether a reply of mine stands in the conversation that is named or looked at."""
    here = conversation or (s.looked_at.conversation if s.looked_at is not None else "")
    me = s.store.replica.me.id
    return any(m.direction == "out" and m.author == me for m in s.store.replica.messages.get(here, ()))


def _can_undo(s: Situation, a: Arguments) -> str:
    reason = needs_router(s, a)
    if not reason:
        _held(s, a)
    return reason


def _undo(s: Situation, a: Arguments) -> tuple[Step, ...]:
    message = _held(s, a)
    return (ToRouter(CancelMessage(conversation=message.conversation, message=message.id)),)


def _failed(s: Situation, a: Arguments) -> MessageModel:
    named = a.get("message", "")
    here = a.get("conversation", "") or s.interaction(a.get("id", "")).conversation
    messages = s.store.replica.messages.get(here, ())
    found = [m for m in messages if m.delivery == "failed" and (not named or m.id == named)]
    if not found:
        raise RefusedError(_("No message has failed here."), code="wrong_state")
    return found[-1]


def _can_retry(s: Situation, a: Arguments) -> str:
    reason = may_wait(s, a)
    if not reason:
        _failed(s, a)
    return reason


def _retry(s: Situation, a: Arguments) -> tuple[Step, ...]:
    message = _failed(s, a)
    return (ToRouter(RetryMessage(conversation=message.conversation, message=message.id)),)


def numbered(s: Situation, conversation: str, word: str) -> MessageModel:
    """A message by its id or its number, 1 is the newest.  Raises `RefusedError`."""
    messages = [m for m in s.store.replica.messages.get(conversation, ()) if m.direction != "system"]
    known = {m.id: m for m in messages}
    if word in known:
        return known[word]
    if word.isdecimal() and 1 <= int(word) <= len(messages):
        return messages[-int(word)]
    if not messages:
        raise RefusedError(_("There is no message here."), code="unknown")
    raise RefusedError(_("There is no message {word} here. 1 is the newest.", word=word), code="unknown")


def _forward(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """`forward [N] ADDRESS [TEXT]`: the newest message unless one is named."""
    conversation = a.get("conversation", "") or s.interaction(a.get("id", "")).conversation
    source, address, text = a.get("source", ""), a.get("address", "").strip(), a.get("text", "")
    if source and not address:  # no number was typed
        source, address = "", source
    elif source and not source.isdecimal() and source not in _ids(s, conversation):
        source, address, text = "", source, f"{address} {text}".strip()
    if not address:
        raise RefusedError(_("Say to whom: an address."), code="usage")
    message = numbered(s, conversation, source or "1")
    command = ForwardMessage(
        message=a["message"], conversation=conversation, source=message.id, to_address=address, text=text
    )
    return (ToRouter(command),)


def _ids(s: Situation, conversation: str) -> set[str]:
    return {m.id for m in s.store.replica.messages.get(conversation, ())}


def _split(s: Situation, a: Arguments) -> tuple[Step, ...]:
    conversation = a.get("conversation", "") or s.interaction(a.get("id", "")).conversation
    words = listed(a.get("messages", ""))
    if not words:
        raise RefusedError(_("Choose the messages that do not belong here."), code="usage")
    messages = tuple(dict.fromkeys(numbered(s, conversation, word).id for word in words))
    return (ToRouter(SplitConversation(conversation=conversation, new=a["new"], messages=messages)),)


def _unsplit(s: Situation, a: Arguments) -> tuple[Step, ...]:
    conversation = a.get("conversation", "") or s.interaction(a.get("id", "")).conversation
    thread = s.store.replica.conversations.get(conversation)
    if thread is None or not thread.split_from:
        raise RefusedError(_("This was not split from another one."), code="wrong_state")
    return (ToRouter(UnsplitConversation(conversation=conversation)),)


def _stop_bot(s: Situation, a: Arguments) -> tuple[Step, ...]:
    conversation = a.get("conversation", "") or s.interaction(a.get("id", "")).conversation
    return (ToRouter(StopBot(conversation=conversation)),)


def _can_stop_bot(s: Situation, a: Arguments) -> str:
    if reason := needs_router(s, a):
        return reason
    conversation = a.get("conversation", "") or s.interaction(a.get("id", "")).conversation
    thread = s.store.replica.conversations.get(conversation)
    return "" if thread is not None and thread.bot else _("No bot speaks here.")


def _share(_s: Situation, a: Arguments) -> tuple[Step, ...]:
    command = ShareDraft(
        conversation=a.get("conversation", ""), mode=a.get("mode", "reply"), text=a.get("text", "")
    )
    on = "yes" if command.text else "no"
    shared = (("conversation", command.conversation), ("mode", command.mode), ("on", on))
    return (ToRouter(command), Locally("draft.shared", shared))


PEN = "Writing"
_local = partial(local, group=PEN)

WRITING = (
    Action("composer.send", "Send", PEN, "Reply in the conversation.", can_send, _send, "say",
           "say TEXT", "Ctrl+Return", "send"),
    Action("note.add", "Add note", PEN, "Write a note that only the team sees.", written, _note, "note",
           "note TEXT", "Ctrl+Shift+Return", "note"),
    Action("note.mention", "Mention", PEN, "Write a note to a colleague, who follows from now on.",
           may_wait, _mention, "mention", "mention COLLEAGUE TEXT", icon="note", palette=False),
    Action("composer.undo", "Undo send", PEN, "Call the reply back that is still held.", _can_undo, _undo,
           "undo", "undo", icon="back"),
    Action("message.retry", "Send again", PEN, "Send the reply again that failed.", _can_retry, _retry,
           "retry", "retry", icon="swap"),
    Action("message.forward", "Forward", PEN, "Send a message on to somebody else, with its files.",
           may_wait, _forward, "forward", "forward [N] ADDRESS [TEXT]", icon="transfer", palette=False),
    Action("conversation.split", "Split", PEN, "Move messages to a conversation of their own.",
           may_wait, _split, "split", "split N [N …]", icon="conference", palette=False),
    Action("conversation.unsplit", "Undo the split", PEN, "Put split messages back where they were.",
           may_wait, _unsplit, "unsplit", "unsplit", icon="back", palette=False),
    Action("bot.stop", "Stop the bot", PEN, "Let the bot be silent here.", _can_stop_bot, _stop_bot,
           "stopbot", "stopbot", icon="stop"),
    Action("draft.share", "Show my draft", PEN, "Let colleagues see what you are writing.", needs_router,
           _share, "share", "share [off]", icon="listen", palette=False),
)  # fmt: skip

WRITING_LOCAL = (
    _local("draft.shared", "Draft shown", "Remember whether colleagues see the draft."),
    _local("composer.anyway", "Send anyway", "Send what was kept back.", "anyway", "anyway"),
    _local("composer.seen", "I have read it", "What came since has been read.", "seen", "seen", "check"),
    _local("finish.keep", "Finish, keep the draft",
           "Finish although a text is not sent: send it first, keep it, or go back.",
           "finish", "finish send|keep|back", "check"),
    _local("finish.send", "Send and finish", "Send what is written, then finish.", icon="send"),
    _local("finish.back", "Back", "Do not finish yet.", icon="back"),
    _local("composer.copies", "Copy to", "Who gets a copy.", "copy", "copy [ADDRESS …|off]"),
    _local("composer.channel", "Channel", "Go on by another channel.", "channel", "channel [NAME]"),
    _local("composer.after", "After sending", "Stay, go to the next, or close.", "after",
           "after [stay|next|close]"),
    _local("composer.switch", "Change the mode", "Make it a note, or a reply.", icon="swap"),
    _local("canned.use", "Canned reply", "Put a canned reply into the draft; alone: list them.", "canned",
           "canned [NAME]", "template"),
    _local("canned.used", "Used", "Count a canned reply, and take its files."),
    _local("macro.open", "Macro", "Show what a macro would do, or run it at once.", "macro",
           "macro [NAME] [--preview] | macro run | macro text N TEXT | macro close", "play"),
    _local("macro.text", "Text", "Change a step's text before the macro runs."),
    _local("macro.run", "Run", "Run the macro that is shown.", icon="play"),
    _local("macro.close", "Close", "Close the macro.", icon="close"),
    _local("file.attach", "Attach", "Attach a file to what you write.", "attach", "attach FILE", "attach"),
    _local("file.remove", "Remove", "Take a file off: 1 is the first.", "detach", "detach [N]", "close"),
    _local("file.save", "Save", "Save a file of the conversation; alone: list them.", "save",
           "save [N] [FOLDER]", "up"),
    _local("file.shown", "Show in folder", "Show where a file was saved.", icon="inbox"),
    _local("spelling.check", "Spelling", "Go to the next misspelt word; in lines: list them, replace one.",
           "spell", "spell [N NUMBER|N WORD|N add|N ignore|TEXT]", "check", shortcut="F7", palette=True),
    _local("spelling.learn", "Add to dictionary", "Know this word from now on.", icon="plus"),
    _local("spelling.ignore", "Ignore in this text", "Let this word stand here.", icon="close"),
    _local("spelling.found", "Misspelt", "Say which misspelt word was gone to."),
    _local("drafts.list", "Drafts", "List what you have written and not sent.", "drafts", "drafts", "note",
           palette=True),
    _local("forward.open", "Forward", "Send this message on.", icon="transfer"),
    _local("forward.field", "Forward to", "Type to whom, and a few words."),
    _local("forward.send", "Forward", "Send it on.", icon="send"),
    _local("forward.close", "Cancel", "Do not forward.", icon="close"),
    _local("split.choose", "Choose", "Choose a message for a conversation of its own.", icon="check"),
    _local("split.send", "Split", "Move the chosen messages.", icon="conference"),
    _local("split.close", "Cancel", "Choose no messages.", icon="close"),
    _local("message.why", "Why is this here?", "Say why a message stands in this conversation.", "whyhere",
           "whyhere [N]", "help"),
)  # fmt: skip
