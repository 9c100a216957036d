"""TLS on real sockets: who is believed, who is refused, and what the agent is told."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from agent_desktop.errors import ConfigError
from agent_desktop.sip import connection
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.media import audio
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.tls import (
    TlsTrust,
    client_context,
    explained,
    fingerprint_of,
    read_fingerprint,
    server_context,
)
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.sip.uri import Uri

HOST = "127.0.0.1"


class Paper:
    """A small authority and what it signed, made with openssl."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = folder / "ca.pem"

    async def _openssl(self, *arguments: str) -> None:
        made = await asyncio.create_subprocess_exec(
            "openssl", *arguments, cwd=self.folder, stderr=asyncio.subprocess.PIPE
        )
        _, errors = await made.communicate()
        assert made.returncode == 0, errors

    async def found(self) -> Paper:
        await self._openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
            *("-subj", "/CN=Our authority", "-keyout", "ca.key", "-out", "ca.pem"),
        )
        return self

    async def sign(
        self, name: str, subject: str = "IP:127.0.0.1,DNS:sip.example", days: str = "2"
    ) -> tuple[str, str]:
        """Certificate and key for `name`, signed by our authority."""
        await self._openssl(
            *(
                "req",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                f"/CN={name}",
            ),
            *("-addext", f"subjectAltName={subject}", "-keyout", f"{name}.key", "-out", f"{name}.csr"),
        )
        await self._openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", days, "-copy_extensions", "copyall", "-out", f"{name}.pem"),
        )
        return str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")


@pytest.fixture
async def paper(tmp_path):
    return await Paper(tmp_path).found()


class Station:
    """A user agent on real ports that answers every call."""

    def __init__(self) -> None:
        self.events = []
        self.troubles: list[tuple[Address, str]] = []
        self.transport = SipTransport(self._on_event, on_trouble=lambda *told: self.troubles.append(told))

    async def open(self, host: str = HOST, *, tls: ssl.SSLContext | None = None) -> dict[str, Address]:
        local = [await self.transport.listen_udp(host, 0), await self.transport.listen_tcp(host, 0)]
        if tls:
            local.append(await self.transport.listen_tcp(host, 0, tls=tls))
        self.transport.start(UserAgent(Settings(local=tuple(local)), SystemRandomness()))
        return {address.transport: address for address in local}

    def _on_event(self, event) -> None:
        self.events.append(event)
        if isinstance(event, sip.CallArrived):
            self.transport.agent.answer(event.leg, audio(HOST, 21598), self.transport.now())

    async def see(self, kind):
        async with asyncio.timeout(30):
            while True:
                found = next((e for e in self.events if isinstance(e, kind)), None)
                if found:
                    return found
                await asyncio.sleep(0.01)

    def call(self, where: Address, target: Uri | None = None) -> None:
        self.transport.agent.invite(
            target or Uri("sip", "x", where.host, where.port, (("transport", where.transport),)),
            audio(HOST, 21596),
            self.transport.now(),
            destination=None if target else where,
        )
        self.transport.flush()

    async def is_answered(self) -> bool:
        """Wait for either end of the call's beginning."""
        return isinstance(await self.see(sip.Answered | sip.Ended), sip.Answered)


@pytest.fixture
async def station():
    made: list[Station] = []

    def new() -> Station:
        made.append(Station())
        return made[-1]

    yield new
    for one in made:
        await one.transport.close()


def pin_of(certificate: str) -> str:
    der = ssl.PEM_cert_to_DER_cert(Path(certificate).read_text(encoding="ascii"))
    return fingerprint_of(der)


async def test_a_private_authority_is_believed_and_only_where_it_is_named(paper, station):
    there = (await station().open(tls=server_context(*await paper.sign("server"))))["tls"]
    ours, stranger = station(), station()
    await ours.open()
    await stranger.open()
    ours.transport.trust(TlsTrust(ca_file=str(paper.ca)))
    ours.call(there)
    assert await ours.is_answered()
    stranger.call(there)
    assert not await stranger.is_answered()
    (where, words), *_ = stranger.troubles
    assert where == there
    assert words.startswith("Nobody that this computer trusts vouches for the telephone server 127.0.0.1:")


async def test_a_right_certificate_for_another_name_is_refused_in_words(paper, station):
    pair = await paper.sign("server", "DNS:other.example")
    there = (await station().open(tls=server_context(*pair)))["tls"]
    ours = station()
    await ours.open()
    ours.transport.trust(TlsTrust(ca_file=str(paper.ca)))
    ours.call(there)
    assert not await ours.is_answered()
    assert ours.troubles[0][1].startswith(
        "The certificate of the telephone server is for another name than 127."
    )


