from __future__ import annotations

from dataclasses import replace

import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, LegId, RegistrationId
from agent_desktop.sip.message import Response
from agent_desktop.switch.trunks import REST_S, Trunks, account_of, is_trunks_fault, server_of
from agent_desktop.wire.switch import AnySwitchEvent, OutboundRoute, SetDirectory, Trunk, TrunkChanged

ONE = Trunk(id="one", host="192.0.2.1", user="u1", password="p1", register=True, caller_id="+4989100")
TWO = Trunk(id="two", host="sip.example.net", port=5070, transport="tcp", user="u2", most_calls=2)


class Scene:
    def __init__(self, *trunks: Trunk, routes: tuple[OutboundRoute, ...] = ()) -> None:
        self.now = 0.0
        self.accounts: dict[RegistrationId, Account] = {}
        self.gone: list[RegistrationId] = []
        self.events: list[AnySwitchEvent] = []
        self.trunks = Trunks(signalling=lambda: self, emit=self.events.append, monotonic=lambda: self.now)
        self.use(*trunks, routes=routes)

    def use(self, *trunks: Trunk, routes: tuple[OutboundRoute, ...] = ()) -> None:
        self.trunks.use(SetDirectory(realm="r", trunk_accounts=trunks, routes=routes))

    def register(self, account: Account, now: float) -> RegistrationId:
        name = RegistrationId(f"reg{len(self.accounts) + 1}")
        self.accounts[name] = account
        return name

    def unregister(self, registration: RegistrationId, now: float) -> None:
        self.gone.append(registration)

    def registers(self, number: int = 1) -> None:
        self.trunks.happened(sip.Registered(RegistrationId(f"reg{number}"), 300))

    def fails(self, status: int, reason: str = "", retry_at: float | None = None) -> None:
        self.trunks.happened(sip.RegistrationFailed(RegistrationId("reg1"), status, reason, retry_at))

    def told(self) -> list[tuple[str, str, str]]:
        changes = [(e.trunk, e.state, e.detail) for e in self.events if isinstance(e, TrunkChanged)]
        self.events.clear()
        return changes

    def way(self, number: str, caller_id: str = "") -> list[tuple[str, str]]:
        return [(way.trunk, way.target.user) for way in self.trunks.ways(number, caller_id)]


def ended(by: sip.EndedBy, status: int, headers: tuple[tuple[str, str], ...] = ()) -> sip.Ended:
    return sip.Ended(LegId("l"), by, status, "reason", Response(headers, status=status, reason="reason"))


def test_a_trunk_registers_and_says_how_it_goes() -> None:
    scene = Scene(ONE)
    account = scene.accounts[RegistrationId("reg1")]
    assert (account.user, account.server, account.trusted_realms) == (
        "u1", Address("udp", "192.0.2.1", 5060), ("192.0.2.1",),
    )  # fmt: skip
    assert scene.told() == [("one", "registering", "")]
    scene.registers()
    scene.registers()
    assert scene.told() == [("one", "up", "")]
    assert scene.trunks.states == (("one", "up"),)
    scene.fails(408, "Request Timeout", 5.0)
    assert scene.told() == [("one", "down", "The provider's server does not answer.")]
    scene.fails(500, "Trouble", 5.0)
    assert scene.told() == [("one", "failed", "The provider refused: 500 Trouble.")]
    scene.fails(403, "Forbidden")
    ((_, state, words),) = scene.told()
    assert state == "failed"
    assert words.endswith("It is not tried again with these settings.")


def test_a_directory_that_comes_again_leaves_a_trunk_alone() -> None:
    scene = Scene(ONE, TWO)
    scene.registers()
    scene.told()
    scene.use(ONE, TWO)
    assert not scene.told()
    assert not scene.gone
    scene.use(replace_trunk(ONE, password="new"), TWO)
    assert scene.gone == ["reg1"]
    assert scene.told() == [("one", "registering", "")]
    assert scene.accounts[RegistrationId("reg2")].password == "new"
    scene.use(TWO)
    assert scene.told() == [("one", "down", "The trunk was removed.")]
    assert scene.trunks.states == (("two", "up"),)


