"""Our phone and the telephones of others, through Kamailio as their registrar, over UDP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
import pytest_asyncio

from .baresip_debian import Baresip
from .cells import Column, Results, judge, say_what_is_not_tried
from .kamailio import Kamailio
from .ours import THIRD_HZ, OurPhone
from .party import Party
from .rows import Pair
from .telephones import BaresipPython, Liblinphone, Telephone

pytestmark = [pytest.mark.peer, pytest.mark.asyncio(loop_scope="class")]

NO_REGISTRAR = "is a telephone and no registrar"
USERS = {name: f"bob{name.lower()}" for name in ("plain", "srtp", "PCMU", "PCMA", "G722", "opus")}


class PhoneCells(Column):
    """The phone, Kamailio, the peer, and a third telephone."""

    ours = "phone"
    telephone: ClassVar[type[Telephone]]

    async def test_cell(self, row: str, pair: Pair, results: Results) -> None:
        await judge(type(self), row, pair, results)


@pytest_asyncio.fixture(loop_scope="class", scope="class")
async def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, results: Results
) -> AsyncIterator[Pair]:
    folder = tmp_path_factory.mktemp("column")
    column: type[PhoneCells] = request.cls
    say_what_is_not_tried(column, results)
    server = Kamailio(folder)
    await server.start()
    phone, peer, third = OurPhone(folder / "phone"), column.telephone(folder / "peer"), Party(THIRD_HZ)
    try:
        at = server.at("udp")
        await phone.start()
        await phone.sign_in(at, srtp="optional")
        await peer.start()
        await peer.account(USERS["plain"], at)
        await third.open(at, "third")
        yield Pair(phone, peer, f"sip:alice@{at}", USERS, at, third=third, third_at=f"sip:third@{at}")
    finally:
        await third.close()
        await peer.stop()
        await phone.stop()
        await server.stop()


class TestPhoneBaresip(PhoneCells):
    peer = "baresip"
    telephone = Baresip
    cannot: ClassVar = {**Baresip.CANNOT, "register": f"baresip {NO_REGISTRAR}"}


class TestPhoneBaresipPython(PhoneCells):
    peer = "baresip_python"
    telephone = BaresipPython
    cannot: ClassVar = {**BaresipPython.CANNOT, "register": f"baresip-python {NO_REGISTRAR}"}


class TestPhoneLiblinphone(PhoneCells):
    peer = "liblinphone"
    telephone = Liblinphone
    cannot: ClassVar = {**Liblinphone.CANNOT, "register": f"liblinphone {NO_REGISTRAR}"}
