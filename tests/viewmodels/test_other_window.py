"""What another window of the same folder wrote is in the editor at once, and is said where both wrote."""

from __future__ import annotations

from agent_desktop.client.drafts import Draft, Elsewhere
from agent_desktop.viewmodels import merging
from tests.client.desks import Desk
from tests.viewmodels.letters import key, with_letters


def found(desk: Desk, text: str, *, both: bool = False) -> None:
    draft = desk.desktop.key("v1", "reply")
    drafts = {draft: Draft(text, "m-other", desk.desktop.runtime.now)}
    merging.elsewhere(desk.desktop, Elsewhere(drafts, (draft,) if both else (), number=10_000))


def shown(desk: Desk) -> str:
    composer = desk.desktop.composer()
    assert composer is not None
    return composer.text


def test_the_editor_loads_what_the_other_window_wrote(desk: Desk) -> None:
    with_letters(desk)
    before = key(desk)
    found(desk, "Dear Amina")
    assert shown(desk) == "Dear Amina"
    assert key(desk) != before  # the editor's text is another one: it is loaded anew, and Send asks first
    assert not [n for n in desk.desktop.notices() if n.id == "drafts.both"]
    found(desk, "")
    assert shown(desk) == ""


def test_a_draft_that_was_put_together_of_two_is_said(desk: Desk) -> None:
    with_letters(desk)
    found(desk, "One\n\nTwo", both=True)
    (notice,) = [n for n in desk.desktop.notices() if n.id == "drafts.both"]
    assert notice.text.startswith("This draft was written in two windows at once. Both texts are in it")


def test_news_of_what_is_here_already_moves_nothing(desk: Desk) -> None:
    with_letters(desk)
    found(desk, "Dear Amina")
    before = key(desk)
    found(desk, "Dear Amina")
    assert key(desk) == before


def test_files_of_both_windows_stay(desk: Desk) -> None:
    one = '{"files": [{"id": "f1", "name": "a.pdf"}]}'
    two = '{"files": [{"id": "f2", "name": "b.pdf"}]}'
    joined = merging.both("with:reply", one, two)
    assert '"f1"' in joined
    assert '"f2"' in joined
    assert merging.both("wrapup", "{}", '{"code": "a"}') == '{"code": "a"}'
