"""SIP, SIPS and TEL addresses and the name-addr around them (RFC 3261 sections 19.1, 20.10, 25; RFC 3966).

Rules of the file: what is needed to route (user, host, port, parameters) is checked strictly; any other
scheme is kept whole, so that it can be refused with 416 and not with 400.  The user part is held decoded;
it is escaped again when written.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from agent_desktop.errors import SipError

Parameters = tuple[tuple[str, str | None], ...]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_HOSTNAME = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?)*\.?"
)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_USER_SAFE = "-_.!~*'()&=+$,;?/"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+(?:[ \t]+[A-Za-z0-9\-.!%*_+`'~]+)*")


@dataclass(frozen=True, slots=True)
class Uri:
    """One address.  For `tel` and unknown schemes `user` is all after the colon and `host` is empty."""

    scheme: str
    user: str
    host: str
    port: int | None = None
    parameters: Parameters = ()
    headers: str = ""
    password: str | None = None

    @property
    def is_sip(self) -> bool:
        return self.scheme in {"sip", "sips"}

    def parameter(self, name: str) -> str | None:
        """The value of a parameter, "" for one without a value, None when it is not there."""
        return next((value or "" for key, value in self.parameters if key == name), None)

    @property
    def transport(self) -> str:
        """What the address itself asks for: `tls` for sips, its transport parameter, else `udp`."""
        asked = (self.parameter("transport") or "udp").lower()
        return "tls" if self.scheme == "sips" else asked

    @property
    def port_or_default(self) -> int:
        if self.port is not None:
            return self.port
        return 5061 if self.transport == "tls" else 5060

    def without_parameters(self) -> Uri:
        return replace(self, parameters=(), headers="")

    def same_as(self, other: Uri) -> bool:
        """RFC 3261 section 19.1.4, on what decides: scheme, user, host, port and some parameters."""
        return (
            self.scheme == other.scheme
            and self.user == other.user
            and self.host.lower() == other.host.lower()
            and self.port == other.port
            and all(
                self._comparable(name) == other._comparable(name)
                for name in ("user", "ttl", "method", "maddr", "transport")
            )
        )

    def _comparable(self, name: str) -> str | None:
        value = self.parameter(name)
        return None if value is None else value.lower()

    def __str__(self) -> str:
        if not self.is_sip:
            return f"{self.scheme}:{self.user}"
        text = f"{self.scheme}:"
        if self.user or self.password is not None:
            text += quote(self.user, safe=_USER_SAFE)
            if self.password is not None:
                text += ":" + quote(self.password, safe="-_.!~*'()&=+$,")
            text += "@"
        text += f"[{self.host}]" if ":" in self.host else self.host
        if self.port is not None:
            text += f":{self.port}"
        text += format_parameters(self.parameters)
        return text + (f"?{self.headers}" if self.headers else "")


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A display name, an address and the header's own parameters, as in From, To, Contact and Route."""

    uri: Uri
    name: str = ""
    parameters: Parameters = ()

    def parameter(self, name: str) -> str | None:
        return next((value or "" for key, value in self.parameters if key == name), None)

    @property
    def tag(self) -> str:
        return self.parameter("tag") or ""

    def with_tag(self, tag: str) -> NameAddr:
        kept = tuple(pair for pair in self.parameters if pair[0] != "tag")
        return replace(self, parameters=(*kept, ("tag", tag)))

    def __str__(self) -> str:
        name = ""
        if self.name:
            escaped = self.name.replace("\\", "\\\\").replace('"', '\\"')
            name = f'"{escaped}" '
        return f"{name}<{self.uri}>{format_parameters(self.parameters)}"


