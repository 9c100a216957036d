"""Resources are found in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop import assets
from agent_desktop.errors import AgentDesktopError


def laid_out(root: Path, folder: str) -> Path:
    icon = root / folder / "icons" / "answer.svg"
    icon.parent.mkdir(parents=True)
    icon.write_text("<svg/>")
    return icon


def test_a_checkout_has_them_beside_the_package(tmp_path: Path) -> None:
    icon = laid_out(tmp_path, "resources")
    assert assets.resource("icons", "answer.svg", package=tmp_path / "agent_desktop") == icon


def test_an_installed_package_has_them_inside(tmp_path: Path) -> None:
    laid_out(tmp_path, "resources")
    icon = laid_out(tmp_path, "agent_desktop/_resources")
    assert assets.resource("icons", "answer.svg", package=tmp_path / "agent_desktop") == icon


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgentDesktopError, match=r"resources/icons/none\.svg of this program is missing"):
        assets.resource("icons", "none.svg", package=tmp_path / "agent_desktop")


def test_no_path_leads_out(tmp_path: Path) -> None:
    laid_out(tmp_path, "resources")
    (tmp_path / "secret").write_text("")
    with pytest.raises(AgentDesktopError, match="outside"):
        assets.resource("..", "secret", package=tmp_path / "agent_desktop")


def test_this_checkout_has_icons_and_translations() -> None:
    assert assets.resource("icons").is_dir()
    assert assets.translations().is_dir()
