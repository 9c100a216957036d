"""The log: what happened is in it, and nobody's secrets are."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop import logs

CANARY = "Kanarienvogel7"
CARD = "4111 1111 1111 1111"


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    logs.close()


def lines(data: Path, program: str = "phone") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (data / "logs" / f"{program}.jsonl").read_text("utf-8").splitlines()]


def test_a_record_is_one_line_with_its_fields(tmp_path: Path) -> None:
    logs.configure("phone", data=tmp_path, stderr=io.StringIO())
    logging.getLogger("agent_desktop.phone.app").info(
        "registered\nagain", extra={"extension": "201", "waited_s": 0.5}
    )
    (line,) = lines(tmp_path)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info",
        "where": "phone.app",
        "text": "registered\nagain",
        "extension": "201",
        "waited_s": 0.5,
    }


def test_standard_error_gets_warnings_when_there_is_a_file_and_all_when_there_is_none(tmp_path: Path) -> None:
    with_file, alone = io.StringIO(), io.StringIO()
    for target, data in ((with_file, tmp_path), (alone, None)):
        logger = logs.configure("phone", data=data, stderr=target)
        logger.info("quiet")
        logger.warning("loud")
    assert with_file.getvalue() == "warning: agent_desktop: loud\n"
    assert alone.getvalue().splitlines() == ["info: agent_desktop: quiet", "warning: agent_desktop: loud"]


SECRETS = [
    f'Authorization: Digest username="amina", response="{CANARY}"',
    f'Proxy-Authorization: Digest username="amina",\r\n response="{CANARY}"\r\nContact: <sip:a@b>',
    f"authorization: Bearer {CANARY}",
    f"{{'Authorization': 'Basic {CANARY}=='}}",
    f"Cookie: session={CANARY}",
    f"Set-Cookie: id={CANARY}; HttpOnly",
    f"X-Hub-Signature: {CANARY}",
    f"password={CANARY}&user=amina",
    f'{{"user": "amina", "password": "{CANARY}"}}',
    f"{{'new_password': '{CANARY}'}}",
    f'{{"password": "with \\" {CANARY} quote"}}',
    f"passwd: {CANARY}",
    f"GET /survey?token={CANARY} HTTP/1.1",
    f"access_token={CANARY}",
    f"api_key = {CANARY}",
    f"client_secret: '{CANARY}'",
    f"got Bearer {CANARY}",
    f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{CANARY}",
    f"imaps://help:{CANARY}@mail.example.com/INBOX",
    f"sip:amina:{CANARY}@example.com",
    f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\n{CANARY} and the rest is cut",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("route", ["text", "argument", "field", "nested", "bytes", "error"])
def test_the_canary_never_reaches_the_log(tmp_path: Path, secret: str, route: str) -> None:
    screen = io.StringIO()
    log = logs.configure("phone", data=tmp_path, stderr=screen)
    match route:
        case "text":
            log.warning(secret)
        case "argument":
            log.warning("received %s", secret)
        case "field":
            log.warning("received", extra={"packet": secret})
        case "nested":
            log.warning("received", extra={"headers": {"list": [secret], secret: 1}})
        case "bytes":
            log.warning("received", extra={"packet": secret.encode()})
        case "error":
            log.error("it failed", exc_info=ValueError(secret))
    written = (tmp_path / "logs" / "phone.jsonl").read_text("utf-8")
    assert CANARY not in written + screen.getvalue()
    assert logs.HIDDEN in written


@pytest.mark.parametrize(
    "key", ["password", "new_password", "access_token", "Authorization", "client_secret", "ha1"]
)
def test_a_field_with_a_secret_name_is_hidden_whatever_it_holds(key: str) -> None:
    assert logs.redact_value("request", {key: CANARY, "user": "amina"}) == {key: logs.HIDDEN, "user": "amina"}


def test_card_numbers_are_hidden_and_order_numbers_kept() -> None:
    assert logs.redact(f"pay with {CARD}, please") == "pay with [hidden], please"
    assert logs.redact("4111-1111-1111-1111") == logs.HIDDEN
    assert logs.redact_value("number", 4111111111111111) == logs.HIDDEN
    for kept in (
        "4111 1111 1111 1112",
        "+49 4111 1111 1111 111",
        "order 20261121",
        "192.168.100.200",
        "1700000000.123456",
    ):
        assert logs.redact(kept) == kept


@given(st.integers(min_value=10**11, max_value=10**17))
def test_exactly_the_right_check_digit_makes_a_card(body: int) -> None:
    hidden = [digit for digit in range(10) if logs.redact(f"{body}{digit}") == logs.HIDDEN]
    assert len(hidden) == 1


@given(st.text())
def test_redaction_takes_any_text_and_does_not_grow_on_a_second_pass(text: str) -> None:
    once = logs.redact(text)
    assert logs.redact(once) == once


def test_plain_text_is_left_alone() -> None:
    for text in (
        "the token bucket is full",
        "Basic telephony works",
        "INVITE sip:201@127.0.0.1:5060 SIP/2.0",
        "pass 3 of 4",
    ):
        assert logs.redact(text) == text


def test_the_file_is_turned_over_before_it_fills_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES", 1000)
    log = logs.configure("phone", data=tmp_path, stderr=io.StringIO())
    for number in range(200):
        log.info("line %d", number)
    files = list((tmp_path / "logs").iterdir())
    assert len(files) == logs.FILES
    assert all(file.stat().st_size <= 1100 for file in files)
