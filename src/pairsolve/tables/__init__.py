"""Spreadsheets in and out: registers become an instance, an instance and its plan become tables."""

from pairsolve.tables.gather import Imported, import_registers
from pairsolve.tables.registers import register_tables, template_tables
from pairsolve.tables.results import result_tables

__all__ = ["Imported", "import_registers", "register_tables", "result_tables", "template_tables"]
