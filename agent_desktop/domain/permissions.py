"""Who may do what: one table, one question, and "no" for everything that is not in the table.

A row gives, for each role, how far an action reaches: OWN (the agent's own state, or work in the agent's
hands), QUEUE (what lies in one of the agent's queues as well) or ANY.  Listening, whispering and barging
are permissions of their own and do not follow from the right to configure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OWN, QUEUE, ANY = 1, 2, 3

_EVERYONE: Final = {"agent": OWN, "supervisor": OWN, "admin": OWN}

TABLE: Final[Mapping[str, Mapping[str, int]]] = {
    # one's own shift and phone
    "sign_out": {"agent": OWN, "supervisor": ANY, "admin": ANY},
    "set_state": {"agent": OWN, "supervisor": ANY, "admin": OWN},
    "answer_offer": _EVERYONE,
    "dial": _EVERYONE,
    # work
    "see_interaction": {"agent": QUEUE, "supervisor": ANY, "admin": ANY},
    "take_interaction": {"agent": QUEUE, "supervisor": ANY},
    "handle_interaction": _EVERYONE,
    "transfer_interaction": {"agent": OWN, "supervisor": ANY},
    # how and where a call may be sent (PRODUCT 3.7.5)
    "blind_agent": _EVERYONE,
    "blind_queue": _EVERYONE,
    "blind_number": _EVERYONE,
    "consult_agent": _EVERYONE,
    "consult_queue": _EVERYONE,
    "consult_number": _EVERYONE,
    "find_targets": _EVERYONE,
    "wrap_up": {"agent": OWN, "supervisor": ANY},
    "reply": {"agent": QUEUE, "supervisor": ANY},  # whose work it must be is the channel's policy (B8)
    "add_note": {"agent": QUEUE, "supervisor": ANY},
    # the inbox
    "assign": {"agent": QUEUE, "supervisor": ANY},
    "tag": {"agent": QUEUE, "supervisor": ANY},
    "snooze": {"agent": OWN, "supervisor": ANY},
    "resolve": {"agent": QUEUE, "supervisor": ANY},
    "join_conversations": {"agent": QUEUE, "supervisor": ANY},
    "see_conversation": {"agent": QUEUE, "supervisor": ANY, "admin": ANY},
    "keep_views": _EVERYONE,
    "try_rules": {"supervisor": ANY, "admin": ANY},
    "explain": {"agent": QUEUE, "supervisor": ANY, "admin": ANY},
    # customers and knowledge
    "search": {"agent": ANY, "supervisor": ANY, "admin": ANY},
    "see_customer": {"agent": ANY, "supervisor": ANY, "admin": ANY},
    "edit_customer": {"agent": ANY, "supervisor": ANY},
    "read_articles": {"agent": ANY, "supervisor": ANY, "admin": ANY},
    "edit_articles": {"supervisor": ANY, "admin": ANY},
    # leading
    "see_agents": {"agent": OWN, "supervisor": ANY, "admin": ANY},
    "see_queues": {"agent": QUEUE, "supervisor": ANY, "admin": ANY},
    "see_reports": {"supervisor": ANY, "admin": ANY},
    "listen": {"supervisor": ANY},
    "whisper": {"supervisor": ANY},
    "barge": {"supervisor": ANY},
    "take_over": {"supervisor": ANY},
    "set_others_state": {"supervisor": ANY},
    "force_wrap_up": {"supervisor": ANY},
    "move_in_queue": {"supervisor": ANY},
    "hear_recording": {"agent": OWN, "supervisor": ANY},
    # configuring
    "configure": {"admin": ANY},
    "manage_users": {"admin": ANY},
    "export": {"admin": ANY},
    "erase": {"admin": ANY},
    "read_audit": {"admin": ANY},
}
ACTIONS: Final = frozenset(TABLE)


def can(role: str, action: str, *, own: bool = False, in_queue: bool = False) -> bool:
    """Whether a role may do this to a thing.

    `own`: the thing is the actor's (its own state, work in its hands).  `in_queue`: it lies in one of the
    actor's queues.  An action that is about no thing in particular is one's own.
    """
    reach = TABLE.get(action, {}).get(role, 0)
    return reach == ANY or (reach >= QUEUE and in_queue) or (reach >= OWN and own)
