# ruff: noqa: E501 - the tables below read best as one case a row
from __future__ import annotations

import contextlib
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain import ivr
from agent_desktop.domain.agent import SYSTEM_REASONS
from agent_desktop.domain.centre import Centre
from agent_desktop.errors import ConfigError
from agent_desktop.server import tomlfile
from agent_desktop.server.config import ServerSettings, centre_of, load_centre, load_server

SAMPLE = Path(__file__).parents[2] / "resources" / "centre" / "centre.toml"
SMALL = """
name = "Small"
skills = ["german"]

[queues.support]
name = "Support"
media = ["voice", "email", "chat"]

[agents.mateo]
name = "Mateo"
queues = ["support"]
skills = { german = 3 }
extension = "6001"

[dispositions.done]
label = "Done"
key = "1"

[[numbers]]
number = "8000"
flow = "main"

[flows.main]
person_queue = "support"

[[flows.main.nodes]]
id = "start"
say = "Hello"

[[flows.main.nodes.choices]]
key = "1"
label = "Wait"
goto = "wait"

[[flows.main.nodes]]
id = "wait"
queue = "support"
"""


def read(text: str, path: Path = Path("centre.toml")) -> Centre:
    return centre_of(tomlfile.parse(path, text.encode()))[0]


def complaint(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return caught.value


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


# --- what is read ---------------------------------------------------------------------------------


def test_the_sample_centre_is_whole() -> None:
    centre = load_centre(SAMPLE)
    assert set(centre.queues) == {"support", "billing", "webchat", "mail", "messages"}
    assert [agent.role for agent in centre.agents.values()] == ["agent"] * 6 + ["supervisor", "admin"]
    assert len(centre.scripts) == 3
    assert any(page.must_read for script in centre.scripts.values() for page in script.pages)
    assert any(disposition.fields for disposition in centre.dispositions.values())
    assert {number.number for number in centre.numbers} == {"8000", "8001", "8002", "8003"}
    assert [mailbox.address for mailbox in centre.mailboxes] == ["help@nordlight.example"]
    assert [chat.id for chat in centre.chats] == ["demo"]


def test_a_small_file_becomes_values_with_their_defaults() -> None:
    centre = read(SMALL)
    queue = centre.queues["support"]  # type: ignore[index]  # ids are strings
    assert (queue.offer_s, queue.wrapup_mode, queue.media) == (
        20.0,
        "mandatory_timed",
        ("voice", "email", "chat"),
    )
    assert centre.agents["mateo"].skills == {"german": 3}  # type: ignore[index]  # the same
    assert centre.languages == ("en",)
    assert {reason.code for reason in centre.reasons} == set(SYSTEM_REASONS)
    assert all(reason.system for reason in centre.reasons)


def test_the_flow_of_the_sample_runs_to_its_queue_by_the_keys_of_the_drawing() -> None:
    flow = load_centre(SAMPLE).flows["greeting"]
    menu = ivr.answered(flow, ivr.begin(flow).place, found=True)
    taken = ivr.pressed(flow, menu.place, "2")
    words = [taken.words]
    taken = ivr.pressed(flow, taken.place, "1")
    assert [*words, taken.words] == ["2 Orders", "1 Delivery"]
    assert isinstance(taken.effect, ivr.PutInQueue)
    assert taken.effect.queue == "support"


def test_the_servers_table_has_defaults_and_its_own_values(tmp_path: Path) -> None:
    path = tmp_path / "centre.toml"
    path.write_text(SMALL)
    assert load_server(path) == ServerSettings()
    path.write_text(SMALL + '\n[server]\nhttp_port = 0\nsip_host = "0.0.0.0"\ndata = "/srv"\n')
    assert load_server(path) == ServerSettings(http_port=0, sip_host="0.0.0.0", data="/srv")


def test_mail_is_handed_over_by_lmtp_where_the_centre_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "centre.toml"
    path.write_text(SMALL + "\n[server]\nlmtp_port = 2424\n", "utf-8")
    assert load_server(path).lmtp_port == 2424
    path.write_text(SMALL + "\n[server]\nlmtp_port = 70000\n", "utf-8")
    with pytest.raises(ConfigError, match=r"server\.lmtp_port: 70000 is out of range"):
        load_server(path)


def test_a_prompt_is_a_text_a_table_or_a_list_of_them(tmp_path: Path) -> None:
    (tmp_path / "hello.wav").write_bytes(b"RIFF")
    text = changed(
        'say = "Hello"', 'say = ["Hello", { text = "Hallo", language = "de" }, { file = "hello.wav" }]'
    )
    says = read(text, tmp_path / "centre.toml").flows["main"].nodes[0].say
    assert [(s.text, s.language) for s in says] == [("Hello", "en"), ("Hallo", "de"), ("", "en")]
    assert says[2].file == str(tmp_path / "hello.wav")


# --- what is told ---------------------------------------------------------------------------------

WRONG = [
    ('name = "Small"', 'name = ""', "name: this may not be empty"),
    ('name = "Small"', "name = 7", "name: a text is expected here, not 7"),
    ('name = "Support"', "", "queues.support.name: this is missing"),
    ('media = ["voice", "email", "chat"]', 'media = ["voice", "fax"]', r"media\[2\]: 'fax' is not one of chat,"),
    ('media = ["voice", "email", "chat"]', "media = []", "takes no work"),
    ('media = ["voice", "email", "chat"]', 'media = "voice"', "a list of texts is expected here, not 'voice'"),
    ('name = "Mateo"', 'name = "Mateo"\nrole = "boss"', "'boss' is not one of admin, agent, supervisor"),
    ('name = "Mateo"', 'name = "Mateo"\npassword = "x"', "a password never stands in this file"),
    ('queues = ["support"]', 'queues = ["suport"]', r"Did you mean support\?"),
    ("german = 3", "german = 6", "skills.german: 6 is out of range; 1 to 5 is allowed"),
    ("german = 3", "germn = 3", r"germn: this is not one of german\. Did you mean german\?"),
    ("german = 3", "german = true", "a whole number is expected here, not True"),
    ('extension = "6001"', 'extension = "x"', "'x' is not an extension"),
    ('extension = "6001"', 'extension = "8000"', "the number 8000 is taken already"),
    ('key = "1"\n\n[[numbers]]', 'key = "11"\n\n[[numbers]]', "'11' is not one digit"),
    ('label = "Done"', f'label = "{"x" * 41}"', "41 characters; at most 40"),
    ('label = "Done"', 'label = "Done"\nparent = "done"', "the parents go round in a ring"),
    ('label = "Done"', 'label = "Done"\n[[dispositions.done.fields]]\nid = "a"\nlabel = "A"\nkind = "choice"', "choices are for a field of kind 'choice'"),
    ('flow = "main"', 'flow = "mian"', "there is no flow 'mian'"),
    ('number = "8000"', 'number = "eight"', "'eight' is not a number"),
    ('person_queue = "support"', 'person_queue = "sales"', "there is no queue 'sales' that takes voice"),
    ('person_queue = "support"', "", "flows.main.person_queue: this is missing"),
    ('goto = "wait"', 'goto = "wiat"', "there is no node 'wiat'"),
    ('goto = "wait"', "", "this choice is a dead end"),
    ('goto = "wait"', 'goto = "start"', "the node 'wait' cannot be reached"),
    ('goto = "wait"', 'goto = "wait"\nqueue = "support"', "a goto or a queue, not both"),
    ('key = "1"\nlabel = "Wait"', 'key = "0"\nlabel = "Wait"', "key 0 always reaches a person"),
    ('id = "wait"\nqueue = "support"', 'id = "wait"', "this node is a dead end"),
    ('id = "wait"\nqueue = "support"', 'id = "start"\nqueue = "support"', "there are two nodes 'start'"),
    ('id = "wait"\nqueue = "support"', 'id = "wait"\nqueue = "support"\nhang_up = true', "hang_up and queue; one"),
    ('id = "wait"\nqueue = "support"', 'id = "wait"\nqueue = "support"\nwiat_s = 1', r"Did you mean wait_s\?"),
    ('say = "Hello"', "", "must hear the choices"),
    ('say = "Hello"', 'say = { file = "no.wav" }', "there is no file 'no.wav'"),
    ('say = "Hello"', "say = [1]", "a text is expected here"),
    ('skills = ["german"]', 'skills = ["german"]\nreasons = { break = "x", not_responding = "y" }', "the system's own"),
    ('skills = ["german"]', 'skills = ["german"]\nlanguages = ["English!"]', "is not a language"),
    ('skills = ["german"]', 'skills = ["german", "german"]', "stands here twice"),
    ("[agents.mateo]", "[agents.Mateo]", "an id has lower-case letters"),
    ("[queues.support]", "[server]\nhttp_port = 70000\n[queues.support]", "0 to 65535 is allowed"),
    ("[queues.support]", "[server]\nrtp_first = 5000\nrtp_last = 5001\n[queues.support]", "a call needs four ports"),
    ("[queues.support]", "[queues.support]\noffer_s = inf", "inf is out of range"),
    ("[queues.support]", "[queues.support]\noffer_s = 0", "0 is out of range; 7 to 900 is allowed"),
    ("[queues.support]", '[queues.support]\nscript = "x"', "script"),
    ("[queues.support]", '[mailboxes.help]\naddress = "x"\nqueue = "support"\n[queues.support]', "'x' is not a mail"),
    ("[queues.support]", '[mailboxes.help]\naddress = "a@b"\nqueue = "x"\n[queues.support]', "'x' is not one of support"),
    ("[queues.support]", '[mailboxes.help]\naddress = "a@b"\nqueue = "support"\nimap_host = "h"\n[queues.support]', "belong together"),
    ("[queues.support]", '[chats.a]\nqueue = "support"\norigins = ["example.com"]\n[queues.support]', "is not like https"),
    ("[queues.support]", '[chats.a]\nqueue = "support"\nmailbox = "none"\n[queues.support]', "there is no mailbox 'none'"),
    ("[queues.support]", '[scripts.s]\ntitle = "S"\n[queues.support]', "one page or more"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), WRONG, ids=[f"{n}" for n in range(len(WRONG))])
def test_a_wrong_value_is_told_with_its_place(old: str, new: str, words: str) -> None:
    error = complaint(changed(old, new))
    assert re.search(words, str(error)), str(error)
    assert "centre.toml" in str(error)
    assert error.line is not None
    assert error.line > 1


@pytest.mark.parametrize(
    ("old", "new", "mark"),
    [
        ("german = 3", "german = 6", "german = 6"),
        ('goto = "wait"', 'goto = "wiat"', 'goto = "wiat"'),
        ('media = ["voice", "email", "chat"]', 'media = [\n "voice",\n "fax"]', "media = ["),
        ('name = "Mateo"', '"name" = 5', '"name" = 5'),
        ('id = "wait"\nqueue = "support"', 'id = "wait"\n# [agents.x]\nsay = """\nname = 1\n"""\nqueue = "support"\nretries = 99', "retries = 99"),
        ('flow = "main"', 'flow = "mian"', 'flow = "mian"'),
    ],
)  # fmt: skip
def test_the_line_is_the_right_one(old: str, new: str, mark: str) -> None:
    text = changed(old, new)
    error = complaint(text)
    assert error.line == line_of(text, mark)
    assert f"line {error.line}: " in str(error)


def test_all_problems_are_told_at_once_in_the_order_of_the_lines() -> None:
    text = SMALL
    for old, new in (("german = 3", "german = 9"), ('flow = "main"', 'flow = "x"'), ('label = "Wait"', "")):
        text = text.replace(old, new)
    error = complaint(text)
    told = [int(line) for line in re.findall(r"line (\d+)", str(error))]
    assert str(error).startswith("centre.toml has 3 problems:")
    assert told == sorted(told)
    assert len(told) == 3
    assert error.line == told[0]
    assert error.key == "agents.mateo.skills.german"


def test_more_than_a_hundred_reasons_are_too_many() -> None:
    many = "\n".join(f'r{n} = "Reason {n}"' for n in range(101))
    assert "at most 100" in str(complaint(f"{SMALL}\n[reasons]\n{many}\n"))


def test_two_dispositions_of_a_queue_cannot_have_one_key() -> None:
    error = complaint(SMALL + '\n[dispositions.other]\nlabel = "Other"\nkey = "1"\n')
    assert "the key 1 stands for 2" in str(error)


# --- what cannot be read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"name = ", "line 1: this is not TOML"),
        (b'name = "x"\nname = "y"\n', "line 2: this is not TOML"),
        (b'a = 1\nb = "\xff"\n', "line 2: this is not UTF-8"),
        (b"a = " + b"[" * 100_000, "nested too deeply|not TOML"),
        (b"a = " + b"9" * 10_000, "not TOML|missing|no such key"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(data: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        centre_of(tomlfile.parse(Path("centre.toml"), data))


def test_a_file_that_is_not_there_or_too_large_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_centre(tmp_path / "centre.toml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_centre(tmp_path)
    (tmp_path / "large.toml").write_bytes(b"#" * (tomlfile.FILE_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than 2 MB"):
        load_centre(tmp_path / "large.toml")


def harmless(data: bytes) -> None:
    """Read it: whatever comes, only `ConfigError` may be raised."""
    with contextlib.suppress(ConfigError):
        centre_of(tomlfile.parse(Path("centre.toml"), data))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_else(data: bytes) -> None:
    harmless(data)


TOML = st.recursive(
    st.sampled_from(['"support"', '"x"', "1", "-1", "1e400", "nan", "true", "1979-05-27", "''", '"\\u0000"']),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(["id", "say", "key", "queue", "text", "a"]), inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}"
        ),
    ),
    max_leaves=6,
)
KEYS = sorted(set(re.findall(r"^(\w+) =", SAMPLE.read_text("utf-8"), re.MULTILINE)))


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*KEYS, "queues", "flows", "agents", "numbers", "server"]), TOML))
def test_any_value_under_any_known_name_raises_nothing_else(values: dict[str, str]) -> None:
    harmless("\n".join(f"{key} = {value}" for key, value in values.items()).encode())


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), TOML)
def test_a_sample_with_one_value_replaced_raises_nothing_else(seed: int, value: str) -> None:
    lines = SAMPLE.read_text("utf-8").split("\n")
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        key = lines[at].partition(" = ")[0]
        lines[at] = chance.choice(["", f"{key} = {value}", lines[at][: len(lines[at]) // 2]])
    harmless("\n".join(lines).encode())
