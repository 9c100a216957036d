from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.dialling import (
    Allowed,
    Ledger,
    Limits,
    Refused,
    answered,
    begun,
    bought,
    dialable,
    ended,
    ends_at,
    kept,
    last_moment,
    longest_fit,
    normal,
    price_of,
    renewed,
    settled,
    verdict,
)
from agent_desktop.domain.types import Instant

NOW = Instant(1_800_000_000.0)
EMPTY = Ledger()


def code(
    limits: Limits, number: str, *, agent: str = "a", ledger: Ledger = EMPTY, leaves_as: str = ""
) -> str:
    judged = verdict(limits, ledger, number, agent, NOW, leaves_as=leaves_as)
    return judged.code if isinstance(judged, Refused) else ""


@pytest.mark.parametrize(
    ("written", "sent", "compared"),
    [
        ("+49 (89) 123-45", "+498912345", "+498912345"),
        ("0049 89 12345", "00498912345", "+498912345"),
        ("0 0 4 9 89", "004989", "+4989"),
        ("\uff0b\uff14\uff19 89", "+4989", "+4989"),  # full-width
        ("\u0660\u0660\u0664\u0669", "0049", "+49"),  # Arabic-Indic
        ("*31#0891", "*31#0891", "*31#0891"),
        ("089\u00a0123\u2011456", "089123456", "089123456"),
        ("bob", "", ""),
        ("+", "", "+"),
        ("49+1", "", ""),
        ("+1;ext=9", "", ""),
        ("1\u0000900", "", ""),
        ("1p900", "", ""),
        ("9" * 41, "", ""),
        ("", "", ""),
    ],
)
def test_a_number_has_one_form_however_it_is_written(written: str, sent: str, compared: str) -> None:
    assert dialable(written) == sent
    assert normal(written) == compared


def test_the_longest_prefix_decides_between_allowed_and_refused() -> None:
    limits = Limits(allowed=("+49", "+44 20"), refused=("0049 900", "+44", "+49 900 1"))
    assert code(limits, "+4989123") == ""
    assert code(limits, "00 49 900 12345") == "refused_number"
    assert code(limits, "+44 20 7946") == ""
    assert code(limits, "+44 161 4960") == "refused_number"
    assert code(limits, "+33 1") == "refused_number"


def test_what_is_both_allowed_and_refused_is_refused() -> None:
    assert code(Limits(allowed=("0900",), refused=("0900",)), "0900123") == "refused_number"


def test_where_nothing_is_allowed_everything_is_that_is_not_refused() -> None:
    assert code(Limits(refused=("0900",)), "089123") == ""
    assert code(Limits(), "089123") == ""


def test_a_prefix_that_is_no_number_opens_nothing() -> None:
    assert code(Limits(allowed=("germany",)), "+4989") == "refused_number"
    assert longest_fit("+4989", ("", "germany")) == ""


def test_a_number_is_judged_as_it_leaves_the_house_too() -> None:
    limits = Limits(refused=("+900",))
    assert code(limits, "9 00 900 1", leaves_as="009001") == "refused_number"
    assert code(limits, "900 1", leaves_as="#77#9001") == ""
    assert code(Limits(refused=("00",)), "0044", leaves_as="#77#0044") == "refused_number"


def test_what_is_no_number_is_refused_in_words() -> None:
    judged = verdict(Limits(), EMPTY, "sip:music", "a", NOW)
    assert judged == Refused("This is not a telephone number.", "bad_number")


def test_emergency_numbers_are_always_allowed() -> None:
    limits = Limits(
        allowed=("+49",), refused=("1",), calls_per_agent=1, dials_per_agent_hour=1, per_day=0.01,
        prices=(("", 1.0),),
    )  # fmt: skip
    ledger = begun(begun(EMPTY, "c1", "a", Allowed(), NOW), "c2", "a", Allowed(), NOW)
    assert verdict(limits, ledger, "1 1 2", "a", NOW) == Allowed(0, emergency=True)
    assert code(limits, "1129", ledger=ledger) == "refused_number"
    busy = begun(ledger, "c3", "a", Allowed(emergency=True), NOW)
    assert len(busy.dials) == 2
    assert last_moment(Limits(minutes_per_call=1), busy.lines[-1]) == math.inf


