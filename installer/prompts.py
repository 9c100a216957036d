"""Record the words that callers of the sample centre hear, for computers without espeak-ng.

    python installer/prompts.py

Every `say` of `resources/centre/centre.toml` is spoken by espeak-ng once and kept in
`resources/prompts/LANGUAGE/` under the name that the switch looks for; recordings whose words are gone
are removed.  Run it after changing the words; a test says so when it was forgotten.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agent_desktop.media import wav  # noqa: E402  the path to the package comes first
from agent_desktop.switch.treatments import Sounds, spoken_name  # noqa: E402
from agent_desktop.wire.switch import Prompt  # noqa: E402

LANGUAGE = "en"
CENTRE = ROOT / "resources" / "centre" / "centre.toml"
PROMPTS = ROOT / "resources" / "prompts" / LANGUAGE


def said(node: Any) -> Iterator[str]:
    """Every text that a flow says, wherever it stands."""
    match node:
        case dict():
            for key, value in node.items():
                if key == "say" and isinstance(value, str):
                    yield value
                else:
                    yield from said(value)
        case list():
            for value in node:
                yield from said(value)
        case _:
            return


async def record() -> None:
    """Speak what is missing and remove what nobody says any more."""
    texts = {
        spoken_name(text.strip(), LANGUAGE): text for text in said(tomllib.loads(CENTRE.read_text("utf-8")))
    }
    PROMPTS.mkdir(parents=True, exist_ok=True)
    for old in PROMPTS.glob("*.wav"):
        if old.stem not in texts:
            print(f"gone      {old.name}")
            old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        sounds = Sounds(Path(folder))
        for name, text in texts.items():
            path = PROMPTS / f"{name}.wav"
            if not path.exists():
                wav.write(path, (await sounds.sound_of([Prompt(text=text, language=LANGUAGE)]))[0])
            print(f"{path.name}  {text}")


if __name__ == "__main__":
    if shutil.which("espeak-ng") is None:
        sys.exit("espeak-ng is not installed; it speaks the recordings.")
    asyncio.run(record())
