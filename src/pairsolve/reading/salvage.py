"""What is sound of a faulty instance, so that its references are checked in the same go."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from pairsolve.contract import alternatives, inner, tag
from pairsolve.instance import Instance
from pairsolve.setting import Travel
from pairsolve.validate.draft import SECTIONS, Draft, Rows
from pairsolve.wording import Steps


def salvage(raw: dict[str, Any], faulty: Iterable[Steps]) -> Draft:
    """Return what is sound of a faulty instance.

    Parameters
    ----------
    raw
        The instance as read.
    faulty
        The paths of its faults.
    """
    bad: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    broken: set[str] = set()
    for steps in faulty:
        if len(steps) > 1 and isinstance(steps[1], int):
            bad[str(steps[0])][steps[1]].add(str(steps[2]) if len(steps) > 2 else "")
        elif steps:
            broken.add(str(steps[0]))
    rows = {
        name: tuple(_salvaged_rows(name, raw[name], bad[name])) if name in raw else _defaults(name)
        for name in SECTIONS
        if name not in broken or isinstance(raw.get(name), list)
    }
    horizon = None if "horizon" in broken or "horizon" not in raw else _field(Instance, "horizon", raw["horizon"])
    travel = None if "travel" in broken else _field(Instance, "travel", raw["travel"]) if "travel" in raw else Travel()
    return Draft(horizon, travel, rows)


def _defaults(section: str) -> Rows:
    return tuple(enumerate(Instance.model_fields[section].get_default(call_default_factory=True, validated_data={})))


def _salvaged_rows(section: str, records: list[Any], bad: Mapping[int, set[str]]) -> Iterator[tuple[int, Any]]:
    models = alternatives(inner(Instance.model_fields[section].annotation))
    for index, record in enumerate(records):
        if isinstance(record, dict):
            model = next((m for m in models if tag(m) in (None, record.get("kind"))), None)
            if model is not None:
                yield index, _salvaged(model, record, bad.get(index, frozenset()))


def _salvaged(model: type[BaseModel], record: dict[str, Any], bad: Iterable[str]) -> BaseModel:
    """Return the record as a model; its faulty fields are missing, its other fields are as always."""
    sound = {key: value for key, value in record.items() if key not in bad and key in model.model_fields}
    if sound.keys() == record.keys():
        try:
            return model.model_validate_json(to_json(record))
        except ValidationError:
            pass  # a fault of the record as a whole: take it field by field
    made = model.model_construct(**{key: _field(model, key, value) for key, value in sound.items()})
    for key in bad:
        made.__dict__.pop(key, None)
    return made


def _field(model: type[BaseModel], name: str, value: Any) -> Any:
    try:
        return _adapter(model, name).validate_json(to_json(value))
    except ValidationError:
        return None


@functools.cache
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    info = model.model_fields[name]
    kind: Any = Annotated[info.annotation, info]
    return TypeAdapter(kind)
