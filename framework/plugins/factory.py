"""Making plugins from their configuration: modules, services, event setup modules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import CMSException, Configuration
from .registry import find_plugin
from .validation import validate

if TYPE_CHECKING:
    from ..config.description import ModuleDescription
    from ..services.message_logger import MessageLogger
    from .parameters import ParameterSet


def make_plugin(description: ModuleDescription, log: MessageLogger) -> Any:
    """Make one instance of a plugin.

    Raises
    ------
    Configuration
        Unknown or ill-typed parameters, or a plugin that was configured as something that it isn't.
    PluginNotFound
        There is no such type.
    """
    return make_with(plugin_parameters(description), description, log)


def plugin_parameters(description: ModuleDescription) -> ParameterSet:
    """The checked parameters of a plugin; errors as `make_plugin`."""
    cls = find_plugin(description.type)
    if cls.base != description.kind:
        raise Configuration(
            f"{description.type} is an {cls.base}, but the configuration makes {description.label!r} "
            f"an {description.kind} ({description.file}, line {description.line})"
        )
    return validate(description, cls.Parameters)


def make_with(parameters: ParameterSet, description: ModuleDescription, log: MessageLogger) -> Any:
    """Make one instance of a plugin with its checked parameters."""
    with constructing(description):
        made = find_plugin(description.type)(description.label, parameters)
    made.log = log
    return made


@contextmanager
def constructing(description: ModuleDescription) -> Iterator[None]:
    """Exceptions of the ``with`` block tell what was being made."""
    context = f"Constructing module: class={description.type} label={description.label!r}"
    try:
        yield
    except CMSException as error:
        error.add_context(context)
        raise
    except Exception as error:
        error.add_note(context)
        raise
