"""Puts the resources and the catalogues into a wheel, as `agent_desktop/_resources` and `_translations`.

An editable installation gets none: `agent_desktop.assets` finds the folders of the checkout, and a copy
would only grow old.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ResourcesHook(BuildHookInterface):
    """Called by hatchling before it builds (pyproject.toml, tool.hatch.build.targets.wheel.hooks.custom)."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            for name in ("resources", "translations"):
                build_data["force_include"][f"{self.root}/{name}"] = f"agent_desktop/_{name}"
