"""Compiled loops: one decorator for all of them, and a loader that says when it compiles.

Kernels live in modules that are imported only where they are used, because the first import after installation
compiles them. Numba keeps the machine code beside the source, or in the user's cache folder where it may not write.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from pairsolve.options import Watch

Function = TypeVar("Function", bound=Callable[..., Any])
SECONDS = {
    "pairsolve.scheduling.tours.anneal": 15,
    "pairsolve.scheduling.fast.place": 12,
    "pairsolve.pairing.budgets.tree": 11,
    "pairsolve.pairing.upheaval": 5,
    "pairsolve.pairing.ejection": 4,
    "pairsolve.pairing.loads.best": 3,
    "pairsolve.check.knapsack": 3,
    "pairsolve.pairing.city.auction": 3,
    "pairsolve.pairing.city.paths": 2,
    "pairsolve.pairing.city.tree": 2,
    "pairsolve.check.near": 2,
    "pairsolve.pairing.city.pool": 1,
}
"""Modules of kernels, the longest to compile first, with rough seconds; none compiles what another one does."""
MODULES = tuple(SECONDS)


def kernel(*signatures: str, allocates: bool = True, once: bool = False) -> Callable[[Function], Function]:
    """Return a decorator that compiles a loop for the given signatures, without Python objects and without the GIL.

    Parameters
    ----------
    *signatures
        Numba signatures such as ``"int64(int64[::1])"``; none leaves the types to the first call, which is meant
        for small helpers that are only called from other kernels.
    allocates
        False for kernels that make no arrays, all helpers included: arrays are then not counted when they are passed
        on, which a loop of many small helpers over many arrays otherwise spends nine tenths of its time on.
    once
        True for long helpers that are called in one or two places: they are compiled as part of their callers, not once
        by themselves and once more with each kernel above them.
    """
    import numba  # noqa: PLC0415  # half a second of imports, for those who compile something

    def compiled(function: Function) -> Function:
        dispatcher: Function = numba.njit(  # type: ignore[call-overload]  # _nrt is not in the published types
            list(signatures) or None,
            cache=True,
            nogil=True,
            error_model="numpy",
            inline="always" if once else "never",
            _nrt=allocates,
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
    prepare(names, watch)
    return tuple(importlib.import_module(name) for name in names)


def prepare(names: Sequence[str], watch: Watch | None = None) -> None:
    """Compile those modules of kernels that no cache knows, half of the work in a process beside this one.

    Parameters
    ----------
    names
        Full names of modules that will be loaded sooner or later.
    watch
        Told once before a compilation.
    """
    _forget_stale(names)
    missing = [name for name in MODULES if name in names and name not in sys.modules and not is_compiled(name)]
    if missing and watch is not None:
        watch.report("compiling", detail="compiling once, some seconds")
    mine, others = _dealt(missing, 2) if (os.cpu_count() or 1) > 1 else (missing, [])
    beside = _compiling_beside(others)
    for name in mine:
        importlib.import_module(name)
    if beside is not None:
        beside.wait()


def _dealt(names: Sequence[str], hands: int) -> list[list[str]]:
    """Deal modules out, the longest first, each to whoever has least to do."""
    parts: list[list[str]] = [[] for _ in range(hands)]
    for name in sorted(names, key=MODULES.index):
        min(parts, key=lambda part: sum(map(SECONDS.__getitem__, part))).append(name)
    return parts


def _compiling_beside(names: Sequence[str]) -> subprocess.Popen[bytes] | None:
    """Start to compile some modules in another process; what fails there is compiled here later."""
    if not names:
        return None
    code = f"import sys; sys.path[:] = {sys.path!r}; import {', '.join(names)}"
    try:
        return subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None


def compile_all(processes: int = 2, watch: Watch | None = None) -> tuple[str, ...]:
    """Compile every module of kernels that is not in the cache, several at a time; return their names.

    For those who prepare a machine or an image: no later run waits for a compilation.

    Parameters
    ----------
    processes
        Compilations side by side.
    watch
        Told while the processes are at work.
    """
    _forget_stale(MODULES)
    missing = tuple(name for name in MODULES if not is_compiled(name))
    beside = [_compiling_beside(part) for part in _dealt(missing, min(processes, len(missing)))]
    for number, one in enumerate(beside):
        if watch is not None:
            watch.report("compiling", number, len(beside), detail="once")
        if one is not None:
            one.wait()
    for name in missing:
        if not is_compiled(name):  # the other process has failed; here the reason is seen
            importlib.import_module(name)
    return missing


def is_compiled(name: str) -> bool:
    """Say whether machine code of a module lies in a cache, newer than its source."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return True
    source = Path(spec.origin)
    indexes = [index for folder in _cache_folders(source) for index in folder.glob(f"{source.stem}.*.nbi")]
    return any(index.stat().st_mtime >= source.stat().st_mtime for index in indexes)


def _forget_stale(names: Sequence[str]) -> None:
    """Delete machine code older than a source beside it: Numba looks at the outermost loop's own file alone.

    Only who changes the sources in place meets that; what cannot be deleted is left.
    """
    specs = [find_spec(name) for name in names if name not in sys.modules]
    sources = {Path(spec.origin).parent: Path(spec.origin) for spec in specs if spec is not None and spec.origin}
    for folder, source in sources.items():
        written = {other.stem: other.stat().st_mtime for other in folder.glob("*.py")}
        newest = max(written.values())
        caches = {folder / "__pycache__", *_cache_folders(source)}
        for index in (index for cache in caches for index in cache.glob("*.nbi")):
            if index.name.split(".")[0] in written and index.stat().st_mtime < newest:
                with suppress(OSError):
                    index.unlink()


def _cache_folders(source: Path) -> list[Path]:
    """Return the places in which Numba looks for machine code of a file; beside others, it names them by its folder."""
    asked = os.environ.get("NUMBA_CACHE_DIR")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "numba"
    named = [*(Path(asked) if asked else home).glob(f"{source.parent.name}_*")]
    return named if asked else [source.parent / "__pycache__", *named]