def replace_trunk(trunk: Trunk, **changes: object) -> Trunk:
    fields = {name: getattr(trunk, name) for name in trunk.__struct_fields__}
    return Trunk(**(fields | changes))


def test_calls_from_a_trunk_s_host_are_the_trunk_s() -> None:
    scene = Scene(ONE, replace_trunk(ONE, id="extra", user="u9", port=5080), TWO)
    assert scene.trunks.named() == ("sip.example.net",)
    scene.trunks.found("sip.example.net", ["192.0.2.7", "2001:db8::7"])
    assert scene.trunks.hosts == {"192.0.2.1", "192.0.2.7", "2001:db8::7"}
    assert scene.trunks.owner(Address("udp", "192.0.2.7", 9)) == "two"
    assert scene.trunks.owner(Address("udp", "192.0.2.1", 5080)) == "extra"
    assert scene.trunks.owner(Address("udp", "192.0.2.1", 5080), "u1") == "one"
    assert scene.trunks.owner(Address("udp", "192.0.2.1", 7)) == "one"
    assert scene.trunks.owner(Address("udp", "192.0.2.9", 7)) == ""


ROUTES = (
    OutboundRoute(prefix="", trunks=("two",)),
    OutboundRoute(prefix="+49", trunks=("one", "two"), strip=2, prepend="0"),
    OutboundRoute(prefix="9", trunks=("two",), strip=1),
    OutboundRoute(prefix="00 33", trunks=("two", "gone")),
    OutboundRoute(prefix="+1", trunks=("gone",)),
)


@pytest.mark.parametrize(
    ("dialled", "leaves_as"),
    [
        ("+49 89 123", "089123"),
        ("0049 89 123", "089123"),
        ("9 0900 1", "09001"),
        ("+33 1", "00331"),
        ("0033 1", "00331"),
        ("0 89 1", "0891"),
        ("+44", "+44"),
        ("900331", "00331"),
    ],
)
def test_a_route_rewrites_the_number(dialled: str, leaves_as: str) -> None:
    scene = Scene(ONE, TWO, routes=ROUTES)
    scene.registers()
    assert scene.trunks.leaves_as(dialled) == leaves_as
    assert scene.way(dialled)[0][1] == leaves_as


def test_the_trunks_of_a_route_are_tried_in_its_order() -> None:
    scene = Scene(ONE, TWO, routes=ROUTES)
    assert scene.way("+4989") == [("two", "089")]  # the first is not registered yet
    scene.registers()
    assert scene.way("+4989") == [("one", "089"), ("two", "089")]
    scene.trunks.failed("one", ended(sip.EndedBy.REFUSED, 503))
    assert scene.way("+4989") == [("two", "089"), ("one", "089")]
    scene.now += REST_S
    assert scene.way("+4989") == [("one", "089"), ("two", "089")]
    scene.trunks.failed("one", ended(sip.EndedBy.REFUSED, 503, (("Retry-After", "100"),)))
    scene.now += 99
    assert scene.way("+4989")[0][0] == "two"
    scene.trunks.worked("one")
    assert scene.way("+4989")[0][0] == "one"


def test_a_trunk_carries_so_many_calls() -> None:
    scene = Scene(TWO)
    scene.trunks.took("a", "two")
    scene.trunks.took("b", "two")
    scene.trunks.took("b", "two")
    with pytest.raises(RefusedError, match="busy"):
        scene.way("089")
    scene.trunks.left("a")
    assert scene.way("089") == [("two", "089")]


@pytest.mark.parametrize(
    ("routes", "number", "code"),
    [(ROUTES, "+15", "unknown_number"), (ROUTES[1:], "0891", "unknown_number"), ((), "089", "no_trunk")],
)
def test_a_number_without_a_way_is_refused(routes: tuple[OutboundRoute, ...], number: str, code: str) -> None:
    scene = Scene(ONE, *((TWO,) if routes else ()), routes=routes)
    with pytest.raises(RefusedError) as refused:
        scene.way(number)
    assert refused.value.code == code


def test_a_call_for_help_goes_out_by_any_trunk() -> None:
    scene = Scene(ONE, TWO, routes=ROUTES[1:])
    scene.trunks.took("a", "two")
    scene.trunks.took("b", "two")
    ways = scene.trunks.ways("112", emergency=True)
    assert [(way.trunk, way.target.user) for way in ways] == [("two", "112"), ("one", "112")]
    with pytest.raises(RefusedError):
        Scene().trunks.ways("112", emergency=True)
    assert not Scene().trunks


