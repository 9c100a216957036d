"""The base of every struct on the wire."""

from __future__ import annotations

import msgspec


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The base of every struct on the wire: frozen, keyword-only, defaults left out."""
