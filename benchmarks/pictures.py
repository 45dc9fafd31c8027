"""Pictures of races: time and memory against size, gap against time; SVG files in `plots/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.race import Row

PLOTS = Path(__file__).parent / "plots"
Way = Sequence[tuple[float, float]]


def by_size(rows: Sequence[Row], name: str, size: str, folder: Path = PLOTS) -> Path:
    """Draw seconds and mebibytes against size, one line per solver.

    Parameters
    ----------
    rows
        Rows of a race; those that did not finish are left out.
    name
        Name of the picture's file.
    size
        What the horizontal axis counts.
    folder
        Where the picture goes.
    """
    figure, (left, right) = _figure(2)
    for axes, attribute, unit in ((left, "seconds", "seconds"), (right, "mebibytes", "MiB above the instance")):
        for solver in dict.fromkeys(row.task.solver for row in rows):
            points = sorted(
                (row.task.size, max(getattr(row, attribute), 0.01))
                for row in rows
                if row.task.solver == solver and row.value is not None
            )
            if points:
                axes.plot(*zip(*points, strict=True), marker="o", label=solver)
        axes.set(xscale="log", yscale="log", xlabel=size, ylabel=unit)
        axes.grid(visible=True, alpha=0.3)
    left.legend(fontsize="small")
    return _saved(figure, folder / f"{name}.svg")


def gap_over_time(ways: Mapping[str, Way], name: str, folder: Path = PLOTS) -> Path:
    """Draw the gap in percent against seconds, one staircase per solver.

    Parameters
    ----------
    ways
        By solver: (seconds, gap as a share) whenever something better was found.
    name
        Name of the picture's file.
    folder
        Where the picture goes.
    """
    figure, axes = _figure(1)
    for solver, way in ways.items():
        if way:
            seconds, gaps = zip(*way, strict=True)
            axes.step(seconds, [100 * gap for gap in gaps], where="post", marker=".", label=solver)
    axes.set(xlabel="seconds", ylabel="gap in percent", yscale="symlog")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    return _saved(figure, folder / f"{name}.svg")


def _figure(columns: int) -> Any:
    import matplotlib as mpl  # noqa: PLC0415  # of the extra `bench`, and slow to load
    from matplotlib.figure import Figure  # noqa: PLC0415  # of the extra `bench`, and slow to load

    mpl.rcParams["svg.hashsalt"] = "pairsolve"  # the same rows give the same file
    figure = Figure(figsize=(5.5 * columns, 4), layout="constrained")
    return figure, figure.subplots(1, columns)


def _saved(figure: Any, path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    return path


def routes(features: Sequence[Mapping[str, Any]], name: str, folder: Path = PLOTS) -> Path:
    """Draw the routes of every day side by side, one colour a team; return the file."""
    days = sorted({feature["properties"]["day"] for feature in features})
    people = sorted({feature["properties"]["volunteer"] for feature in features})
    figure, _ = _figure(max(1, len(days)))
    colours = {person: f"C{number % 10}" for number, person in enumerate(people)}
    for axes, day in zip(figure.axes, days, strict=True):
        for feature in features:
            facts = feature["properties"]
            if facts["day"] == day and feature["geometry"] is not None:
                east, north = zip(*feature["geometry"]["coordinates"], strict=True)
                axes.plot(east, north, "-", color=colours[facts["volunteer"]], linewidth=1.2, label=facts["volunteer"])
                axes.plot(east[1:-1], north[1:-1], ".", color=colours[facts["volunteer"]], markersize=5)
                axes.plot(east[:1], north[:1], "k^", markersize=5)
        axes.set_title(f"{name}, {day}")
        axes.set_xlabel("longitude")
        axes.set_ylabel("latitude")
        axes.set_aspect(1.08)  # at 22° north
        if len(people) <= 20:
            axes.legend(fontsize="xx-small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
            axes.ticklabel_format(useOffset=False)
    return _saved(figure, folder / f"{name}-routes.svg")
