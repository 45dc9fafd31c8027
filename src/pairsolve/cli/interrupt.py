"""Ctrl-C with manners: the first asks for the best plan so far, the second ends the run."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType

_NOTICE = b"\npairsolve: stopping; the best plan so far will be written (Ctrl-C again: stop at once, write nothing)\n"


class Interrupt:
    """Listens to Ctrl-C while it is open.

    Attributes
    ----------
    asked
        Whether the run has been asked to come to its end.
    """

    def __init__(self) -> None:
        self.asked = False
        self._patient = False
        self._before: object = None

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._heard)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]  # it came from signal.signal

    def be_patient(self, patient: bool) -> None:
        """Say whether the first Ctrl-C should wait for the best plan so far (there must be one to wait for)."""
        self._patient = patient

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked or not self._patient:
            raise KeyboardInterrupt
        self.asked = True
        os.write(2, _NOTICE)  # not print: the handler may have interrupted a print
