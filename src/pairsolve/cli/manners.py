"""How a command ends: with a number that scripts can test, a line that people can read, and never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer

from pairsolve.errors import CapacityError, FileError, InputError
from pairsolve.wording import visible


class Ending(IntEnum):
    """Exit codes."""

    DONE = 0
    UNEXPECTED = 1
    BAD_INPUT = 2
    CONTRADICTION = 3
    LIMIT = 4
    REFEREE_DISAGREES = 5
    ABORTED = 130
    BROKEN_PIPE = 141


ENDINGS = """\
Exit codes: 0 done; 1 an error of pairsolve itself; 2 bad input or usage; 3 the hard rules contradict each other
(the clashing ones are named); 4 a limit or Ctrl-C ended the run and the best plan so far is written; 5 the referee
disagrees with the plan; 130 stopped at once by a second Ctrl-C."""


def say(line: str) -> None:
    """Write one line to standard error."""
    typer.echo(line, err=True)


@contextmanager
def polite() -> Iterator[None]:
    """Turn every error into its line and its exit code."""
    try:
        yield
        sys.stdout.flush()
    except InputError as error:
        say_problems(error)
        raise typer.Exit(Ending.BAD_INPUT) from None
    except CapacityError as error:
        say(f"pairsolve: {visible(str(error))}")
        raise typer.Exit(Ending.BAD_INPUT) from None
    except KeyboardInterrupt:
        say("pairsolve: stopped")
        raise typer.Exit(Ending.ABORTED) from None
    except BrokenPipeError:
        _let_go_of_stdout()
        raise typer.Exit(Ending.BROKEN_PIPE) from None
    except MemoryError:
        say("pairsolve: not enough memory for this instance; use a larger machine or solve districts one by one")
        raise typer.Exit(Ending.UNEXPECTED) from None
    except typer.Exit:
        raise
    except Exception as error:
        _unexpected(error)
        raise typer.Exit(Ending.UNEXPECTED) from None


def say_problems(error: InputError) -> None:
    """Write one line per problem."""
    for problem in error.problems:
        what = problem.what if isinstance(error, FileError) else str(problem)
        say(f"{error.source}: {what}")


def _unexpected(error: Exception) -> None:
    if os.environ.get("PAIRSOLVE_DEBUG") == "1":
        traceback.print_exception(error)
    what = visible(" ".join(str(error).split()))[:300]
    way_out = "set PAIRSOLVE_DEBUG=1 to see where, and please report it"
    say(f"pairsolve: unexpected {type(error).__name__}: {what} ({way_out})")


def _let_go_of_stdout() -> None:
    """Point standard output nowhere, so that Python's own flush at exit stays silent."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
