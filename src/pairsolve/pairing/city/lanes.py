"""Eight numbers side by side, for loops that look at eight pairs in one go and without a branch for each.

A processor adds or compares eight numbers as fast as one where they lie side by side. Numba finds that out by itself
only in the simplest loops, so such code is written here: `Lanes` is eight numbers with the operators of Python, and
`Code` is where they come from. What is made of it are intrinsics of numba, see `rows` and `leaf`. Processors without
such instructions take the numbers one by one, with the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # it has no stubs
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 8
WORD, HALF, BIT, FLOAT = ir.IntType(64), ir.IntType(32), ir.IntType(1), ir.DoubleType()


class Lanes:
    """Eight whole numbers, floats or truth values side by side; operators want others, or a number known beforehand.

    Parameters
    ----------
    builder
        Where code is being written.
    value
        A vector of LLVM.
    """

    def __init__(self, builder: Any, value: Any) -> None:
        self._builder, self.value = builder, value
        self._float = value.type.element == FLOAT

    def __add__(self, other: Any) -> Lanes:
        return self._made("fadd" if self._float else "add", other)

    def __sub__(self, other: Any) -> Lanes:
        return self._made("fsub" if self._float else "sub", other)

    def __mul__(self, other: Any) -> Lanes:
        return self._made("fmul" if self._float else "mul", other)

    def __and__(self, other: Any) -> Lanes:
        return self._made("and_", other)

    def __or__(self, other: Any) -> Lanes:
        return self._made("or_", other)

    def __xor__(self, other: Any) -> Lanes:
        return self._made("xor", other)

    def __rshift__(self, bits: int) -> Lanes:
        return self._made("ashr", bits)

    def __lt__(self, other: Any) -> Lanes:
        return self._compared("<", other)

    def __le__(self, other: Any) -> Lanes:
        return self._compared("<=", other)

    def __gt__(self, other: Any) -> Lanes:
        return self._compared(">", other)

    def equals(self, other: Any) -> Lanes:
        """Say where numbers are the same."""
        return self._compared("==", other)

    def choose(self, yes: Any, no: Lanes) -> Lanes:
        """Return one number where this is true, and another elsewhere."""
        return Lanes(self._builder, self._builder.select(self.value, no._beside(yes), no.value))

    def least(self, other: Any) -> Lanes:
        """Return the smaller numbers."""
        return self._compared("<", other).choose(self, Lanes(self._builder, self._beside(other)))

    def most(self, other: Any) -> Lanes:
        """Return the greater numbers."""
        return self._compared("<", other).choose(other, self)

    def floats(self) -> Lanes:
        """Return whole numbers as floats."""
        return Lanes(self._builder, self._builder.sitofp(self.value, ir.VectorType(FLOAT, LANES)))

    def whole(self) -> Lanes:
        """Return floats as whole numbers, cut off behind the point."""
        return Lanes(self._builder, self._builder.fptosi(self.value, ir.VectorType(WORD, LANES)))

    def floor(self) -> Lanes:
        """Return floats rounded down."""
        return Lanes(self._builder, self._called(f"llvm.floor.v{LANES}f64", self.value.type))

    def ceil(self) -> Lanes:
        """Return floats rounded up."""
        return Lanes(self._builder, self._called(f"llvm.ceil.v{LANES}f64", self.value.type))

    def minimum(self) -> Any:
        """Return the least of the whole numbers."""
        return self._called(f"llvm.vector.reduce.smin.v{LANES}i64", WORD)

    def bits(self) -> Any:
        """Return truth values as the bits of one number, the first in the lowest."""
        return self._builder.zext(self._builder.bitcast(self.value, ir.IntType(LANES)), WORD)

    def apart(self) -> list[Any]:
        """Return the numbers one by one."""
        return [self._builder.extract_element(self.value, HALF(lane)) for lane in range(LANES)]

    def _beside(self, other: Any) -> Any:
        return other.value if isinstance(other, Lanes) else ir.Constant(self.value.type, [other] * LANES)

    def _made(self, how: str, other: Any) -> Lanes:
        return Lanes(self._builder, getattr(self._builder, how)(self.value, self._beside(other)))

    def _compared(self, how: str, other: Any) -> Lanes:
        compare: Any = self._builder.fcmp_ordered if self._float else self._builder.icmp_signed
        return Lanes(self._builder, compare(how, self.value, self._beside(other)))

    def _called(self, name: str, result: Any) -> Any:
        kind = ir.FunctionType(result, [self.value.type])
        function = cgutils.get_or_insert_function(self._builder.module, kind, name)  # type: ignore[no-untyped-call]  # numba is half typed
        return self._builder.call(function, [self.value])


class Code:
    """The code of an intrinsic: what is passed to it, by name, and the eight numbers that are made of that.

    Parameters
    ----------
    names
        Names of what is passed, in a row.
    context, builder, signature, values
        What numba hands to whoever writes the code of an intrinsic.
    """

    def __init__(self, names: str, context: Any, builder: Any, signature: Any, values: Any) -> None:
        self._context, self._builder, self._result = context, builder, signature.return_type
        self._passed = dict(zip(names.split(), zip(signature.args, values, strict=True), strict=True))

    def one(self, name: str) -> Any:
        """Return a number that was passed."""
        return self._passed[name][1]

    def every(self, name: str) -> Lanes:
        """Return a number that was passed, eight times."""
        return self.together([self.one(name)] * LANES)

    def place(self, name: str, *at: Any) -> Any:
        """Return where an element of an array lies, or where all of them begin."""
        kind, value = self._passed[name]
        array = self._context.make_array(kind)(self._context, self._builder, value)
        if not at:
            return array.data
        index = at[-1]
        if len(at) > 1:
            width = cgutils.unpack_tuple(self._builder, array.shape)[1]  # type: ignore[no-untyped-call]  # as above
            index = self._builder.add(self._builder.mul(at[0], width), index)
        return self._builder.gep(array.data, [index])

    def behind(self, place: Any, count: int) -> Any:
        """Return the place so many elements behind another one."""
        return self._builder.gep(place, [WORD(count)])

    def in_halves(self, place: Any) -> Any:
        """Return a place among words as one among halves of words."""
        return self._builder.bitcast(place, HALF.as_pointer())

    def run(self, place: Any) -> Lanes:
        """Return the eight numbers that lie at a place and behind."""
        vector = ir.VectorType(place.type.pointee, LANES)
        found = self._builder.load(self._builder.bitcast(place, vector.as_pointer()), align=4)
        if vector.element == HALF:
            found = self._builder.sext(found, ir.VectorType(WORD, LANES))
        return Lanes(self._builder, found)

    def fetch(self, place: Any, at: list[Any] | None = None) -> list[Any]:
        """Return one by one the numbers that lie so far behind a place, or else the eight at it and behind."""
        found = [self._builder.load(self._builder.gep(place, [one])) for one in at or map(WORD, range(LANES))]
        return [self._builder.sext(one, WORD) if one.type == HALF else one for one in found]

    def together(self, numbers: list[Any]) -> Lanes:
        """Return numbers side by side."""
        vector = ir.Constant(ir.VectorType(numbers[0].type, LANES), ir.Undefined)
        for lane, number in enumerate(numbers):
            vector = self._builder.insert_element(vector, number, HALF(lane))
        return Lanes(self._builder, vector)

    def answer(self, *numbers: Any) -> Any:
        """Return numbers to the kernel."""
        return self._context.make_tuple(self._builder, self._result, numbers)


def inlined(function: Callable[..., Any]) -> Any:
    """Return what kernels call to have code written by a function; they leave its first argument out."""
    return intrinsic(function)


@inlined
def lowest(typing: Any, bits: Any) -> Any:
    """Return the place of the lowest bit, of at least one."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.cttz(values[0], BIT(1))

    return types.int64(types.int64), code