def test_a_trunk_without_registration_is_down_when_a_call_fails() -> None:
    scene = Scene(TWO)
    scene.told()
    scene.trunks.failed("two", ended(sip.EndedBy.TIMED_OUT, 408))
    assert scene.told() == [("two", "down", "A call failed: 408 reason.")]
    assert scene.way("089") == [("two", "089")]
    scene.trunks.worked("two")
    assert scene.told() == [("two", "up", "")]
    scene.trunks.failed("none", ended(sip.EndedBy.TIMED_OUT, 408))
    scene.trunks.worked("none")
    scene.trunks.took("leg", "none")
    assert not scene.told()


def test_who_calls_is_asserted_to_the_trunk() -> None:
    scene = Scene(ONE)
    scene.registers()
    (way,) = scene.trunks.ways("089")
    assert str(way.caller) == "<sip:+4989100@192.0.2.1>"
    assert way.headers == (("P-Asserted-Identity", "<sip:+4989100@192.0.2.1>"),)
    assert way.account is not None
    assert way.account.password == "p1"
    (way,) = scene.trunks.ways("089", "+4989222")
    assert way.headers == (("P-Asserted-Identity", "<sip:+4989222@192.0.2.1>"),)
    (way,) = scene.trunks.ways("089", "anonymous")
    assert way.caller is not None
    assert way.caller.uri.host == "anonymous.invalid"
    assert way.headers == (("P-Asserted-Identity", "<sip:+4989100@192.0.2.1>"), ("Privacy", "id"))
    nobody = Scene(Trunk(id="x", host="192.0.2.2"))
    (way,) = nobody.trunks.ways("089")
    assert (way.account, way.headers, str(way.caller)) == (None, (), "<sip:anonymous@192.0.2.2>")


@pytest.mark.parametrize(
    ("by", "status", "next_one"),
    [
        (sip.EndedBy.REFUSED, 503, True),
        (sip.EndedBy.REFUSED, 500, True),
        (sip.EndedBy.REFUSED, 407, True),
        (sip.EndedBy.REFUSED, 408, True),
        (sip.EndedBy.TIMED_OUT, 408, True),
        (sip.EndedBy.FAILED, 503, True),
        (sip.EndedBy.FAILED, 488, False),
        (sip.EndedBy.REFUSED, 486, False),
        (sip.EndedBy.REFUSED, 404, False),
        (sip.EndedBy.REFUSED, 603, False),
        (sip.EndedBy.REMOTE, 200, False),
    ],
)
def test_only_what_is_the_trunk_s_fault_goes_to_the_next(
    by: sip.EndedBy, status: int, *, next_one: bool
) -> None:
    assert is_trunks_fault(ended(by, status)) is next_one


def test_a_trunk_in_ipv6_and_one_of_a_strange_transport() -> None:
    six = Trunk(id="6", host="2001:db8::1", port=5070, transport="tls")
    assert account_of(six).domain == "[2001:db8::1]:5070"
    assert server_of(six) == Address("tls", "2001:db8::1", 5070)
    assert server_of(Trunk(id="x", host="h", transport="carrier pigeon")).transport == "udp"
    assert Scene(six).trunks.named() == ()


def test_why_a_server_cannot_be_reached_is_told() -> None:
    scene = Scene(ONE, TWO)
    scene.told()
    scene.trunks.trouble(Address("udp", "192.0.2.1", 5060), "The certificate is out of date.")
    scene.fails(503, "Service Unavailable", 5.0)
    assert scene.told() == [("one", "down", "The certificate is out of date.")]
    scene.registers()
    scene.fails(503, "Service Unavailable", 5.0)
    assert scene.told()[-1] == ("one", "down", "The provider's server does not answer.")


def test_other_news_is_passed_over() -> None:
    scene = Scene(ONE)
    scene.told()
    scene.trunks.happened(replace(ended(sip.EndedBy.REMOTE, 200)))
    scene.registers(9)
    assert not scene.told()