def test_the_emergency_numbers_are_the_centre_s_choice() -> None:
    limits = Limits(refused=("1",), emergency=("144",))
    assert code(limits, "144") == ""
    assert code(limits, "112") == "refused_number"


def test_an_agent_has_so_many_calls_at_once() -> None:
    limits = Limits(calls_per_agent=2)
    ledger = begun(begun(EMPTY, "c1", "a", Allowed(), NOW), "c2", "a", Allowed(), NOW)
    assert code(limits, "089", ledger=ledger) == "too_many_calls"
    assert code(limits, "089", ledger=ledger, agent="b") == ""
    assert code(limits, "089", ledger=ledger, agent="") == ""
    assert code(limits, "089", ledger=ended(ledger, "c1")) == ""


def test_an_agent_dials_so_many_times_in_an_hour() -> None:
    limits = Limits(dials_per_agent_hour=3)
    ledger = EMPTY
    for turn in range(3):
        assert code(limits, "089", ledger=ledger) == ""
        ledger = ended(begun(ledger, f"c{turn}", "a", Allowed(), Instant(NOW - 600 * turn)), f"c{turn}")
    assert code(limits, "089", ledger=ledger) == "too_many_dials"
    assert isinstance(verdict(limits, ledger, "089", "a", Instant(NOW + 2500)), Allowed)


def test_a_price_is_that_of_the_longest_prefix_rounded_up() -> None:
    limits = Limits(prices=(("", 0.01), ("+49", 0.02), ("+49 900", 1.99), ("+1", 0.000_01)))
    assert price_of(limits, "+33") == 100
    assert price_of(limits, "+4989") == 200
    assert price_of(limits, "+499001") == 19900
    assert price_of(limits, "+1") == 1
    assert price_of(Limits(), "+1") == 0


def test_a_call_buys_its_minutes_ahead_until_there_is_no_money() -> None:
    limits = Limits(prices=(("", 0.4),), per_day=1.0)
    judged = verdict(limits, EMPTY, "089", "a", NOW)
    assert judged == Allowed(4000)
    assert isinstance(judged, Allowed)
    ledger = begun(EMPTY, "c", "a", judged, NOW)
    assert (kept(ledger), bought(ledger, NOW)) == (4000, 0)
    ledger = answered(ledger, "c", Instant(NOW + 10))
    assert (kept(ledger), bought(ledger, NOW)) == (0, 4000)
    assert answered(ledger, "c", Instant(NOW + 20)) == ledger
    line = ledger.line("c")
    assert line is not None
    assert ends_at(limits, line) == NOW + 70
    longer = renewed(limits, ledger, "c", Instant(NOW + 50))
    assert longer is not None
    assert longer.lines[0].paid_until == NOW + 130
    assert renewed(limits, longer, "c", Instant(NOW + 110)) is None
    assert code(limits, "089", ledger=longer) == "spent"
    assert code(limits, "112", ledger=longer) == ""


def test_a_call_that_nobody_answers_costs_nothing() -> None:
    limits = Limits(prices=(("", 1.0),), per_day=1.0)
    ledger = begun(EMPTY, "c", "a", Allowed(10_000), NOW)
    assert code(limits, "089", ledger=ledger) == "spent"
    assert code(limits, "089", ledger=ended(ledger, "c")) == ""
    line = ledger.line("c")
    assert line is not None
    assert ends_at(limits, line) == math.inf
    assert last_moment(Limits(minutes_per_call=1), line) == math.inf


