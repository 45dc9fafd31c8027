"""One self-contained HTML document: markup, styles, program, chart library and data.

Data is packed JSON in a script element that no browser runs, and a policy in the head allows no script but
the one that is hashed here: whatever names an instance brings, they are text.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files

from pairsolve.instance import Instance
from pairsolve.page.columns import columns
from pairsolve.plan import Plan
from pairsolve.sentences import FELL_AWAY, REASONS

_PROGRAM = ("words.js", "data.js", "view.js", "charts.js", "map.js", "tables.js", "cards.js", "page.js")
_CHARTS = "vendor/echarts.common.min.js"


def page_html(instance: Instance, plan: Plan) -> str:
    """Return a plan as a self-contained HTML page.

    Parameters
    ----------
    instance
        What was asked.
    plan
        What was decided, for that instance.

    Raises
    ------
    InstanceError
        When the plan speaks of somebody or something that is not in the instance.

    Examples
    --------
    ::

        Path("plan.html").write_text(page_html(instance, plan), encoding="utf-8")
    """
    charts, program = _asset(_CHARTS), "\n".join([_reasons(), *(_asset(name) for name in _PROGRAM)])
    parts = {
        "policy": _policy(charts, program),
        "title": escape(plan.name or instance.name or "pairsolve"),
        "style": _asset("page.css"),
        "data": _packed(columns(instance, plan)),
        "charts": charts,
        "program": program,
    }
    pieces = _asset("page.html").split("@@")  # text, name, text, name, …, text
    return "".join(parts[piece] if number % 2 else piece for number, piece in enumerate(pieces))


def _reasons() -> str:
    """Return the reasons for gaps, and what helps, as the page's program knows them."""
    reasons = {code: [english[0], chinese[0], english[1], chinese[1]] for code, (english, chinese) in REASONS.items()}
    tables = {"REASONS": reasons, "FELL": FELL_AWAY}
    lines = (f"const {name} = {json.dumps(table, ensure_ascii=False)};" for name, table in tables.items())
    return '"use strict";\n' + "\n".join(lines)


def _packed(data: object) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return b64encode(gzip.compress(text, compresslevel=6, mtime=0)).decode()


def _policy(*scripts: str) -> str:
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _asset(name: str) -> str:
    return files("pairsolve.page").joinpath("assets", name).read_text(encoding="utf-8")
