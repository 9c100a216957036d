"""What social services tell, in every shape that it could have."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.messaging import SOCIAL_PROVIDERS, SocialAccount
from agent_desktop.domain.types import ChannelId, QueueId
from agent_desktop.server.channels.social.mastodon import MastodonChannel
from agent_desktop.server.channels.social.meta_told import Said, told
from agent_desktop.server.channels.social.reading import document, instant, plain
from agent_desktop.server.channels.social.telegram import TelegramChannel

KEYS = st.sampled_from(
    (  # noqa: SIM905 - names read best as words
        "entry id messaging sender mid text attachments type read watermark delivery postback "
        "changes value message metadata phone_number_id contacts statuses messages status errors "
        "from timestamp image caption chat update_id sticker emoji edited_message account acct "
        "content media_attachments created_at date"
    ).split()
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("private")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=80)
@given(st.dictionaries(KEYS, VALUES, max_size=5), st.sampled_from(SOCIAL_PROVIDERS))
def test_any_document_is_read_or_left(value: dict[str, object], provider: str) -> None:
    account = SocialAccount(id=ChannelId("x"), provider=provider, queue=QueueId("q"))
    body = document(json.dumps(value).encode())
    for one in told(body, provider, ""):
        if isinstance(one, Said):
            one.text.encode("utf-8")
    TelegramChannel(account)._message(body)
    MastodonChannel(account)._message(body)


@given(st.text(max_size=200))
def test_no_markup_is_left_in_a_text(said: str) -> None:
    escaped = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(f"<p>{escaped}</p>").split() == said.split()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one<br>two</p><p>three</p>", "one\ntwo\nthree"),
        (
            '<p><span class="h-card"><a href="https://x.example">@<span>help</span></a></span> hi</p>',
            "@help hi",
        ),
        ("a<style>b</style><script>c</script>d", "ad"),
        ("broken <b", "broken <b"),
    ],
)
def test_html_becomes_the_words_that_were_written(html: str, text: str) -> None:
    assert plain(html) == text


def test_numbers_that_are_no_time_are_none() -> None:
    assert instant("") is None
    assert instant("-5") is None
    assert instant("9" * 400) is None
    assert instant("1500", 1000.0) == 1.5


def test_half_a_character_is_replaced() -> None:
    message = b'{"mid": "1", "text": "\\ud83d"}'
    event = b'{"sender": {"id": "7"}, "message": ' + message + b"}"
    body = document(b'{"entry": [{"id": "p", "messaging": [' + event + b"]}]}")
    (said,) = told(body, "messenger", "p")
    assert isinstance(said, Said)
    assert said.text == "\ufffd"