def test_a_call_lasts_so_many_minutes() -> None:
    limits = Limits(minutes_per_call=1.5)
    ledger = answered(begun(EMPTY, "c", "a", Allowed(), NOW), "c", NOW)
    longer = renewed(limits, ledger, "c", Instant(NOW + 30))
    assert longer is not None
    assert ends_at(limits, longer.lines[0]) == NOW + 90
    assert renewed(limits, longer, "c", Instant(NOW + 80)) is None
    assert renewed(limits, longer, "other", NOW) is None


def test_nothing_is_spent_by_a_call_that_is_not_known() -> None:
    assert answered(EMPTY, "c", NOW) == EMPTY
    assert renewed(Limits(), begun(EMPTY, "c", "a", Allowed(), NOW), "c", NOW) is None


def test_what_was_bought_is_forgotten_after_a_day_and_no_sooner() -> None:
    ledger = answered(begun(EMPTY, "c", "a", Allowed(700), NOW), "c", NOW)
    assert bought(ledger, Instant(NOW + 86_399)) == 700
    assert bought(ledger, Instant(NOW + 88_000)) == 0
    assert bought(ledger, Instant(NOW - 5000)) == 700  # the clock was set back
    later = answered(begun(ledger, "d", "a", Allowed(1), Instant(NOW + 90_000)), "d", Instant(NOW + 90_000))
    assert len(later.spent) == 1


def test_calls_that_are_forgotten_have_paid_for_the_minute_that_was_set_aside() -> None:
    up = answered(begun(EMPTY, "c", "a", Allowed(700), NOW), "c", NOW)
    ledger = settled(begun(up, "d", "a", Allowed(300), NOW))
    assert not ledger.lines
    assert bought(ledger, NOW) == 1000


PRICES = (("", 0.07), ("+49", 0.013), ("+900", 2.5), ("08", 0.0))
NUMBERS = ("+4989", "+900123", "0891", "00900", "112", "33", "bob")
acts = st.lists(
    st.tuples(
        st.sampled_from(["dial", "answer", "renew", "end", "wait"]),
        st.integers(0, 5),
        st.sampled_from(NUMBERS),
        st.floats(0, 50_000),
    ),
    max_size=80,
)


@given(acts, st.floats(0.01, 12), st.integers(0, 3), st.integers(0, 5))
def test_no_sequence_of_calls_spends_more_than_a_day_may_cost(
    history: list[tuple[str, int, str, float]], per_day: float, at_once: int, an_hour: int
) -> None:
    limits = Limits(prices=PRICES, per_day=per_day, calls_per_agent=at_once, dials_per_agent_hour=an_hour)
    ledger, now = EMPTY, NOW
    payments: list[tuple[float, int]] = []
    dials: list[float] = []
    for act, which, number, more in history:
        call, before = f"c{which}", ledger
        match act:
            case "dial" if ledger.line(call) is None:
                judged = verdict(limits, ledger, number, "a", now)
                if isinstance(judged, Allowed):
                    ledger = begun(ledger, call, "a", judged, now)
                    dials += [] if judged.emergency else [now]
            case "answer":
                ledger = answered(ledger, call, now)
            case "renew":
                ledger = renewed(limits, ledger, call, now) or ledger
            case "end":
                ledger = ended(ledger, call)
            case _:
                now = Instant(now + more)
        line, was = ledger.line(call), before.line(call)
        if line is not None and was is not None and line.paid_until != was.paid_until:
            payments.append((now, line.price))
        if at_once:
            assert sum(not line.emergency for line in ledger.lines) <= at_once
    for end, _ in payments:
        cost = sum(price for at, price in payments if end - 86_400 < at <= end)
        assert cost <= per_day * 10_000 + 1e-6
    if an_hour:
        assert all(later - first >= 3600 for first, later in zip(dials, dials[an_hour:], strict=False))
    assert all(a[0] < b[0] for a, b in pairwise(ledger.spent))
