"""The documentation site: it builds without a warning, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a freshly built site; a warning ends the build."""
    target = tmp_path_factory.mktemp("site")
    words = ["-W", "--keep-going", "-q", "-b", "html", "-c", "docs", "-d", str(target / "doctrees"), ".", str(target)]
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert built.returncode == 0, built.stderr[-3000:]
    return target


def test_links_inside_the_site_lead_somewhere(site: Path) -> None:
    """Every link and picture between pages names a file of the site, and an anchor in it."""
    pages = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    assert site / "docs" / "tutorial.html" in pages
    anchors = {page: set(re.findall(r'\bid="([^"]*)"', text)) for page, text in pages.items()}
    broken = []
    for page, text in pages.items():
        for link in map(unescape, re.findall(r'<(?:a|img)\b[^>]*?\b(?:href|src)="([^"]*)"', text)):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / unquote(path.partition("?")[0])).resolve() if path else page.resolve()
            if not target.exists() or (anchor and target in anchors and unquote(anchor) not in anchors[target]):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert broken == []


def test_every_command_and_public_name_is_in_the_reference(site: Path) -> None:
    """The pages made from the code name every command and every public name."""
    import pairsolve
    from pairsolve.cli import app

    commands = (site / "docs" / "reference" / "commands.html").read_text(encoding="utf-8")
    names = (site / "docs" / "reference" / "python.html").read_text(encoding="utf-8")
    known = [info.name or info.callback.__name__ for info in app.registered_commands]
    assert [name for name in known if name not in commands] == []
    assert [name for name in pairsolve.__all__ if name != "__version__" and name not in names] == []
