from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.macro import step_of
from agent_desktop.domain.rules import ARRIVAL, SILENT, UNANSWERED, Conditions
from agent_desktop.errors import ConfigError
from agent_desktop.server.config import load_centre
from agent_desktop.server.config_rules import filled

SAMPLE = Path(__file__).parents[2] / "resources" / "centre" / "centre.toml"
CENTRE = """
name = "Test"
[dispositions.done]
label = "Done"
[queues.mail]
name = "Mail"
media = ["email"]
signature = "The mail desk"
[queues.returns]
name = "Returns"
media = ["email"]
[agents.ana]
name = "Ana"
queues = ["mail"]
[templates.hello]
label = "Greeting"
text = "Hello {customer.name}"
[templates.personal]
label = "Personal"
text = "Hello, I am {agent.name}"
[hours.shop]
zone = "Europe/Oslo"
mon = ["09:00-17:00"]
[mailboxes.help]
address = "help@centre.example"
queue = "mail"
aliases = ["info@centre.example"]
"""


@pytest.fixture
def read(tmp_path: Path):
    def read(more: str):
        path = tmp_path / "centre.toml"
        path.write_text(CENTRE + more, "utf-8")
        return load_centre(path)

    return read


def test_a_rule_is_what_it_says(read) -> None:
    centre = read(
        '[rules.damaged]\nlabel = "Damaged"\nmedia = ["email"]\nchannels = ["help"]\nfrom = ["*@x.example"]\n'
        'words = ["broken"]\nautomatic = false\nfirst = true\nlarger_bytes = 10\nopen = "shop"\n'
        'steps = ["tag damaged", "route returns", "acknowledge hello"]\ngo_on = true\n'
        '[rules.late]\nunanswered = "4h"\nsteps = ["assign ana"]\n'
        '[rules.chase]\nsilent = "3d"\nstates = ["resolved"]\nsteps = ["reply Hello?", "send"]\n'
    )
    damaged, late, chase = centre.rules
    assert (damaged.id, damaged.label, damaged.on, damaged.go_on) == ("damaged", "Damaged", ARRIVAL, True)
    assert damaged.steps == tuple(map(step_of, ("tag damaged", "route returns", "acknowledge hello")))
    assert damaged.conditions == Conditions(
        media=("email",), channels=("help",), senders=("*@x.example",), words=("broken",), automatic=False,
        first=True, larger_bytes=10, open="shop",
    )  # fmt: skip
    assert (late.on, late.after_s, late.label, late.conditions.states) == (
        UNANSWERED, 14_400.0, "late", ("open", "snoozed"),
    )  # fmt: skip
    assert (chase.on, chase.after_s, chase.conditions.states) == (SILENT, 259_200.0, ("resolved",))
    assert (centre.queues["mail"].signature, centre.mailboxes[0].aliases) == (
        "The mail desk", ("info@centre.example",),
    )  # fmt: skip


def test_a_macro_is_what_it_says(read) -> None:
    (macro,) = read(
        '[macros.bye]\nlabel = "Good-bye"\nkey = "2"\nsteps = ["template personal", "send", "resolve"]\n'
    ).macros
    assert (macro.id, macro.label, macro.key) == ("bye", "Good-bye", "2")
    assert macro.steps == tuple(map(step_of, ("template personal", "send", "resolve")))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[rules.x]\nsteps = []\n", "nothing to do"),
        ('[rules.x]\nsteps = ["fly away"]\n', "'fly' is no step"),
        ('[rules.x]\nsteps = ["route moon"]\n', "there is no queue 'moon'"),
        ('[rules.x]\nsteps = ["acknowledge personal"]\n', "{agent.name} is not known to a rule"),
        ('[rules.x]\nsteps = ["reply {agent.name}", "send"]\n', "{agent.name} is not known to a rule"),
        ('[rules.x]\nsteps = ["send"]\n', "send comes after"),
        ('[rules.x]\nsilent = "soon"\nsteps = ["resolve"]\n', "'soon' is no time"),
        ('[rules.x]\nsilent = "3d"\nunanswered = "3d"\nsteps = ["resolve"]\n', "a rule counts one time"),
        ('[rules.x]\nmedia = ["fax"]\nsteps = ["resolve"]\n', "'fax' is not"),
        ('[rules.x]\nopen = "moon"\nsteps = ["resolve"]\n', "'moon' is not one of shop"),
        ('[rules.x]\nopen = "shop"\nclosed = "shop"\nsteps = ["resolve"]\n', "cannot be open and closed"),
        ('[rules.x]\nfrom = ["two words"]\nsteps = ["resolve"]\n', "is no address"),
        ('[rules.x]\nwords = [" "]\nsteps = ["resolve"]\n', "a word or a phrase"),
        ('[rules.x]\nwhatever = 1\nsteps = ["resolve"]\n', "there is no such key"),
        ('[macros.x]\nlabel = "X"\nsteps = ["acknowledge hello"]\n', "only a rule can acknowledge"),
        ('[macros.x]\nlabel = "X"\nkey = "F5"\nsteps = ["resolve"]\n', "one digit or lower-case letter"),
        ('[macros.x]\nsteps = ["resolve"]\n', "this is missing"),
        (
            '[mailboxes.two]\naddress = "Info@centre.example"\nqueue = "mail"\n',
            "info@centre.example is taken",
        ),
    ],
)
def test_what_cannot_be_is_told_with_its_place(read, more: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(more)
    assert said in str(refused.value), refused.value
    assert "line" in str(refused.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('dkim_selector = "s"\n', "dkim_selector and dkim_key_file belong together"),
        ("imap_starttls = true\n", "imap_tls is safe from the start"),
        ('aliases = ["nobody"]\n', "'nobody' is not a mail address"),
    ],
)
def test_a_mailbox_that_cannot_be_is_told(read, more: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(f'[mailboxes.two]\naddress = "two@centre.example"\nqueue = "mail"\n{more}')


def test_mail_by_tls_needs_its_certificate(read) -> None:
    with pytest.raises(ConfigError, match="TLS needs smtp_certificate"):
        read("[server]\nsmtp_tls_required = true\n")


def test_the_sample_centre_has_rules_and_macros_that_hold() -> None:
    centre = load_centre(SAMPLE)
    assert {rule.id for rule in centre.rules} == {"damaged", "newsletters", "forgotten", "still-there"}
    assert {macro.id for macro in centre.macros} == {"searched", "closed-kindly"}


def test_what_a_value_holds_is_not_filled_again() -> None:
    assert filled("{a} {b} {c}", {"a": "{b}", "b": "x"}) == "{b} x {c}"
