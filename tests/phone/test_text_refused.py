"""A telephone that refuses a whole offer because text stands in it is called again: SIPp, behind Kamailio.

That a second line of media is answered with 488 and not with a port of 0 is wrong (RFC 3264 section 6), and
simple telephones and gateways do it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent_desktop.wire import phone as wire

from .conftest import HOST, free_port
from .text_peers import register_for

pytestmark = pytest.mark.peer

PORT = 23_940
HEAD = """
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]s[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:bob@[local_ip]:[local_port];transport=[transport]>"""
SCENARIO = f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<scenario name="takes no text">
  <recv request="INVITE" next="refuse" test="has_text">
    <action><ereg regexp="m=text" search_in="body" assign_to="has_text"/></action>
  </recv>
  <send retrans="500"><![CDATA[

SIP/2.0 200 OK{HEAD}
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000

]]></send>
  <recv request="ACK"/>
  <recv request="BYE"/>
  <send next="over"><![CDATA[

SIP/2.0 200 OK{HEAD.replace(";tag=[pid]s[call_number]", "")}
Content-Length: 0

]]></send>
  <label id="refuse"/>
  <send retrans="500"><![CDATA[

SIP/2.0 488 Not Acceptable Here{HEAD}
Content-Length: 0

]]></send>
  <recv request="ACK"/>
  <label id="over"/>
</scenario>
"""


async def test_who_refuses_an_offer_with_text_is_called_again_without_it(phone, kit, tmp_path: Path):
    await kit("kamailio/start.sh", stop="kamailio/stop.sh", KAM_PORT=f"{PORT}", KAM_TLS_PORT=f"{PORT + 1}")
    (tmp_path / "no_text.xml").write_text(SCENARIO)
    at = free_port()
    sipp = await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(tmp_path / "no_text.xml"), "-m", "2", "-nostdin", "-timeout", "30"),
        *("-i", HOST, "-p", f"{at}", "-mi", HOST, "-mp", f"{free_port() & ~1}"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    front = await phone.front_end()
    await front.register(f"{HOST}:{PORT}", "alice")
    telling = await register_for("bob", at, f"{HOST}:{PORT}")
    try:
        assert (await front.ask(wire.Dial(target="bob"))).ok
        call = await front.call("up")
        calls = {event.call.id for event in front.events if isinstance(event, wire.PhoneCallChanged)}
        assert calls == {call.id}, "for the agent it is one call"
        await front.ask(wire.HangUp(call=call.id))
        await front.call("ended")
        _, said = await asyncio.wait_for(sipp.communicate(), 20)
        assert sipp.returncode == 0, said.decode()  # both INVITEs came, the one with text and the one without
    finally:
        await telling.close()
        if sipp.returncode is None:
            sipp.kill()
            await sipp.wait()
