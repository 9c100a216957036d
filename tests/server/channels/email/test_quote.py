from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.server.channels.email.quote import split


@pytest.mark.parametrize(
    ("text", "reply", "quoted"),
    [
        ("Thanks!", "Thanks!", ""),
        (
            "Thanks!\n\nOn 1 May 2024, Bob <b@x> wrote:\n> hi\n>\n> there",
            "Thanks!",
            "On 1 May 2024, Bob <b@x> wrote:\n> hi\n>\n> there",
        ),
        (
            "Danke\n\nAm 12. März 2024 schrieb Bob:\n\n> hallo",
            "Danke",
            "Am 12. März 2024 schrieb Bob:\n\n> hallo",
        ),
        (
            "Merci\n\nLe 12 mars 2024 à 10:00, Bob a écrit :\n> salut",
            "Merci",
            "Le 12 mars 2024 à 10:00, Bob a écrit :\n> salut",
        ),
        (
            "Gracias\n\nEl vie, 3 may 2024 a las 10:00, Bob (<b@x>) escribió:\nhola",
            "Gracias",
            "El vie, 3 may 2024 a las 10:00, Bob (<b@x>) escribió:\nhola",
        ),
        (
            "yes\nOn Mon, May 1, 2024 at 10:00\nBob <b@x> wrote:\n\n> a",
            "yes",
            "On Mon, May 1, 2024 at 10:00\nBob <b@x> wrote:\n\n> a",
        ),
        ("Hi\n\nOn 1 May 2024, Bob wrote:\nno marks", "Hi", "On 1 May 2024, Bob wrote:\nno marks"),
        ("Ok\n-----Original Message-----\nFrom: x", "Ok", "-----Original Message-----\nFrom: x"),
        (
            "Ok\n____________________\nFrom: a\nSent: b\nTo: c\n\nold",
            "Ok",
            "____________________\nFrom: a\nSent: b\nTo: c\n\nold",
        ),
        (
            "Ok\n\nVon: a\nGesendet: b\nAn: c\nBetreff: d\n\nalt",
            "Ok",
            "Von: a\nGesendet: b\nAn: c\nBetreff: d\n\nalt",
        ),
        ("Ok\n\n> old\n\n-- \nAnna", "Ok", "> old\n\n-- \nAnna"),
    ],
)
def test_a_reply_is_told_from_what_it_quotes(text: str, reply: str, quoted: str) -> None:
    assert split(text) == (reply, quoted)


def test_an_answer_below_the_quotation_is_the_reply() -> None:
    assert split("On 1 May 2024, Bob wrote:\n> When?\n\nOn Monday") == (
        "On Monday",
        "On 1 May 2024, Bob wrote:\n> When?",
    )


@pytest.mark.parametrize(
    "text",
    [
        "> When?\nMonday\n> Where?\nHere",
        "> all of it",
        "I travel\nFrom: Hamburg\nTo: Berlin\ntomorrow",
        "The list:\n- one\n- two",
        "5 > 3 and a\nline with > inside",
        "",
    ],
)
def test_what_means_nothing_apart_stays_together(text: str) -> None:
    assert split(text) == (text, "")


_LINE = st.one_of(
    st.sampled_from(
        [
            "> a",
            ">> b",
            "On 1 May 2024, Bob wrote:",
            "Am 1. Mai schrieb Bob:",
            "From: a@b",
            "To: c",
            "Sent: d",
            "Subject: e",
            "-----Original Message-----",
            "_" * 32,
            "-- ",
            "",
            "",
            "words",
            " > x",
            "wrote:",
        ]
    ),
    st.text(max_size=12).filter(lambda text: "\n" not in text),
)


@given(st.lists(_LINE, max_size=30))
def test_no_line_is_lost_and_none_is_doubled(lines: list[str]) -> None:
    reply, quoted = split("\n".join(lines))
    kept = [line for part in (reply, quoted) for line in part.split("\n") if line.strip()]
    assert sorted(kept) == sorted(line for line in lines if line.strip())
    assert reply.strip() or not quoted


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 300_000,
        ">\n" * 200_000,
        ("On " + "a " * 80 + "\n") * 5_000,
        ("From: " + " " * 150 + "\n") * 5_000,
        ("> " * 80 + "\n") * 3_000,
        "_" * 500_000,
        "x" * 500_000,
        ("_" * 20 + "\n") * 20_000,
        ("a:\n" * 3 + "\n") * 40_000 + "> x",
        "On " * 170_000 + "wrote:",
    ],
    ids=range(10),
)
def test_a_text_made_to_be_slow_is_split_in_time(text: str) -> None:
    began = time.process_time()
    split(text)
    assert time.process_time() - began < 3.0
