"""The parts of `centre.toml` that lead somebody: a caller through a flow, an agent through a script.

Each is checked as a graph: every door leads somewhere, every place can be reached, nothing ends in
silence.  "0" always reaches a person (H1), so no flow may give that key another meaning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

from agent_desktop.domain.centre import FormField, Script, ScriptPage
from agent_desktop.domain.ivr import Choice, Flow, Node, Say
from agent_desktop.domain.types import QueueId, SkillId
from agent_desktop.server.tomlfile import ID, Table, Where

KEYS: Final = (*"1234567890", "*", "#")
SAY_MOST: Final = 2000
PERSON: Final = "0"
FIELD_KINDS: Final = ("text", "number", "date", "choice", "check")


def flow(key: str, table: Table, *, queues: Collection[str], skills: Collection[str]) -> Flow:
    """One flow; `queues` are those that take calls."""
    person_queue = _voice_queue(table, "person_queue", queues, needed=True)
    nodes = tuple(_node(row, queues, skills) for row in table.rows("nodes"))
    if not nodes:
        table.blame("nodes", "a flow needs one node or more.")
    table.done()
    made = Flow(id=key, nodes=nodes, person_queue=QueueId(person_queue))
    _lint(table, made)
    return made


def _node(table: Table, queues: Collection[str], skills: Collection[str]) -> Node:
    plain = Node(id="")
    node = Node(
        id=table.match("id", ID, "an id", None),
        say=_says(table),
        choices=tuple(_choice(row, queues, skills) for row in table.rows("choices")),
        queue=QueueId(_voice_queue(table, "queue", queues)),
        skills={SkillId(skill): level for skill, level in table.levels("skills", skills).items()},
        retries=table.whole("retries", plain.retries, least=0, most=10),
        wait_s=table.number("wait_s", plain.wait_s, least=1, most=60),
        hang_up=table.flag("hang_up", default=False),
    )
    ways = [name for name in ("choices", "queue", "hang_up") if getattr(node, name)]
    if not ways:
        table.blame("", "this node is a dead end: give it choices, a queue, or hang_up = true.")
    elif len(ways) > 1:
        table.blame(ways[1], f"this node has {' and '.join(ways)}; one of them is allowed.")
    if node.choices and not node.say:
        table.blame("say", "a caller who is to choose must hear the choices.")
    for pressed, times in Counter(choice.key for choice in node.choices).items():
        if times > 1:
            table.blame("choices", f"the key {pressed} stands here {times} times.")
    table.done()
    return node


def _choice(table: Table, queues: Collection[str], skills: Collection[str]) -> Choice:
    choice = Choice(
        key=table.text("key", None, choices=KEYS),
        label=table.text("label", None, most=40),
        goto=table.text("goto"),
        queue=QueueId(_voice_queue(table, "queue", queues)),
        skills={SkillId(skill): level for skill, level in table.levels("skills", skills).items()},
    )
    if choice.goto and choice.queue:
        table.blame("goto", "a choice has a goto or a queue, not both.")
    if not (choice.goto or choice.queue or choice.key == PERSON):
        table.blame("", "this choice is a dead end: give it a goto or a queue.")
    if choice.key == PERSON and choice.goto:
        table.blame("goto", "the key 0 always reaches a person; give it a queue or nothing.")
    table.done()
    return choice


def _says(table: Table) -> tuple[Say, ...]:
    """`say`: a text, a table { text, file, language }, or a list of these."""
    says = []
    for where, item in table.items("say"):
        match item:
            case str():
                says.append(Say(text=item))
            case dict():
                says.append(_say(Table(table.document, where, item)))
            case _:
                table.document.blame(where, "a text is expected here, or { text = …, language = … }.")
        if says and len(says[-1].text) > SAY_MOST:
            table.document.blame(where, f"a prompt has at most {SAY_MOST} characters.")
    return tuple(says)


def _say(table: Table) -> Say:
    said = Say(
        text=table.text("text"),
        file=table.file("file"),
        language=table.text("language", "en", most=20),
    )
    if not (said.text or said.file):
        table.blame("", "a prompt needs a text or a file.")
    table.done()
    return said


def _voice_queue(table: Table, key: str, queues: Collection[str], *, needed: bool = False) -> str:
    name = table.text(key, None if needed else "")
    if name and name not in queues:
        known = ", ".join(sorted(queues)) or "none"
        table.blame(key, f"there is no queue {name!r} that takes voice. There are: {known}.")
    return name


def _lint(table: Table, made: Flow) -> None:
    """Every goto finds its node, every node is found from the first."""
    nodes = {node.id: node for node in made.nodes}
    for place, node in enumerate(made.nodes):
        where: Where = (*table.where, "nodes", place)
        if nodes[node.id] is not node:
            table.document.blame((*where, "id"), f"there are two nodes {node.id!r}.")
        for number, choice in enumerate(node.choices):
            if choice.goto and choice.goto not in nodes:
                table.document.blame(
                    (*where, "choices", number, "goto"), f"there is no node {choice.goto!r} in this flow."
                )
    reached: set[str] = set()
    ahead = [made.nodes[0].id] if made.nodes else []
    while ahead:
        name = ahead.pop()
        if name in nodes and name not in reached:
            reached.add(name)
            ahead += [choice.goto for choice in nodes[name].choices]
    for place, node in enumerate(made.nodes):
        if node.id not in reached:
            table.document.blame(
                (*table.where, "nodes", place), f"the node {node.id!r} cannot be reached from the first one."
            )


def script(key: str, table: Table) -> Script:
    """One script; the agent moves freely, so a page needs no way out."""
    pages = tuple(_page(row) for row in table.rows("pages"))
    made = Script(
        id=key,
        title=table.text("title", None, most=100),
        version=table.whole("version", 1, least=1, most=1_000_000),
        language=table.text("language", "en", most=20),
        pages=pages,
    )
    if not pages:
        table.blame("pages", "a script needs one page or more.")
    known = Counter(page.id for page in pages)
    for place, page in enumerate(pages):
        where: Where = (*table.where, "pages", place)
        if known[page.id] > 1:
            table.document.blame((*where, "id"), f"the page {page.id!r} stands here {known[page.id]} times.")
        for label, target in page.choices:
            if target not in known:
                table.document.blame(
                    (*where, "choices"), f"{label!r} leads to {target!r}; there is no such page."
                )
    table.done()
    return made


def _page(table: Table) -> ScriptPage:
    page = ScriptPage(
        id=table.match("id", ID, "an id", None),
        title=table.text("title", None, most=100),
        text=table.text("text", None),
        must_read=table.texts("must_read"),
        fields=tuple(form_field(row) for row in table.rows("fields")),
        choices=tuple((row.text("label", None, most=100), row.text("page", None)) for row in _choices(table)),
    )
    table.done()
    return page


def _choices(table: Table) -> list[Table]:
    rows = list(table.rows("choices"))
    for row in rows:
        row.text("label")
        row.text("page")
        row.done()
    return rows


def form_field(table: Table) -> FormField:
    """One field of a disposition form or of a script page."""
    made = FormField(
        id=table.match("id", ID, "an id", None),
        label=table.text("label", None, most=100),
        kind=table.text("kind", "text", choices=FIELD_KINDS),
        required=table.flag("required", default=False),
        choices=table.texts("choices"),
    )
    if (made.kind == "choice") is not bool(made.choices):
        table.blame("choices", "choices are for a field of kind 'choice', and it needs some.")
    table.done()
    return made
