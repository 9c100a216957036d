from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.sources import sources
from agent_desktop.domain.types import ChannelId
from agent_desktop.errors import ConfigError
from agent_desktop.server.adapters import messaging_channels
from agent_desktop.server.config import load_centre
from agent_desktop.server.config_messaging import API_URLS, NEEDS

CENTRE = """
name = "Test"
[dispositions.done]
label = "Done"
[queues.short]
name = "Short"
media = ["sms", "social"]
[queues.mail]
name = "Mail"
media = ["email"]
[agents.ana]
name = "Ana"
queues = ["short", "mail"]
"""
GOOD = """
[sms.text]
number = "+4700000"
queue = "short"
account = "AC1"
secret_file = "secret"
webhook_url = "https://centre.example/hooks/sms/twilio"
[sms.gateway]
provider = "smpp"
number = "1234"
queue = "short"
host = "smsc.example"
system_id = "desk"
password_file = "secret"
[social.page]
provider = "messenger"
queue = "short"
account = "1"
token_file = "secret"
secret_file = "secret"
verify_file = "secret"
[social.bot]
provider = "telegram"
queue = "short"
token_file = "secret"
secret_file = "secret"
[social.toots]
provider = "mastodon"
queue = "short"
account = "@help@social.example"
token_file = "secret"
api_url = "https://social.example/"
"""


@pytest.fixture
def read(tmp_path: Path):
    (tmp_path / "secret").write_text("s3cret\n", "utf-8")

    def read(more: str):
        path = tmp_path / "centre.toml"
        path.write_text(CENTRE + more, "utf-8")
        return load_centre(path)

    return read


def test_numbers_and_accounts_become_channels_with_their_limits(read) -> None:
    centre = read(GOOD)
    rows = sources(centre)
    assert {key: (row.medium, row.text_limit) for key, row in rows.items()} == {
        "text": ("sms", 1600),
        "gateway": ("sms", 1600),
        "page": ("social", 2000),
        "bot": ("social", 4096),
        "toots": ("social", 450),
    }
    assert [channel.id for channel in messaging_channels(centre)] == list(rows)
    assert rows[ChannelId("page")].reply_window_s == 86_400.0
    assert rows[ChannelId("text")].stop_words
    assert centre.social[0].api_url == API_URLS["messenger"]
    assert centre.social[2].api_url == "https://social.example"
    assert Path(centre.sms[0].secret_file).is_absolute()


def test_what_files_each_one_takes_is_known_before_one_is_sent(read) -> None:
    rows = sources(read(GOOD))
    taken = {key: (row.file_limit_bytes, row.files_most) for key, row in rows.items()}
    assert taken == {
        "text": (0, 0),
        "gateway": (0, 0),
        "page": (25_000_000, 10),
        "bot": (25_000_000, 10),
        "toots": (10_000_000, 4),
    }
    pictures = sources(read(GOOD.replace('account = "AC1"', 'account = "AC1"\nmms = true')))
    text = pictures[ChannelId("text")]
    assert (text.file_limit_bytes, text.files_most, text.files_bytes) == (5_000_000, 10, 5_000_000)
    assert "image/png" in text.file_types
    public = sources(read(GOOD.replace('provider = "messenger"', 'provider = "instagram"')))
    assert public[ChannelId("page")].file_limit_bytes == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('account = "AC1"', "", "twilio needs account"),
        ('host = "smsc.example"', "", "smpp needs host"),
        ('verify_file = "secret"', "", "messenger needs verify_file"),
        ('host = "smsc.example"', 'host = "smsc.example"\naccount = "A"', "smpp has no use for this"),
        ('number = "1234"', 'number = "call me maybe, please"', "is not a number"),
        ('provider = "telegram"', 'provider = "telegraph"', "Did you mean|is not one of"),
        ('secret_file = "secret"\nwebhook', 'secret_file = "missing"\nwebhook', "there is no file 'missing'"),
        ("https://social.example/", "http://social.example/", "is not an address"),
        ("https://social.example/", "https://[", "is not an address"),
        ('queue = "short"\naccount = "AC1"', 'queue = "mail"\naccount = "AC1"', "does not take sms"),
        ("[sms.gateway]", "[sms.page]", "channel page is taken already"),
        ('host = "smsc.example"', 'host = "smsc.example"\nmms = true', "smpp has no use for this"),
        ('account = "AC1"', 'account = "AC1"\nauth_token = "x"', "no such key"),
        ('account = "AC1"', 'account = "AC1"\nmedia_hosts = ["a/b"]', "not the name of a host"),
    ],
)
def test_what_could_never_work_is_told_in_words(read, old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError, match=words):
        read(GOOD.replace(old, new, 1))


def test_every_provider_has_its_adapter(read) -> None:
    made = read(GOOD)
    assert set(NEEDS) >= {one.provider for one in (*made.sms, *made.social)}
    for provider in ("instagram", "whatsapp"):
        made = read(GOOD.replace('provider = "messenger"', f'provider = "{provider}"'))
        assert messaging_channels(made)[2].provider == provider  # type: ignore[attr-defined]  # a hooked one


def test_rules_may_name_them(read) -> None:
    (rule,) = read(GOOD + '[rules.greet]\nchannels = ["text", "bot"]\nsteps = ["tag short"]\n').rules
    assert rule.conditions.channels == ("text", "bot")
