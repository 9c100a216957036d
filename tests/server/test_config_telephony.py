from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.telephony import Route, Trunk
from agent_desktop.errors import ConfigError
from agent_desktop.server import tomlfile
from agent_desktop.server.config import centre_of
from agent_desktop.server.directory import directory_of

HEAD = 'name = "Centre"\nskills = []\n'
QUEUE = '[queues.support]\nname = "Support"\nmedia = ["voice"]\nwrapup_mode = "none"\n'
TRUNK = """
[trunks.provider]
host = "sip.provider.example"
transport = "tls"
user = "centre"
password_file = "secret.txt"
register = true
caller_id = "+493012345"
codecs = ["PCMA"]
"""


@pytest.fixture(autouse=True)
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "secret.txt").write_text("s3cret\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str):
    return centre_of(tomlfile.parse(Path("centre.toml").absolute(), (HEAD + text + QUEUE).encode()))[0]


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value)


def test_a_trunk_has_the_port_of_its_transport() -> None:
    (trunk,) = read(TRUNK).trunk_accounts
    assert isinstance(trunk, Trunk)
    assert (trunk.port, trunk.register, trunk.codecs, trunk.srtp) == (5061, True, ("PCMA",), "off")


def test_the_exchange_is_told_the_password_of_the_file_and_none_when_it_is_gone(beside: Path) -> None:
    centre = read(TRUNK)
    told = directory_of(centre, ()).trunk_accounts[0]
    assert (told.password, told.host, told.transport) == ("s3cret", "sip.provider.example", "tls")
    (beside / "secret.txt").unlink()
    assert directory_of(centre, ()).trunk_accounts[0].password == ""


@pytest.mark.parametrize("said", [None, True, False])
def test_text_is_offered_over_a_trunk_unless_its_settings_say_otherwise(said: bool | None) -> None:
    row = "" if said is None else f"text = {str(said).lower()}\n"
    told = directory_of(read(TRUNK + row), ()).trunk_accounts[0]
    assert told.text is (said is not False)


def test_routes_name_known_trunks() -> None:
    route = '[[routes]]\nprefix = "+49"\ntrunks = ["provider"]\nstrip = 3\nprepend = "0"\n'
    assert read(TRUNK + route).routes == (Route(prefix="+49", trunks=("provider",), strip=3, prepend="0"),)
    assert "nobody" in complaint(TRUNK + route.replace('"provider"', '"nobody"'))


def test_without_a_table_the_limits_are_careful() -> None:
    limits = read("").limits
    assert (limits.calls_per_agent, limits.dials_per_agent_hour) == (2, 60)
    assert "112" in limits.emergency


def test_limits_and_prices_are_read() -> None:
    text = """
[limits]
allowed = ["+49", "+33"]
refused = ["+49900"]
per_day = 50
[[limits.prices]]
prefix = "+49"
per_minute = 0.02
"""
    limits = read(text).limits
    assert (limits.allowed, limits.refused) == (("+49", "+33"), ("+49900",))
    assert (limits.per_day, limits.prices) == (50.0, (("+49", 0.02),))
    assert directory_of(read(text), ()).limits.prices == (("+49", 0.02),)


def test_the_exchange_speaks_as_it_is_told() -> None:
    text = """
[exchange]
codecs = ["G722", "PCMA"]
srtp = "mandatory"
phones = "tls"
echo_number = "8800"
[exchange.voices]
fr = "mb-fr1"
"""
    exchange = read(text).exchange
    assert (exchange.codecs, exchange.srtp, exchange.phones) == (("G722", "PCMA"), "mandatory", "tls")
    assert (exchange.echo_number, exchange.voices) == ("8800", (("fr", "mb-fr1"),))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TRUNK.replace('user = "centre"\n', ""), "needs a user"),
        (TRUNK.replace("sip.provider.example", "a b"), "host name"),
        (TRUNK.replace("PCMA", "MP3"), "MP3"),
        (TRUNK + 'fingerprint = "12"\n', "fingerprint"),
        (TRUNK.replace('"tls"', '"udp"') + 'srtp = "mandatory"\n', "only secret over"),
        ('[exchange]\nsrtp = "mandatory"\n', "only secret over"),
        ("[exchange]\nsession_timer_s = 10\n", "session_timer_s"),
        ("[limits]\nper_day = 5\n", "needs prices"),
        ('[limits]\nallowed = ["abc"]\n', "beginning of a number"),
        ('[[routes]]\nprefix = "+49"\n', "one trunk or more"),
        ('[[routes]]\nprefix = "x"\ntrunks = []\n', "beginning of a number"),
        ("[limits]\ncalls_per_agent = -1\n", "calls_per_agent"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(text: str, words: str) -> None:
    assert words in complaint(text)


@pytest.mark.parametrize("value", ["secret", "spy"])
def test_policies_have_fixed_words(value: str) -> None:
    with pytest.raises(ConfigError):
        centre_of(tomlfile.parse(Path("c.toml"), f'{HEAD}supervision = "{value}"\n{QUEUE}'.encode()))


TYPED = """
[queues.typed]
name = "Typed"
wrapup_mode = "none"
media = ["voice"]
text = "rtt"
[[numbers]]
number = "100"
flow = "hello"
text = "ask"
[flows.hello]
person_queue = "typed"
text = "tty"
nodes = [{ id = "in", say = "Hello", queue = "typed" }]
"""


def test_numbers_flows_and_queues_say_how_their_callers_type() -> None:
    text = f'{HEAD.replace("[]", """["typing"]""")}text_skill = "typing"\n{TYPED}'
    centre, _ = centre_of(tomlfile.parse(Path("centre.toml"), text.encode()))
    assert centre.text_skill == "typing"
    assert centre.numbers[0].text == "ask"
    assert centre.flows["hello"].text == "tty"
    assert [queue.text for queue in centre.queues.values()] == ["rtt"]


@pytest.mark.parametrize("line", ['text = "fax"', "text = 1"])
def test_another_way_of_typing_is_refused(line: str) -> None:
    with pytest.raises(ConfigError, match="text"):
        centre_of(tomlfile.parse(Path("centre.toml"), f"{HEAD}{QUEUE}{line}\n".encode()))


def test_the_skill_of_typing_is_one_of_the_skills() -> None:
    assert "text_skill" in complaint('text_skill = "typing"\n')
