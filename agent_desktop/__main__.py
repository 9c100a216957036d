"""`python -m agent_desktop` is the same as `agent-desktop`."""

from __future__ import annotations

import sys

from agent_desktop.cli import main

if __name__ == "__main__":
    sys.exit(main())
