from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.types import AgentId, ChannelId, Instant, MessageId
from agent_desktop.ports.storage import Changes, OutboxRow, StoredReply
from agent_desktop.server.storage import rows

KEYS = st.sampled_from(["m1", "m2", "m3"])


def test_no_part_of_a_commit_is_forgotten() -> None:
    made = {name for name, _ in (*rows._MADE_BY_KEY, *rows._MADE_IN_ORDER)}
    beside = {"blobs", "settings", "parsed_raws", "called_back", "marked"}
    told = {"left"}  # for the board alone
    assert made | beside | told == {field.name for field in dataclasses.fields(Changes)}


@given(st.lists(st.dictionaries(KEYS, st.none() | st.integers(0, 9))))
def test_a_merged_batch_has_the_effect_of_all_in_their_order(commits: list[dict[str, int | None]]) -> None:
    batches, expected = [], {}
    for commit in commits:
        outbox = {
            MessageId(key): None
            if tries is None
            else OutboxRow(message=MessageId(key), channel=ChannelId("c"), due_at=Instant(0), tries=tries)
            for key, tries in commit.items()
        }
        batches.append(rows.batch_of(Changes(outbox=outbox)))
        expected |= commit
    merged = rows.merged(batches).puts.get("outbox", {})
    assert {key: row and row["tries"] for key, row in merged.items()} == expected


def test_what_must_be_unique_is_never_merged_away() -> None:
    reply = StoredReply(command="u1", agent=AgentId("a"), at=Instant(0), reply=b"")
    whole = rows.merged([rows.batch_of(Changes(replies=[reply])) for _ in range(2)])
    assert len(whole.adds["replies"]) == 2
