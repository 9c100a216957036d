"""The process that looks for headsets without touching those in use."""

from __future__ import annotations

import sys

from agent_desktop.phone import scout
from agent_desktop.phone.scout import Scout

ANSWERS = """
import sys
for line in sys.stdin:
    print('[{"name": "Headset", "microphone": true}]', flush=True)
"""
ONCE = """
import sys
sys.stdin.readline()
print('[]', flush=True)
"""


def scout_of(program: str, **more) -> Scout:
    return Scout((sys.executable, "-c", program), **more)


def test_it_says_what_is_plugged_in_as_often_as_it_is_asked():
    looking = scout_of(ANSWERS)
    for _ in range(3):
        (info,) = looking.look()
        assert (info.name, info.microphone, info.speaker) == ("Headset", True, False)
    looking.close()
    looking.close()


def test_a_scout_that_died_is_replaced_at_the_next_look():
    looking = scout_of(ONCE)
    assert looking.look() == ()
    looking._child.wait()
    assert looking.look() == ()
    looking.close()


def test_a_sound_system_that_hangs_or_talks_nonsense_is_an_unknown():
    assert scout_of("import time; time.sleep(60)", patience_s=0.05).look() is None
    assert scout_of("print('what?', flush=True); input()").look() is None
    assert Scout(("/no/such/program",)).look() is None


def test_the_real_scout_answers_on_a_computer_without_cards():
    looking = Scout()
    assert isinstance(looking.look(), tuple)
    looking.close()


def test_the_child_answers_each_line(monkeypatch, capfdbinary):
    import io

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"look\nlook\n")))
        patch.setattr(scout.os, "dup2", lambda *_: None)
        scout.main()
    assert capfdbinary.readouterr().out.count(b"\n") == 2
