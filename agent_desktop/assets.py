"""Where the pictures, sounds, prompts and catalogues lie.

In a checkout they are the folders `resources/` and `translations/` beside the package; in an installed
wheel or a frozen program they are `_resources` and `_translations` inside it (pyproject.toml puts them
there).  Nobody else builds such a path.
"""

from __future__ import annotations

from pathlib import Path

from agent_desktop.errors import AgentDesktopError

PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str, package: Path = PACKAGE) -> Path:
    """Give the path of one file or folder of `resources/`: `resource("icons", "answer.svg")`.

    Raises AgentDesktopError when it is not there, because the installation is then broken.
    """
    return _existing(folder("resources", package=package), parts)


def translations(*, package: Path = PACKAGE) -> Path:
    """Give the folder of the gettext catalogues; it may be empty, and it may be missing."""
    return folder("translations", package=package)


def folder(name: str, *, package: Path = PACKAGE) -> Path:
    """Give the folder `name` of the checkout, or its copy inside an installed package."""
    installed = package / f"_{name}"
    return installed if installed.is_dir() else package.parent / name


def _existing(root: Path, parts: tuple[str, ...]) -> Path:
    """Join and check; a part may not lead out of the folder."""
    path = root.joinpath(*parts)
    if not path.resolve().is_relative_to(root.resolve()):
        raise AgentDesktopError(f"{'/'.join(parts)} is outside the resources of this program.")
    if not path.exists():
        wanted = "/".join((root.name, *parts))
        raise AgentDesktopError(f"The file {wanted} of this program is missing. Install the program again.")
    return path