async def test_an_expired_certificate_is_refused_in_words(paper, station):
    pair = await paper.sign("server", days="-1")
    there = (await station().open(tls=server_context(*pair)))["tls"]
    ours = station()
    await ours.open()
    ours.transport.trust(TlsTrust(ca_file=str(paper.ca)))
    ours.call(there)
    assert not await ours.is_answered()
    assert "is out of date" in ours.troubles[0][1]


async def test_a_pinned_certificate_is_believed_whoever_signed_it_and_any_other_refused(paper, station):
    certificate, key = await paper.sign("server", "DNS:some-other-name")
    there = (await station().open(tls=server_context(certificate, key)))["tls"]
    friend, foe = station(), station()
    await friend.open()
    await foe.open()
    spelled = ":".join(pin_of(certificate).upper()[n : n + 2] for n in range(0, 64, 2))
    friend.transport.trust(TlsTrust(pins=("0" * 64, spelled)))
    friend.call(there)
    assert await friend.is_answered()
    # Even one that our own authority signed: the pin alone counts.
    foe.transport.trust(TlsTrust(ca_file=str(paper.ca), pins=("0" * 64,)))
    foe.call(there)
    assert not await foe.is_answered()
    assert "is not the one agreed on" in foe.troubles[0][1]


async def test_nothing_is_sent_to_a_server_with_the_wrong_pin(paper, station):
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read())
        writer.close()

    server = await asyncio.start_server(listen, HOST, 0, ssl=server_context(*await paper.sign("server")))
    ours = station()
    await ours.open()
    ours.transport.trust(TlsTrust(pins=("0" * 64,)))
    ours.call(Address("tls", HOST, server.sockets[0].getsockname()[1]))
    assert not await ours.is_answered()
    server.close()
    assert heard == b""


async def test_a_server_may_want_a_certificate_of_ours(paper, station):
    context = server_context(*await paper.sign("server"), client_ca_file=str(paper.ca))
    there = (await station().open(tls=context))["tls"]
    known, unknown = station(), station()
    await known.open()
    await unknown.open()
    certificate, key = await paper.sign("agent")
    known.transport.trust(TlsTrust(ca_file=str(paper.ca), certificate_file=certificate, key_file=key))
    known.call(there)
    assert await known.is_answered()
    unknown.transport.trust(TlsTrust(ca_file=str(paper.ca)))
    unknown.call(there)
    assert not await unknown.is_answered()


@pytest.mark.parametrize("scheme", ["sips", "sip"])
async def test_an_address_alone_leads_to_tls_and_ipv6_does_too(paper, station, scheme):
    there = (await station().open("::1", tls=server_context(*await paper.sign("server", "IP:::1"))))["tls"]
    assert there.host == "::1"
    ours = station()
    await ours.open("::1")
    ours.transport.trust(TlsTrust(ca_file=str(paper.ca)))
    parameters = (("transport", "tls"),) if scheme == "sip" else ()
    ours.call(there, Uri(scheme, "x", "::1", there.port, parameters))
    assert await ours.is_answered()


async def test_a_port_that_does_not_speak_tls_is_told_apart(station, monkeypatch):
    monkeypatch.setattr(connection, "FIRST_MESSAGE_S", 0.2)  # the other side waits for SIP meanwhile
    there = (await station().open())["tcp"]
    ours = station()
    await ours.open()
    ours.call(Address("tls", HOST, there.port))
    assert not await ours.is_answered()
    assert "its port for TLS is another one" in ours.troubles[0][1]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(), "Nobody takes calls at"),
        (TimeoutError(), "does not answer"),
        (ssl.SSLError(1, "wrong version number"), "cannot agree on encryption"),
        (OSError(113, "No route to host"), "cannot be reached: No route to host."),
    ],
)
def test_every_failure_has_its_words(error, words):
    assert words in explained(error, "sip.example:5061")


def test_a_fingerprint_is_read_in_every_spelling_and_nothing_else_is():
    for text in ("AB" * 32, "ab:" * 31 + "ab", f"SHA256:{'aB' * 32}", " ".join(["ab"] * 32)):
        assert read_fingerprint(text) == "ab" * 32
    for text in ("", "ab", "zz" * 32, "ab" * 33):
        with pytest.raises(ConfigError):
            read_fingerprint(text)


@pytest.mark.parametrize("trust", [{"ca_file": "/nowhere.pem"}, {"certificate_file": "/nowhere.pem"}])
def test_a_file_that_is_not_there_is_said_to_be(trust):
    with pytest.raises(ConfigError, match="cannot be used"):
        client_context(TlsTrust(**trust))
    with pytest.raises(ConfigError, match="cannot be used"):
        server_context("/nowhere.pem")
