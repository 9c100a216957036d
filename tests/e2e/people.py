"""Agents with a voice of one pitch each, and what they hear, say and see: for tests of what calls do.

They stay signed in for all tests of a file.  The cleaning of the microphone is switched off, because a
noise suppressor takes away the steady tones by which ears are told apart here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.interop.sound import GrowingFile

from . import listening
from .agent import AgentInText, Record
from .caller import expect, expect_music
from .phonelink import PhoneLink
from .programs import Centre, until

VOICES = {"mateo": 700, "sara": 1100, "chen": 1700, "astrid": 1300}
ENDED = frozenset({"ended", "failed"})


class Person(AgentInText):
    """One agent at the text mode."""

    def __init__(self, centre: Centre, user: str, folder: Path) -> None:
        self.hz = VOICES[user]
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(centre, user, folder / user, listening.voice(folder / f"{user}.wav", self.hz))
        self.hearing = GrowingFile(lambda: self.ear if self.ear.exists() else None)
        self._rung: set[str] = set()

    def begin(self) -> Person:
        """Signed in, with plain sound."""
        self.signed_in()
        asyncio.run(self._plain_sound())
        return self

    async def _plain_sound(self) -> None:
        link = PhoneLink(self)
        try:
            await link.plain_sound()
        finally:
            await link.close()

    def hears(self, *voices: int, never: tuple[int, ...] = ()) -> None:
        """Wait until all of these voices are heard and none of those."""
        expect(self.user, self.hearing, *voices, never=never)

    def hears_music(self, *never: int) -> None:
        expect_music(self.user, self.hearing, *never)

    # ---- calls

    def takes(self, **fields: object) -> str:
        """Accept the next offer of a call; gives its interaction."""
        self.notready_no_more()
        offer = self.wait("offer", 40, media="voice", **fields)
        self.done(f"accept {offer['interaction']}")
        interaction = str(offer["interaction"])
        self.sees(interaction, lambda told: told["state"] == "active" and told.get("call_state") == "bridged")
        return interaction

    def notready_no_more(self) -> None:
        if self.now("state")["state"] != "ready":
            self.done("ready")

    def rung(self) -> Record:
        """Wait for a call at the phone that rings and was not seen before."""

        def new() -> Record | None:
            calls = {one["call"]: one for one in self.all("call", direction="in")}
            rings = [one for key, one in calls.items() if one["state"] == "ringing" and key not in self._rung]
            return rings[0] if rings else None

        call = until(new, 30, lambda: (self.user, "was not rung", self.all("call")[-5:]))
        self._rung.add(call["call"])
        return call

    def dialled(self) -> str:
        """The interaction of the newest call that this agent has dialled, which was not seen before."""

        def new() -> str:
            keys = dict.fromkeys(one["interaction"] for one in self.all("interaction", direction="out"))
            return next((key for key in keys if key not in self._rung), "")

        found = until(new, 30, lambda: (self.user, "dialled nothing", self.records[-5:]))
        self._rung.add(found)
        return found

    def answers(self) -> str:
        """Answer what rings; gives the phone's call."""
        call = str(self.rung()["call"])
        self.done("accept")
        self.had("call", call=call, state="up")
        return call

    # ---- what the screen would show

    def now(self, kind: str, /, **fields: object) -> Record:
        """The newest record of a kind."""
        return until(lambda: self.all(kind, **fields), 30, lambda: (self.user, kind, fields))[-1]

    def sees(
        self, interaction: str, right: Callable[[Record], object], within_s: float = 20.0, why: str = ""
    ) -> Record:
        """Wait until the newest record of an interaction is as it should be."""

        def found() -> Record | None:
            told = self.all("interaction", interaction=interaction)
            return told[-1] if told and right(told[-1]) else None

        def last() -> object:
            told = self.all("interaction", interaction=interaction)
            return why, self.user, told[-1:] and {k: v for k, v in told[-1].items() if k != "codes"}

        return until(found, within_s, last)

    def legs(self, interaction: str) -> dict[str, Record]:
        """Who is in a call, by name of the agent, else by number."""
        told = self.now("interaction", interaction=interaction)
        return {leg["agent"] or leg["number"]: leg for leg in told["legs"]}

    def has_guest(self, interaction: str, state: str = "up") -> Record:
        """Wait until somebody else is in the call."""
        return self.sees(
            interaction,
            lambda told: any(x["kind"] == "guest" and x["state"] == state for x in told["legs"]),
            why=f"a guest who is {state}",
        )

    def wraps(self, interaction: str) -> Record:
        """Wait for the form, write it and see it closed; gives how it ended."""
        told = self.sees(interaction, lambda told: told["state"] in {"wrap_up", "closed"})
        if told["state"] == "wrap_up":
            self.done("wrapup answered done")
        self.sees(interaction, lambda told: told["state"] == "closed")
        return told

    def clears(self) -> None:
        """End what a test has left, so that the next one begins with free hands."""
        if self.process.poll() is not None:
            return
        self.do("notready break")
        newest = {one["interaction"]: one for one in self.all("interaction", mine=True)}
        for key in newest:
            told = self.now("interaction", interaction=key)
            if told["mine"] and told["state"] in {"active", "held"}:
                self.do("hangup")
                until(
                    lambda key=key: (
                        self.now("interaction", interaction=key)["state"] not in {"active", "held"}
                    )
                )
            told = self.now("interaction", interaction=key)
            if told["mine"] and told["state"] == "wrap_up":
                self.do("wrapup answered done")
                self.sees(key, lambda told: told["state"] == "closed")


class Floor:
    """The agents of a file's tests, started when they are first asked for."""

    def __init__(self, centre: Centre, folder: Path) -> None:
        self._centre, self._folder = centre, folder
        self._people: dict[str, Person] = {}

    def __getitem__(self, user: str) -> Person:
        return self.all(user)[0]

    def all(self, *users: str) -> list[Person]:
        """These agents, begun together."""
        new = [user for user in users if user not in self._people]
        for user in new:
            self._people[user] = Person(self._centre, user, self._folder)
        for user in new:
            self._people[user].begin()
        return [self._people[user] for user in users]

    def again(self, user: str) -> Person:
        """Another front end for an agent whose first one is gone."""
        self._people[user] = Person(self._centre, user, self._folder)
        return self._people[user]

    def clear(self) -> None:
        for one in self._people.values():
            one.clears()

    def end(self) -> None:
        for one in self._people.values():
            one.end()