def clean(text: str) -> str:
    """Outside text without the lone surrogates that stand for bytes which are not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def format_parameters(parameters: Parameters) -> str:
    """Write parameters as they follow an address or a header value."""
    return "".join(f";{key}" if value is None else f";{key}={value}" for key, value in parameters)


def parse_uri(text: str) -> Uri:
    """Read one address; SipError 400 when it is not one."""
    match = _SCHEME.match(text)
    if not match or any(c in ' \t\r\n<>"' for c in text):
        raise SipError("The address is not a SIP address.")
    scheme = match.group(1).lower()
    rest = text[match.end() :]
    if scheme not in {"sip", "sips"}:
        return Uri(scheme, rest, "")
    if _BAD_ESCAPE.search(rest):
        raise SipError("The address has a broken escape.")
    userinfo, at, hostpart = rest.rpartition("@")
    if "@" in userinfo:
        raise SipError("The address has two @ signs.")
    hostpart, _, headers = hostpart.partition("?")
    hostport, *raw_parameters = hostpart.split(";")
    user, colon, password = userinfo.partition(":")
    if at and not user:
        raise SipError("The address has an empty user.")
    host, port = parse_host_port(hostport)
    return Uri(
        scheme,
        unquote(clean(user)),
        host,
        port,
        tuple(_uri_parameter(raw) for raw in raw_parameters),
        headers,
        unquote(clean(password)) if colon else None,
    )


def _uri_parameter(raw: str) -> tuple[str, str | None]:
    name, equals, value = raw.partition("=")
    if not name:
        raise SipError("The address has an empty parameter.")
    return name.lower(), value if equals else None


def parse_host_port(text: str) -> tuple[str, int | None]:
    """`host`, `host:port`, `[v6]` or `[v6]:port`; the brackets are taken off."""
    if text.startswith("["):
        host, bracket, tail = text[1:].partition("]")
        try:
            ipaddress.IPv6Address(host)
        except ValueError as error:
            raise SipError("The address has a wrong IPv6 host.") from error
        if not bracket or (tail and not tail.startswith(":")):
            raise SipError("The address has a wrong IPv6 host.")
        return host, _port(tail[1:]) if tail else None
    host, colon, port = text.partition(":")
    if not _HOSTNAME.fullmatch(host):
        raise SipError("The address has no host that can be reached.")
    return host, _port(port) if colon else None


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) > 65535:
        raise SipError("The address has a wrong port.")
    return int(text)


def parse_name_addr(text: str) -> NameAddr:
    """Read one From, To, Contact or Route value.

    Without angle brackets every parameter belongs to the header, not to the address (section 20.10).
    """
    text = text.strip(" \t")
    name, rest = "", text
    if text.startswith('"'):
        name, rest = _quoted(text)
        rest = rest.lstrip(" \t")
        if not rest.startswith("<"):
            raise SipError("The display name is not followed by an address.")
    elif "<" in text and not _SCHEME.match(text.split("<", 1)[0]):
        name, _, rest = text.partition("<")
        name, rest = name.strip(" \t"), "<" + rest
        # Letters outside ASCII without quotes are wrong and common; they harm nobody.
        if name and name.isascii() and not _PLAIN_NAME.fullmatch(name):
            raise SipError("The display name is not readable.")
    if rest.startswith("<"):
        address, bracket, tail = rest[1:].partition(">")
        if not bracket:
            raise SipError("The address is not closed.")
        return NameAddr(parse_uri(address), clean(name), parse_parameters(tail))
    address, semicolon, tail = rest.partition(";")
    if "?" in address or "," in address.partition("@")[2]:
        raise SipError("The address needs angle brackets.")
    return NameAddr(parse_uri(address.rstrip(" \t")), clean(name), parse_parameters(semicolon + tail))


def _quoted(text: str) -> tuple[str, str]:
    """A quoted string at the start and what follows it."""
    out: list[str] = []
    at = 1
    while at < len(text):
        char = text[at]
        if char == '"':
            return "".join(out), text[at + 1 :]
        if char == "\\":
            at += 1
            if at >= len(text):
                break
            char = text[at]
        out.append(char)
        at += 1
    raise SipError("The quotation mark is not closed.")


def parse_parameters(text: str) -> Parameters:
    """`;a=b;c;d="e;f"` as pairs; names in lower case, quoted values kept with their quotes."""
    found: list[tuple[str, str | None]] = []
    for raw in split_quoted(text, ";")[1:] if text.strip(" \t") else []:
        name, equals, value = raw.partition("=")
        name, value = name.strip(" \t").lower(), value.strip(" \t")
        if not _TOKEN.fullmatch(name):
            raise SipError("A header parameter is not readable.")
        found.append((name, value if equals else None))
    if text.strip(" \t") and not text.lstrip(" \t").startswith(";"):
        raise SipError("There is unreadable text after the address.")
    return tuple(found)


def split_quoted(text: str, separator: str) -> list[str]:
    """Split at a separator that stands outside quotation marks and angle brackets."""
    if '"' not in text and "<" not in text:
        return text.split(separator)
    parts: list[str] = []
    start, quoted, angle, at = 0, False, False, 0
    while at < len(text):
        char = text[at]
        if quoted:
            if char == "\\":
                at += 1
            elif char == '"':
                quoted = False
        elif char == '"' and not angle:
            quoted = True
        elif char == "<":
            angle = True
        elif char == ">":
            angle = False
        elif char == separator and not angle:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    if quoted:
        raise SipError("The quotation mark is not closed.")
    parts.append(text[start:])
    return parts
