"""The configuration language that CMS used before Python, for tools that compare with old configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import PrintOptions

if TYPE_CHECKING:
    from .process import Process

_KINDS = {
    "producers": "module", "filters": "module", "analyzers": "module", "outputModules": "module",
    "sequences": "sequence", "paths": "path", "endpaths": "endpath", "finalpaths": "finalpath",
}  # fmt: skip


def dump_config(process: Process, options: PrintOptions) -> str:
    """The whole process."""
    inner = options.deeper()
    pad = inner.indentation()
    lines = [f"process {process.name_()} = {{\n"]
    for name, single in (("source", process.source_()), ("looper", process.looper_())):
        if single is not None:
            lines.append(f"{pad}{name} = {single.dumpConfig(inner)}")
    for category, kind in _KINDS.items():
        lines += [f"{pad}{kind} {name} = {item.dumpConfig(inner)}" for name, item in process._table(category).items()]
    lines += [f"{pad}service = {service.dumpConfig(inner)}" for service in process._table("services").values()]
    for category, kind in (("es_producers", "es_module"), ("es_sources", "es_source")):
        for name, module in process._table(category).items():
            lines.append(f"{pad}{kind} {module.moduleLabel_(name)} = {module.dumpConfig(inner)}")
    for prefer in process._table("es_prefers").values():
        lines.append(f"{pad}es_prefer {prefer.targetLabel_()} = {prefer.dumpConfig(inner)}")
    for category in ("psets", "vpsets"):
        for name, item in process._table(category).items():
            lines.append(f"{pad}{item.configTypeName()} {name} = {_set_values(item, inner)}")
    schedule = process.schedule_()
    if schedule is not None:
        lines.append(f"{pad}schedule = {{{','.join(path.label_() for path in schedule)}}}\n")
    return "".join(lines) + "}\n"


def _set_values(item: Any, options: PrintOptions) -> str:
    return str(item.configValue(options))
