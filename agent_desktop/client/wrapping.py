"""How the work in hand is wrapped up, as the router told it: the mode, the time, what More time can do."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _, plural
from agent_desktop.wire.models import DispositionInfo, InteractionModel

NONE = "none"  # what is typed to leave a wrap-up without a code, and what is written then
CALLBACK = "callback"  # of `QueueInfo.wrapups`: customers who are called back
OPTIONAL, FIXED = frozenset({"none", "optional"}), "mandatory_fixed"


@dataclass(frozen=True, slots=True)
class Rules:
    """The mode of one interaction's wrap-up; `limited`: the router ends it at the deadline."""

    mode: str
    limited: bool
    extend_s: float
    extensions_left: int

    @property
    def needs_code(self) -> bool:
        return self.mode not in OPTIONAL

    @property
    def leaves_early(self) -> bool:
        return self.mode != FIXED or not self.limited


def rules(s: Situation, interaction: InteractionModel) -> Rules:
    """The rules of an interaction; work that never was in a queue needs a code and has no limit."""
    queue = s.store.queue(interaction.queue)
    known = any(q.id == interaction.queue for q in s.store.replica.centre.queues)
    own = {rule.medium: rule.mode for rule in queue.wrapups}
    mode = own.get(interaction.medium, queue.wrapup_mode if known else "mandatory")
    if interaction.callback_tries:
        mode = own.get(CALLBACK, mode)
    limited = interaction.state == "wrap_up" and bool(interaction.wrapup_deadline_at)
    left = max(0, queue.extend_times - interaction.wrapup_extensions)
    return Rules(mode, limited, queue.extend_s, left)


def no_more_time(s: Situation, interaction: InteractionModel) -> str:
    """Why More time cannot be pressed, in words; empty when it can."""
    if interaction.state != "wrap_up":
        return _("The wrap-up has not begun.")
    if not interaction.wrapup_deadline_at:
        return _("This wrap-up has no limit of time.")
    if rules(s, interaction).extensions_left:
        return ""
    if not interaction.wrapup_extensions:
        return _("This queue gives no more time.")
    times = interaction.wrapup_extensions
    return plural("It was lengthened once already.", "It was lengthened {n} times already.", times)


def asks_once_more(info: DispositionInfo) -> str:
    """What a code that asks once more says."""
    will = ". ".join(info.effects)
    if not will:
        return _("{code}: are you sure? Do it once more.", code=info.label)
    return _("{code}: {effects}. Do it once more if you are sure.", code=info.label, effects=will)
