"""What the router may count on from every adapter for SMS and social messages, whatever the provider does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agent_desktop.ports.channels import DeliveryError, Troubled
from tests.contract.bench import ProviderBench, Scripted
from tests.contract.providers import EVERY, HOOKED, MastodonBench, MetaBench, answer, opened
from tests.contract.test_channel import RecordingIntake


@pytest.fixture
def intake() -> RecordingIntake:
    return RecordingIntake()


@pytest.fixture(params=sorted(HOOKED))
async def hooked(request: pytest.FixtureRequest, intake: RecordingIntake) -> AsyncIterator[ProviderBench]:
    async for bench in opened(HOOKED[request.param](), intake):
        yield bench


@pytest.fixture(params=sorted(EVERY))
async def bench(request: pytest.FixtureRequest, intake: RecordingIntake) -> AsyncIterator[ProviderBench]:
    async for made in opened(EVERY[request.param](), intake):
        yield made


# Every provider that calls us.


async def test_a_wrong_signature_is_refused_and_nothing_is_taken(
    hooked: ProviderBench, intake: RecordingIntake
) -> None:
    path, headers, body = hooked.signed("Hello", "one")
    wrong = {name: value[:-2] + ("xx" if value[-2:] != "xx" else "yy") for name, value in headers.items()}
    assert (await hooked.post(path, {**headers, **wrong}, body)).status_code == 403
    assert (await hooked.post(path, {}, body)).status_code == 403
    assert intake.got == []


@pytest.mark.parametrize("name", ["twilio", "messenger", "whatsapp"])
async def test_a_changed_body_is_refused(name: str, intake: RecordingIntake) -> None:
    async for bench in opened(HOOKED[name](), intake):
        path, headers, body = bench.signed("Hello", "one")
        assert (await bench.post(path, headers, body.replace(b"Hello", b"Hullo"))).status_code == 403
    assert intake.got == []


async def test_a_body_of_more_than_a_megabyte_is_refused(
    hooked: ProviderBench, intake: RecordingIntake
) -> None:
    path, headers, _ = hooked.signed("Hello", "one")
    assert (await hooked.post(path, headers, b"x" * ((1 << 20) + 1))).status_code == 413
    packed = await hooked.post(path, {**headers, "Content-Encoding": "gzip"}, b"x")
    assert packed.status_code in {400, 415}
    assert intake.got == []


async def test_what_is_not_kept_is_asked_for_again(hooked: ProviderBench, intake: RecordingIntake) -> None:
    intake.full = True
    refused = await hooked.post(*hooked.signed("Hello", "one"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    intake.full = False
    assert (await hooked.post(*hooked.signed("Hello", "one"))).status_code == 200
    assert [one.text for one in intake.got] == ["Hello"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 100_000, b"null", b'{"entry": 5, "message": []}', b"\xff\xfe"]
)
async def test_a_body_of_another_shape_is_no_message_and_no_error(
    hooked: ProviderBench, intake: RecordingIntake, body: bytes
) -> None:
    path, headers, _ = hooked.signed("Hello", "one")
    if isinstance(hooked, MetaBench):
        path, headers, body = hooked.seal(body)
    assert (await hooked.post(path, headers, body)).status_code in {200, 403}
    assert intake.got == []


async def test_nobody_listens_for_a_provider_that_is_not_configured(hooked: ProviderBench) -> None:
    assert (await hooked.post("/hooks/sms/nobody", {}, b"")).status_code == 404
    assert (await hooked.get("/hooks/social/nobody")).status_code == 404


# Every provider that we call.


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_provider_that_cannot_now_is_tried_again(bench: ProviderBench, status: int) -> None:
    if not isinstance(bench, MastodonBench):
        bench.answers = [Scripted(status, {}, {"Retry-After": "120"})]
        with pytest.raises(DeliveryError) as failed:
            await bench.channel.send(answer())
        assert (failed.value.permanent, failed.value.retry_s) == (False, 120.0)
    assert await bench.channel.send(answer()) == "sent"


async def test_a_refusal_is_told_in_the_providers_words(bench: ProviderBench) -> None:
    words = "Unsupported post request"
    bench.usual = lambda _asked: Scripted(  # type: ignore[method-assign]  # the provider's mood
        400, {"error": {"message": words, "code": 100}, "message": words, "description": words}
    )
    with pytest.raises(DeliveryError) as failed:
        await bench.channel.send(answer())
    assert failed.value.permanent
    if not isinstance(bench, MastodonBench):
        assert words in str(failed.value)


async def test_a_token_that_is_over_says_what_an_administrator_does(bench: ProviderBench) -> None:
    bench.usual = lambda _asked: Scripted(  # type: ignore[method-assign]  # the provider's mood
        401, {"error": {"message": "Session has expired", "code": 190}, "message": "Authenticate"}
    )
    with pytest.raises(DeliveryError, match=r"administrator must renew (token|secret)_file") as failed:
        await bench.channel.send(answer())
    assert failed.value.permanent
    assert "administrator" in getattr(bench.channel, "trouble", "")


async def test_a_provider_that_does_not_answer_is_tried_again(bench: ProviderBench) -> None:
    if isinstance(bench, MastodonBench):
        bench.usual = lambda _asked: Scripted(200, {}, slow_s=1.0)  # type: ignore[method-assign]  # slow
    else:
        bench.answers = [Scripted(200, {}, slow_s=1.0)]
    with pytest.raises(DeliveryError) as failed:
        await bench.channel.send(answer())
    assert not failed.value.permanent


async def test_trouble_is_over_when_the_provider_takes_something_again(bench: ProviderBench) -> None:
    assert isinstance(bench.channel, Troubled)
    usual = bench.usual
    bench.usual = lambda _asked: Scripted(401, {"error": {"code": 190}})  # type: ignore[method-assign]  # the mood
    with pytest.raises(DeliveryError):
        await bench.channel.send(answer())
    assert bench.channel.trouble
    bench.usual = usual  # type: ignore[method-assign]  # and back
    assert await bench.channel.send(answer()) == "sent"
    assert bench.channel.trouble == ""


async def test_a_redirect_is_not_followed(bench: ProviderBench) -> None:
    bench.usual = lambda _asked: Scripted(302, {}, {"Location": f"{bench.url}/api/away"})  # type: ignore[method-assign]  # away
    with pytest.raises(DeliveryError):
        await bench.channel.send(answer())
    assert not [one for one in bench.asked if one.path == "/away"]
