"""The native engine with telephones of others: every codec, encrypted sound, encrypted signalling, transfers.

Kamailio is the registrar and record-routing proxy, baresip 1.0 the far end; judged by what is heard.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl

import pytest

from agent_desktop.media import tones
from agent_desktop.wire import phone as wire
from agent_desktop.wire.models import PhoneAccount
from tests.peers.recordings import last_heard

pytestmark = pytest.mark.peer

VOICE_HZ, BOB_HZ, CAROL_HZ = 600, 440, 700
PORT = 23_600


class Centre:
    """Kamailio and baresips on ports of their own."""

    def __init__(self, kit, folder) -> None:
        self.kit, self.folder = kit, folder
        self.port = PORT

    async def start(self, **bob: str) -> None:
        await self.kit(
            "kamailio/start.sh",
            stop="kamailio/stop.sh",
            KAM_PORT=f"{self.port}",
            KAM_TLS_PORT=f"{self.port + 1}",
        )
        await self.telephone("bob", 4, BOB_HZ, **bob)

    async def telephone(self, name: str, place: int, hz: int, **more: str) -> None:
        server = f"127.0.0.1:{self.port + (1 if more.get('BS_TRANSPORT') == 'tls' else 0)}"
        await self.kit(
            "baresip/start.sh",
            stop="baresip/stop.sh",
            **{
                "BS_NAME": name,
                "BS_DOMAIN": server,
                "BS_SIP_PORT": f"{self.port + place}",
                "BS_CTRL_PORT": f"{self.port + place + 2}",
                "BS_RTP_PORT": f"{61_700 + 100 * place}",
                "BS_TONE_HZ": f"{hz}",
                **more,
            },
        )

    async def control(self, *words: str, place: int = 4) -> str:
        return await self.kit("baresip/ctl.py", "--port", f"{self.port + place + 2}", *words)

    def fingerprint(self) -> str:
        found = (self.folder / "kamailio").glob("**/cert.pem")
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(next(found).read_text())).hexdigest()

    def heard(self, name: str = "bob"):
        """All that a telephone heard in its last call."""
        return last_heard(self.folder, name)


@pytest.fixture
def centre(kit, tmp_path):
    return Centre(kit, tmp_path)


def udp(centre):
    return f"127.0.0.1:{centre.port}"


@pytest.mark.parametrize(
    ("codec", "bob"),
    [
        ("opus", {"BS_CODECS": "opus/48000/2", "BS_RATE": "48000"}),
        ("G722", {"BS_CODECS": "G722/16000/1", "BS_RATE": "16000"}),
        ("PCMA", {"BS_CODECS": "PCMA"}),
        ("PCMU", {"BS_CODECS": "PCMU"}),
    ],
)
async def test_every_codec_is_heard_at_both_ends(phone, centre, codec, bob):
    await centre.start(**bob)
    front = await phone.front_end()
    await front.register(udp(centre), "alice")
    assert (await front.ask(wire.Dial(target="bob"))).ok
    up = await front.see(wire.PhoneCallChanged, lambda e: e.call.state == "up" and e.call.codec)
    assert (up.call.codec, up.call.encrypted) == (codec, False)
    await asyncio.sleep(2.5)
    assert tones.tone_dbfs(phone.heard(), BOB_HZ) > -25
    await front.ask(wire.HangUp(call=up.call.id))
    await front.call("ended")
    await asyncio.sleep(0.3)
    assert tones.tone_dbfs(centre.heard(), VOICE_HZ) > -30


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_encrypted_sound_is_heard_over_every_transport_both_called_and_calling(
    phone, centre, transport
):
    await centre.start(BS_SRTP="srtp-mand", BS_CODECS="opus/48000/2", BS_RATE="48000")
    front = await phone.front_end()
    more = {"fingerprint": centre.fingerprint()} if transport == "tls" else {}
    server = f"127.0.0.1:{centre.port + (transport == 'tls')}"
    await front.register(server, "alice", transport=transport, srtp="mandatory", **more)
    assert (await front.ask(wire.Dial(target="bob"))).ok
    up = await front.see(wire.PhoneCallChanged, lambda e: e.call.state == "up" and e.call.codec)
    assert (up.call.codec, up.call.encrypted) == ("opus", True)
    await asyncio.sleep(2.0)
    assert tones.tone_dbfs(phone.heard(), BOB_HZ) > -25
    await front.ask(wire.SetHold(call=up.call.id, on=True))
    await front.call("held")
    front.events.clear()
    await front.ask(wire.SetHold(call=up.call.id, on=False))
    await front.call("up")
    await asyncio.sleep(1.5)
    assert tones.tone_dbfs(phone.heard(0.5), BOB_HZ) > -25
    await front.ask(wire.HangUp(call=up.call.id))
    await front.call("ended")
    await asyncio.sleep(0.3)
    assert tones.tone_dbfs(centre.heard(), VOICE_HZ) > -30
    front.events.clear()
    await centre.control("dial", f"sip:alice@127.0.0.1:{centre.port}")
    ringing = await front.call("ringing")
    assert (await front.ask(wire.Answer(call=ringing.id))).ok
    up = await front.see(wire.PhoneCallChanged, lambda e: e.call.state == "up" and e.call.codec)
    assert up.call.encrypted
    await asyncio.sleep(2.0)
    assert tones.tone_dbfs(phone.heard(), BOB_HZ) > -25


async def test_another_certificate_than_the_pinned_one_is_refused_in_words(phone, centre):
    await centre.start()
    front = await phone.front_end()
    account = {"extension": "alice", "server": f"127.0.0.1:{centre.port + 1}", "transport": "tls"}
    for more, words in (
        ({"fingerprint": "ab" * 32}, "not the one agreed on"),
        ({}, "Nobody that this computer trusts vouches"),
    ):
        front.events.clear()
        await front.ask(wire.SetAccount(account=PhoneAccount(password="secret", **account, **more)))
        failed = await front.see(wire.RegistrationChanged, lambda e: e.registration.state == "failed")
        assert words in failed.registration.detail


async def test_a_call_that_must_be_encrypted_is_not_made_in_the_clear(phone, centre):
    await centre.start()
    front = await phone.front_end()
    await front.register(udp(centre), "alice", srtp="mandatory")
    await front.ask(wire.Dial(target="bob"))
    ended = await front.call("ended")
    assert (ended.up_at, ended.status) == (0.0, 488)


async def test_a_blind_transfer_joins_the_other_two_and_ends_our_call(phone, centre):
    await centre.start()
    await centre.telephone("carol", 8, CAROL_HZ)
    front = await phone.front_end()
    await front.register(udp(centre), "alice")
    await front.ask(wire.Dial(target="bob"))
    up = await front.call("up")
    await asyncio.sleep(1.0)
    assert (await front.ask(wire.Transfer(call=up.id, target="carol"))).ok
    ended = await front.call("ended")
    assert ended.detail == "The call was transferred."
    await asyncio.sleep(2.0)
    await centre.control("hangup", place=8)
    await asyncio.sleep(0.5)
    assert tones.tone_dbfs(centre.heard("carol"), BOB_HZ) > -30


async def test_a_transfer_to_nobody_brings_the_call_back(phone, centre):
    await centre.start()
    front = await phone.front_end()
    await front.register(udp(centre), "alice")
    await front.ask(wire.Dial(target="bob"))
    up = await front.call("up")
    await asyncio.sleep(0.5)
    assert (await front.ask(wire.Transfer(call=up.id, target="nobody"))).ok
    back = await front.see(
        wire.PhoneCallChanged, lambda e: e.call.state == "up" and "failed" in e.call.detail
    )
    assert back.call.detail == "The transfer failed. The number is not in use."
    await asyncio.sleep(2.0)
    assert tones.tone_dbfs(phone.heard(0.5), BOB_HZ) > -25


async def test_a_second_call_holds_the_first_and_is_swapped_by_sound(phone, centre):
    await centre.start()
    await centre.telephone("carol", 8, CAROL_HZ)
    front = await phone.front_end()
    await front.register(udp(centre), "alice")
    await front.ask(wire.Dial(target="bob"))
    first = await front.call("up")
    await asyncio.sleep(1.0)
    front.events.clear()
    await centre.control("dial", f"sip:alice@{udp(centre)}", place=8)
    second = await front.call("ringing")
    assert (await front.ask(wire.Answer(call=second.id))).ok
    assert (await front.call("held")).id == first.id
    await front.see(wire.PhoneCallChanged, lambda e: e.call.id == second.id and e.call.state == "up")
    await asyncio.sleep(2.0)
    assert tones.tone_dbfs(phone.heard(0.5), CAROL_HZ) > -25
    assert tones.tone_dbfs(phone.heard(0.5), BOB_HZ) < -60
    front.events.clear()
    assert (await front.ask(wire.SetHold(call=first.id, on=False))).ok
    await front.see(wire.PhoneCallChanged, lambda e: e.call.id == second.id and e.call.state == "held")
    await front.see(wire.PhoneCallChanged, lambda e: e.call.id == first.id and e.call.state == "up")
    await asyncio.sleep(2.0)
    assert tones.tone_dbfs(phone.heard(0.5), BOB_HZ) > -25
    assert tones.tone_dbfs(phone.heard(0.5), CAROL_HZ) < -60
