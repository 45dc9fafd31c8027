"""The shape of the contract: walks from model to model along a JSON path."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

ModelClass = type[BaseModel]


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return the types an annotation allows, without wrappers and without None.

    Examples
    --------
    >>> alternatives(Annotated[int, "positive"] | None)
    (<class 'int'>,)
    """
    if get_origin(annotation) is Annotated:
        return alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(kind for part in get_args(annotation) if part is not type(None) for kind in alternatives(part))
    return (annotation,)


def inner(annotation: Any) -> Any:
    """Return the type of the items of a list, or of the values of an object with free keys; else None."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return parts[0]
    if origin is dict:
        return parts[1]
    return None


def tag(model: ModelClass) -> str | None:
    """Return the ``kind`` of a model that is one of several, or None."""
    field = model.model_fields.get("kind")
    is_tag = field is not None and get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1
    return get_args(field.annotation)[0] if field is not None and is_tag else None


def model_at(annotation: Any, steps: Sequence[str | int], value: Any) -> ModelClass | None:
    """Return the model that describes the object at the end of a path, or None when the path leaves the contract.

    Parameters
    ----------
    annotation
        Type of the whole.
    steps
        Keys and positions from the whole to the object.
    value
        The whole as read; its ``kind`` fields choose among models.
    """
    models = [kind for kind in alternatives(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)]
    if len(models) > 1:
        models = [model for model in models if isinstance(value, dict) and tag(model) == value.get("kind")]
    if not steps:
        return models[0] if models else None
    following = _child(value, steps[0])
    if models:
        field = models[0].model_fields.get(str(steps[0]))
        return None if field is None else model_at(field.annotation, steps[1:], following)
    items = [kind for kind in map(inner, alternatives(annotation)) if kind is not None]
    return model_at(items[0], steps[1:], following) if items else None


def _child(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None
