"""The documentation site: the pages of the repository as they stand, and what the code says of itself.

The whole repository is the source folder, so that a link that works in one works in the other.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from sphinx.application import Sphinx

import pairsolve

ROOT = Path(__file__).parents[1]

project = "pairsolve"
copyright = "the pairsolve founders, Apache License 2.0"
release = pairsolve.__version__
root_doc = "docs/index"
include_patterns = [
    "README*.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/**.md",
    "instances/README.md",
    "benchmarks/*.md",
    "src/pairsolve/data/CREDITS.md",
]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"pairsolve {release}"
html_show_sourcelink = False
autodoc_typehints = "none"  # the docstrings name their types, and the signatures stay readable


def _commands() -> str:
    """Return the help of every command as a page."""
    words = [sys.executable, "-m", "typer", "pairsolve.cli", "utils", "docs", "--name", "pairsolve"]
    page = subprocess.run(words, capture_output=True, check=True, text=True).stdout
    return page.replace("# `pairsolve`", "# Help of every command", 1)


def _python() -> Iterator[str]:
    """Yield the page of public names: records as a table, the rest with their docstrings."""
    public = [(name, getattr(pairsolve, name)) for name in pairsolve.__all__]
    records = [(name, held) for name, held in public if inspect.isclass(held) and issubclass(held, BaseModel)]
    yield "# Public names of `pairsolve`\n\n## Functions and outcomes\n"
    for name, held in public:
        if inspect.isclass(held) and (name, held) not in records and held.__module__.startswith("pairsolve"):
            yield f"```{{eval-rst}}\n.. autoclass:: {held.__module__}.{name}\n```\n"
        elif inspect.isfunction(held):
            yield f"```{{eval-rst}}\n.. autofunction:: {held.__module__}.{name}\n```\n"
    yield "## Records\n\nEvery field, with its unit and default, is described in [the files](../format.md).\n"
    yield "| name | what it is |\n|---|---|"
    for name, held in records:
        yield f"| `{name}` | {(inspect.getdoc(held) or '').splitlines()[0]} |"
    others = [name for name, held in public if not inspect.isclass(held) and not inspect.isfunction(held)]
    yield "\nAlso public: " + ", ".join(f"`{name}`" for name in others) + "."


def _write_reference(app: Sphinx) -> None:
    folder = ROOT / "docs" / "reference"
    folder.mkdir(exist_ok=True)
    (folder / "commands.md").write_text(_commands(), encoding="utf-8")
    (folder / "python.md").write_text("\n".join(_python()) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the pages that come from the code before Sphinx looks for pages."""
    app.connect("config-inited", lambda app, config: _write_reference(app))
