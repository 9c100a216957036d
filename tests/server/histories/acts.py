"""What people, phones, clocks and computers do: one small function for each act.

An act draws its choices from its own number over what there is at that moment, so that a history still makes
sense when other acts are taken out of it.  It returns what it did in words, or nothing when it could not.
"""

from __future__ import annotations

from agent_desktop.errors import StorageError
from tests.server.histories.centres import Dice
from tests.server.histories.configuring import (
    a_queue_is_removed,
    an_agent_is_added,
    an_agent_is_changed,
    an_agent_is_removed,
)
from tests.server.histories.handling import (
    a_customer_wants_no_calls,
    a_supervisor_ends_a_wrap_up,
    a_supervisor_listens,
    asks_for_a_callback,
    completes,
    consults,
    dials,
    ends,
    extends,
    finishes_what_is_parked,
    holds_or_resumes,
    is_moved_in_the_queue,
    parks,
    replies,
    takes,
    transfers,
    wraps_up,
)
from tests.server.histories.outside import (
    a_call_comes,
    a_caller_hangs_up,
    a_caller_presses,
    a_customer_writes,
    a_guest_acts,
    a_phone_answers,
    a_phone_registers,
    a_visitor_leaves,
    an_agents_phone_goes,
    news_come,
)
from tests.server.histories.people import (
    a_call_is_taken,
    a_session_ends,
    a_shift_begins,
    a_supervisor_sets,
    a_supervisor_sets_a_busy_agent,
    accepts,
    accepts_again,
    accepts_anothers,
    accepts_too_late,
    declines,
    everything_at_once,
    goes_not_ready,
    goes_ready,
    loses_the_line,
    signs_in,
    signs_in_elsewhere,
    signs_out,
    waits_longer,
)
from tests.server.histories.scene import Act, Scene


async def time_passes(s: Scene, d: Dice) -> str:
    seconds = d.of((0.6, 1.0, 3.0, 6.0, 11.0, 16.0, 21.0, 31.0, 45.0, 61.0))
    await s.rooms.wait(seconds)
    return f"{seconds} s pass"


async def the_clock_jumps(s: Scene, d: Dice) -> str:
    seconds = d.of((-1.0, -5.0, -20.0, 200.0, 3600.0, 90_000.0))
    await s.rooms.wait(seconds)
    return f"the clock jumps by {seconds} s"


async def the_router_restarts(s: Scene, _d: Dice) -> str:
    await s.rooms.restart()
    return "the router restarts"


async def the_disk_is_full(s: Scene, d: Dice) -> str:
    record = s.rooms.record()
    if not hasattr(record, "fail_next"):
        return ""
    record.fail_next = True
    name, act = d.of((("accept", accepts), ("write", wraps_up), ("time", time_passes), ("ready", goes_ready)))
    try:
        words = await act(s, d)
    except StorageError:
        words = "nothing was kept"
    record.fail_next = False
    await s.rooms.settle()
    return f"the disk is full for {name}: {words or 'nothing'}"


EVERY: dict[str, tuple[Act, float]] = {
    act.__name__: (act, weight)
    for act, weight in (
        (a_call_comes, 12),
        (a_caller_presses, 3),
        (a_customer_writes, 14),
        (a_visitor_leaves, 2),
        (a_caller_hangs_up, 3),
        (news_come, 12),
        (a_phone_answers, 9),
        (an_agents_phone_goes, 2),
        (a_guest_acts, 6),
        (a_phone_registers, 2),
        (a_shift_begins, 1),
        (signs_in, 3),
        (goes_ready, 6),
        (goes_not_ready, 3),
        (signs_out, 2),
        (loses_the_line, 2),
        (signs_in_elsewhere, 1),
        (a_session_ends, 1),
        (a_supervisor_sets, 2),
        (a_supervisor_sets_a_busy_agent, 2),
        (accepts, 14),
        (a_call_is_taken, 9),
        (accepts_too_late, 2),
        (accepts_anothers, 1),
        (accepts_again, 1),
        (declines, 3),
        (waits_longer, 2),
        (everything_at_once, 3),
        (takes, 3),
        (holds_or_resumes, 3),
        (parks, 2),
        (transfers, 4),
        (replies, 2),
        (ends, 5),
        (wraps_up, 7),
        (a_customer_wants_no_calls, 2),
        (finishes_what_is_parked, 2),
        (extends, 2),
        (a_supervisor_ends_a_wrap_up, 1),
        (is_moved_in_the_queue, 1),
        (dials, 2),
        (consults, 8),
        (completes, 10),
        (a_supervisor_listens, 3),
        (asks_for_a_callback, 2),
        (time_passes, 14),
        (the_clock_jumps, 2),
        (the_router_restarts, 1),
        (an_agent_is_removed, 0.5),
        (an_agent_is_added, 0.5),
        (an_agent_is_changed, 0.5),
        (a_queue_is_removed, 0.5),
        (the_disk_is_full, 1),
    )
}
