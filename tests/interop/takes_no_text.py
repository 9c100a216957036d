"""Telephones and gateways that take no text, as SIPp: the whole offer is refused, or the line of text alone.

That a second line of media is answered with 488 and not with a port of 0 is wrong (RFC 3264 section 6), and
simple telephones and gateways do it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

_HEAD = """
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]s[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:bob@[local_ip]:[local_port];transport=[transport]>"""
_SOUND = """
v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""
_OVER = f"""  <recv request="ACK"/>
  <recv request="BYE"/>
  <send next="over"><![CDATA[

SIP/2.0 200 OK{_HEAD.replace(";tag=[pid]s[call_number]", "")}
Content-Length: 0

]]></send>
"""


def _answer(sdp: str) -> str:
    return f"""  <send retrans="500"><![CDATA[

SIP/2.0 200 OK{_HEAD}
Content-Type: application/sdp
Content-Length: [len]
{sdp}
]]></send>
"""


_HAS_TEXT = '<ereg regexp="m=text" search_in="body" assign_to="has_text"/>'
_BEGIN = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<scenario name="takes no text">\n'
REFUSES_ALL = f"""{_BEGIN}  <recv request="INVITE" next="refuse" test="has_text">
    <action>{_HAS_TEXT}</action>
  </recv>
{_answer(_SOUND)}{_OVER}  <label id="refuse"/>
  <send retrans="500"><![CDATA[

SIP/2.0 488 Not Acceptable Here{_HEAD}
Content-Length: 0

]]></send>
  <recv request="ACK"/>
  <label id="over"/>
</scenario>
"""
"""Two calls: the one with text, and the one without."""
REFUSES_LINE = f"""{_BEGIN}  <recv request="INVITE">
    <action><ereg regexp="m=text [1-9]" search_in="body" check_it="true" assign_to="has_text"/></action>
  </recv>
{_answer(_SOUND + "m=text 0 RTP/AVP 98" + chr(10))}{_OVER}  <label id="over"/>
  <Reference variables="has_text"/>
</scenario>
"""
"""One call; an offer without text, and anything else within the call, is a failure."""


async def sipp(
    scenario: str, folder: Path, host: str, port: int, media: int, *, calls: int
) -> asyncio.subprocess.Process:
    """SIPp that is called so often, and ends."""
    (folder / "no_text.xml").write_text(scenario)
    return await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(folder / "no_text.xml"), "-m", f"{calls}", "-nostdin", "-timeout", "40"),
        *("-i", host, "-p", f"{port}", "-mi", host, "-mp", f"{media}"),
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
