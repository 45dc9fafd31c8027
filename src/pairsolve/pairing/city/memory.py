"""Asking for memory before it is needed, so that a search does not stand still while it comes."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # it has no stubs
from numba.core import cgutils, types

from pairsolve.compiled import kernel
from pairsolve.pairing.city.lanes import inlined
from pairsolve.pairing.city.pool import LINE, WORDS

READ, KEEP, DATA = 0, 3, 1  # it will be read, is to stay near, and is no code
BYTE, INT = ir.IntType(8).as_pointer(), ir.IntType(32)


@inlined
def ask(typing: Any, array: Any, index: Any) -> Any:
    """Ask for the line of memory of an element; whether there is such an element does not matter."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        address = builder.bitcast(builder.gep(data, [values[1]]), BYTE)
        kind = ir.FunctionType(ir.VoidType(), [BYTE, INT, INT, INT])
        function = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]  # numba is half typed
            builder.module, kind, "llvm.prefetch.p0i8"
        )
        builder.call(function, [address, INT(READ), INT(KEEP), INT(DATA)])
        return context.get_dummy_value()

    return types.void(array, index), code


@kernel(allocates=False)
def ask_row(words: Any, row: int) -> None:
    """Ask for a row of a list of pairs, and for the one behind it, which is mostly the next; −1 does no harm."""
    if row >= 0:
        for line in range(2 * WORDS // LINE):
            ask(words, WORDS * row + LINE * line)


@kernel(allocates=False)
def ask_list(words: Any, head: Any, owner: int) -> None:
    """Ask for the first row of an owner; −1 does no harm."""
    if owner >= 0:
        ask_row(words, head[owner])
