"""The rules by which clones, updates and modifiers change parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..near_names import nearest

if TYPE_CHECKING:
    from .parameterizable import _Parameterizable

ALLOW_ANY = "allowAnyLabel_"


def suggestion(name: str, names: Iterable[str]) -> str:
    """``" (did you mean 'x'?)"`` for the closest of `names`, or nothing if none is close."""
    near = nearest(name, names)
    return f" (did you mean '{near[0]}'?)" if near else ""


def unknown_parameter(kind: type[Exception], target: _Parameterizable, name: str, value: Any) -> Exception:
    """The exception for a raw `value` of a parameter that `target` does not have."""
    place = getattr(target, "_filename", "")
    where = f" in the {type(target).__name__} made in {place}, line {target._lineNumber}" if place else ""
    return kind(
        f"{name} does not already exist, so it can only be set to a CMS python configuration type"
        f"{suggestion(name, target._names)}{where}; got {type(value).__name__}: {value!r}"
    )


def _has_parameters(value: Any) -> bool:
    return hasattr(value, "parameterNames_")


def modify_parameters(
    target: _Parameterizable, changes: Any, unknown: type[Exception], *, retype: bool = False
) -> None:
    """Apply `changes` to `target` by the rules of `_Parameterizable.clone`.

    Parameters
    ----------
    target : PSet or module, changed in place
    changes : mapping or PSet
    unknown : class of the exception for a raw value of a name that `target` does not have
    retype : whether a typed value may have another type than the parameter that it replaces
    """
    if _has_parameters(changes):
        changes = changes.parameters_()
    if not isinstance(changes, Mapping):
        raise TypeError(f"parameters are changed with a dict or a PSet, not {type(changes).__name__}: {changes!r}")
    for name, value in changes.items():
        current: Any = target.__dict__[name] if name in target._names else None
        if value is None:
            _remove(target, name, unknown)
        elif isinstance(value, dict) and _has_parameters(current):
            modify_parameters(current, value, unknown, retype=retype)
            target.__dict__["_isModified"] = True
        elif isinstance(value, dict) and isinstance(current, list):
            modify_list(current, value, name, unknown)
        elif current is None and not _is_settable(target, name, value):
            raise unknown_parameter(unknown, target, name, value)
        elif retype and hasattr(value, "isTracked"):
            target._replaceParameter(name, value)
        else:
            setattr(target, name, value)


def _is_settable(target: _Parameterizable, name: str, value: Any) -> bool:
    """Whether a parameter that does not exist can be made of `value`."""
    typed = hasattr(value, "isTracked") or _has_parameters(value)
    return typed or name == ALLOW_ANY or target._validator is not None or name in target._declared


def take_blocks(target: _Parameterizable, blocks: Iterable[Any]) -> None:
    """Put the parameters of PSets over those of `target`; ValueError if two PSets have the same one."""
    taken: set[str] = set()
    for block in blocks:
        if not _has_parameters(block) or hasattr(block, "type_"):
            raise ValueError(f"Only PSets can be passed without a name, not {type(block).__name__}: {block!r}")
        double = taken.intersection(block._names)
        if double:
            raise ValueError(f"Duplicate insert of parameter '{sorted(double)[0]}'")
        taken.update(block._names)
        for name in block._names:
            target._replaceParameter(name, block._copied(name))


def _remove(target: _Parameterizable, name: str, unknown: type[Exception]) -> None:
    if name not in target._names:
        raise unknown(f"{name} does not exist, so it can't be removed with None{suggestion(name, target._names)}")
    delattr(target, name)


def modify_list(target: list[Any], changes: dict[Any, Any], name: str, unknown: type[Exception]) -> None:
    """Change the entries of `target` at the indices that are the keys of `changes`; None removes one."""
    removed = []
    for index, value in changes.items():
        if isinstance(index, bool) or not isinstance(index, int):
            raise TypeError(f"{name} is a list: the keys of the dict that changes it must be indices, not {index!r}")
        if not 0 <= index < len(target):
            raise IndexError(f"{name} has {len(target)} entries, so there is no index {index} to change")
        if value is None:
            removed.append(index)
        elif isinstance(value, dict) and _has_parameters(target[index]):
            modify_parameters(target[index], value, unknown)
        else:
            target[index] = value
    for index in sorted(set(removed), reverse=True):
        del target[index]


def modify_table(
    parameters: dict[Any, Any], changes: Mapping[Any, Any], unknown: Callable[[str], Any], path: str = ""
) -> None:
    """Change a dict of parameters by the rules of ``clone``: for classes that a configuration defines itself.

    `unknown` is called with the name of a parameter that is not there and gets a raw value; it raises an exception.
    """
    for name, value in changes.items():
        current = parameters.get(name)
        if value is None and name in parameters:
            del parameters[name]
        elif isinstance(value, dict) and _has_parameters(current):
            modify_parameters(current, value, TypeError, retype=True)  # type: ignore[arg-type]
        elif isinstance(value, dict) and isinstance(current, list):
            modify_list(current, value, f"{path}.{name}", TypeError)
        elif hasattr(value, "isTracked") or _has_parameters(value):
            parameters[name] = value
        elif current is not None:
            current.setValue(value)
        else:
            unknown(name)
