"""The sign-in screen: who, where, and how ready this computer is for the shift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent_desktop.viewmodels.parts import Badge, Button

if TYPE_CHECKING:
    from agent_desktop.viewmodels.settings import SelfTestView


@dataclass(frozen=True, slots=True)
class Check:
    """One line of "Before the shift": headset, phone, router."""

    id: str
    label: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class SignInView:
    """The form.  Sign in with `desktop.sign_in(server=…, user=…, password=…, remember=…)`.

    `remember_note` is a sentence under the tick box: where the password goes, or why it cannot be
    remembered here.  `error` is a sentence to show above the button; empty when all is well.
    """

    title: str
    centre_line: str  # "127.0.0.1:8080 · version 0.1.0"
    server: str
    user: str
    remember: bool
    can_remember: bool
    remember_note: str
    password_known: bool  # the keyring holds it: the field may stay empty
    busy: bool
    error: str
    sign_in: Button
    checks: tuple[Check, ...] = ()
    self_test: SelfTestView | None = None  # with it the checks stand in its rows
