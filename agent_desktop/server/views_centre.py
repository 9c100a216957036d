"""The configuration as front ends see it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from agent_desktop.domain import wrapup
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.centre import Centre, Disposition, FormField, Queue, Reason, Script, Template
from agent_desktop.domain.listing import View
from agent_desktop.domain.macro import Macro
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.sources import sources
from agent_desktop.domain.types import DispositionCode
from agent_desktop.wire import models
from agent_desktop.wire.listing import ChannelInfo, FilterModel, MacroModel, StepModel, ViewModel


def centre_info(centre: Centre) -> models.CentreInfo:
    """What front ends need of the configuration."""
    return models.CentreInfo(
        name=centre.name,
        media=tuple(
            models.MediumInfo(
                id=m.id,
                name=m.name,
                icon=m.icon,
                live=m.live,
                talk=m.talk,
                text=m.text,
                subject=m.subject,
                typing=m.typing,
                exclusive=m.limit == 1,
                units=m.units,
            )
            for m in MEDIA.values()
        ),
        queues=tuple(_queue(q, centre.dispositions) for q in centre.queues.values()),
        reasons=_reasons(centre.reasons),
        decline_reasons=_reasons(centre.decline_reasons),
        scripts=tuple(_script(s) for s in centre.scripts.values()),
        templates=tuple(_template(t) for t in centre.templates),
        views=tuple(_view(one) for one in centre.views),
        macros=tuple(_macro(m) for m in centre.macros),
        channels=_channels(centre),
        languages=centre.languages,
        supervision=centre.supervision,
        self_test=centre.self_test,
        text_greeting=centre.text_greeting,
        keep_captions=centre.keep_captions,
    )


def centre_for(info: models.CentreInfo, agent: Agent) -> models.CentreInfo:
    """The same for one agent: of the teams' reasons the own team's; who leads may pick for everybody."""
    if agent.role != "agent" or not any(r.team for r in info.reasons):
        return info
    return msgspec.structs.replace(info, reasons=tuple(r for r in info.reasons if r.team in {"", agent.team}))


def _template(template: Template) -> models.TemplateInfo:
    return models.TemplateInfo(
        id=template.id,
        label=template.label,
        text=template.text,
        language=template.language,
        media=template.media,
        files=tuple(
            models.AttachmentModel(
                id=file.id, name=file.name, media_type=file.media_type, size_bytes=file.size_bytes
            )
            for file in template.files
        ),
    )


def _view(view: View) -> ViewModel:
    holds = FilterModel(
        states=view.states,
        media=view.media,
        channels=view.channels,
        queues=view.queues,
        agents=view.agents,
        tags=view.tags,
        followed=view.followed,
        unread=view.unread,
        late=view.late,
        text=view.text,
        order=view.order,
    )
    return ViewModel(id=view.id, label=view.label, key=view.key, holds=holds)


def _channels(centre: Centre) -> tuple[ChannelInfo, ...]:
    return tuple(
        ChannelInfo(
            id=source.id,
            medium=source.medium,
            name=source.name,
            address=source.address,
            ownership=source.ownership,
            text_limit=source.text_limit,
            file_limit_bytes=source.file_limit_bytes,
            file_types=source.file_types,
            files_most=source.files_most,
            files_bytes=source.files_bytes,
            undo_s=source.undo_s,
            starts=source.starts,
        )
        for source in sources(centre).values()
    )


def _queue(queue: Queue, dispositions: dict[DispositionCode, Disposition]) -> models.QueueInfo:
    return models.QueueInfo(
        id=queue.id,
        name=queue.name,
        media=queue.media,
        wrapup_mode=queue.wrapup_mode,
        wrapup_s=queue.wrapup_s,
        service_level_s=queue.service_level_s,
        script=queue.script,
        recording=queue.recording,
        answer_tone=queue.answer_tone,
        wrapups=tuple(
            models.WrapUpInfo(medium=medium, mode=rule.mode, wrapup_s=rule.wrapup_s)
            for medium, rule in queue.wrapups.items()
            if medium != wrapup.CALLBACK or queue.callback == wrapup.AGENT_FIRST
        ),
        extend_s=queue.extend_s,
        extend_times=queue.extend_times,
        dispositions=tuple(
            models.DispositionInfo(
                code=d.code,
                label=d.label,
                key=d.key,
                parent=d.parent,
                fields=_fields(d.fields),
                survey=d.survey,
                confirm=d.confirm,
                effects=wrapup.told(d),
            )
            for d in (dispositions[c] for c in queue.dispositions or tuple(dispositions))
        ),
    )


def _macro(macro: Macro) -> MacroModel:
    steps = tuple(StepModel(act=step.act, value=step.value) for step in macro.steps)
    return MacroModel(id=macro.id, label=macro.label, key=macro.key, steps=steps)


def _fields(fields: Iterable[FormField]) -> tuple[models.FieldInfo, ...]:
    return tuple(
        models.FieldInfo(id=f.id, label=f.label, kind=f.kind, required=f.required, choices=f.choices)
        for f in fields
    )


def _reasons(reasons: Iterable[Reason]) -> tuple[models.ReasonInfo, ...]:
    return tuple(
        models.ReasonInfo(
            code=r.code,
            label=r.label,
            system=r.system,
            number=r.number,
            team=r.team,
            media=r.media,
            transfers=r.transfers,
        )
        for r in reasons
    )


def _script(script: Script) -> models.ScriptInfo:
    return models.ScriptInfo(
        id=script.id,
        title=script.title,
        version=script.version,
        language=script.language,
        pages=tuple(
            models.ScriptPage(
                id=p.id,
                title=p.title,
                text=p.text,
                must_read=p.must_read,
                fields=_fields(p.fields),
                choices=p.choices,
            )
            for p in script.pages
        ),
    )
