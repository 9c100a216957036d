"""Our switch and the telephones of others: as agents' phones that register with it, and as customers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from agent_desktop.wire import switch as switch_wire

from .baresip_debian import Baresip
from .cells import Column, Results, judge, say_what_is_not_tried
from .our_switch import NUMBER, OurSwitch
from .rows import Pair
from .telephones import BaresipPython, Liblinphone, Telephone

pytestmark = [pytest.mark.peer, pytest.mark.asyncio(loop_scope="class")]

USERS = {"plain": "201", "srtp": "202", "PCMU": "203", "PCMA": "204", "G722": "205", "opus": "206"}


class SwitchCells(Column):
    """The switch, the peer, a customer or colleague, and a further colleague."""

    ours = "switch"
    telephone: ClassVar[type[Telephone]]

    async def test_cell(self, row: str, pair: Pair, results: Results) -> None:
        await judge(type(self), row, pair, results)


@pytest_asyncio.fixture(loop_scope="class", scope="class")
async def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, results: Results
) -> AsyncIterator[Pair]:
    folder = tmp_path_factory.mktemp("column")
    column: type[SwitchCells] = request.cls
    say_what_is_not_tried(column, results)
    switch, peer = OurSwitch(folder / "switch"), column.telephone(folder / "peer")
    made = Pair(switch, peer, f"sip:{NUMBER}@{switch.sip}", USERS, switch.sip, third=switch.third)

    async def register() -> dict[str, Any]:
        def is_it(event: switch_wire.ExtensionRegistered) -> bool:
            return event.extension == USERS["PCMU"] and event.registered

        await made.account("PCMU", codecs=("PCMU",))
        await switch.see(switch_wire.ExtensionRegistered, is_it)
        await made.account("plain")
        return {}

    made.register = register
    try:
        await switch.start()
        await peer.start()
        await made.account("plain")
        yield made
    finally:
        await peer.stop()
        await switch.stop()


class TestSwitchBaresip(SwitchCells):
    peer = "baresip"
    telephone = Baresip
    cannot: ClassVar = Baresip.CANNOT


class TestSwitchBaresipPython(SwitchCells):
    peer = "baresip_python"
    telephone = BaresipPython
    cannot: ClassVar = BaresipPython.CANNOT


class TestSwitchLiblinphone(SwitchCells):
    peer = "liblinphone"
    telephone = Liblinphone
    cannot: ClassVar = Liblinphone.CANNOT
