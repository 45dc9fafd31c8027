"""Compiled loops: one decorator for all of them, and a loader that says when it compiles.

Kernels live in modules that are imported only where they are used, because the first import after installation
compiles them. Numba keeps the machine code beside the source, or in the user's cache folder where it may not write.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from pairsolve.options import Watch

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(*signatures: str, allocates: bool = True) -> Callable[[Function], Function]:
    """Return a decorator that compiles a loop for the given signatures, without Python objects and without the GIL.

    Parameters
    ----------
    *signatures
        Numba signatures such as ``"int64(int64[::1])"``; none leaves the types to the first call, which is meant
        for small helpers that are only called from other kernels.
    allocates
        False for kernels that make no arrays, all helpers included: arrays are then not counted when they are passed
        on, which a loop of many small helpers over many arrays otherwise spends nine tenths of its time on.
    """
    import numba  # noqa: PLC0415  # half a second of imports, for those who compile something

    def compiled(function: Function) -> Function:
        dispatcher: Function = numba.njit(  # type: ignore[call-overload]  # _nrt is not in the published types
            list(signatures) or None, cache=True, nogil=True, error_model="numpy", _nrt=allocates
        )(function)
        return dispatcher

    return compiled


def load(names: Sequence[str], watch: Watch | None = None) -> tuple[ModuleType, ...]:
    """Import modules of kernels; report the phase "compiling" where no cached machine code is found.

    Parameters
    ----------
    names
        Full module names.
    watch
        Told once before a compilation.
    """
    if watch is not None and not all(map(is_compiled, names)):
        watch.report("compiling", detail="compiling once, some seconds")
    return tuple(importlib.import_module(name) for name in names)


def is_compiled(name: str) -> bool:
    """Say whether machine code of a module lies in a cache, newer than its source."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return True
    source = Path(spec.origin)
    indexes = [
        index for folder in _cache_folders(source) if folder.is_dir() for index in folder.rglob(f"{source.stem}.*.nbi")
    ]
    return any(index.stat().st_mtime >= source.stat().st_mtime for index in indexes)


def _cache_folders(source: Path) -> tuple[Path, ...]:
    """Return the places in which Numba looks for machine code."""
    asked = os.environ.get("NUMBA_CACHE_DIR")
    if asked:
        return (Path(asked),)
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (source.parent / "__pycache__", home / "numba")
