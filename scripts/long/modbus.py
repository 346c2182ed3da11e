"""Bits, inputs and registers read, registers written and read back, addresses that do not exist, in one connection."""
import struct
from mix import *

unit, transaction = rng.randint(1, 200), 0
UNITS = [rng.randint(1, 200) for _ in range(5)]


def connect():
    global transaction
    transaction = 0
    return Wire(502)


def ask(wire, function, body):
    """The function and the body of the answer."""
    global transaction, unit
    transaction += 1
    if EXCHANGES:  # a poller of many, not a tool that is called for one
        unit = rng.choice(UNITS)
    wire.send(struct.pack(">HHHBB", transaction, 0, len(body) + 2, unit, function) + body)
    number, zero, length, whom, said = struct.unpack(">HHHBB", head := wire.exactly(8))
    require((number, zero, whom) == (transaction, 0, unit) and 2 <= length < 260, f"{function}: a head of {head.hex()}")
    return said, wire.exactly(length - 2)


def read(wire, function, start, wanted):
    said, body = ask(wire, function, struct.pack(">HH", start - 1, len(wanted)))
    if function < 3:
        packed = sum(bit << n for n, bit in enumerate(wanted)).to_bytes((len(wanted) + 7) // 8, "little")
    else:
        packed = struct.pack(f">{len(wanted)}H", *wanted)
    right((said, body) == (function, bytes([len(packed)]) + packed),
          f"{len(wanted)} of {start} by {function}: {said} {body.hex()}, not {packed.hex()}")


def span(values):
    start, count = rng.randint(1, 60), rng.randint(1, 30)
    return start, [values(n) for n in range(start - 1, start - 1 + count)]


def bits(wire):
    read(wire, rng.choice([1, 2]), *span(lambda n: n * n % 3 == 1))


def inputs(wire):
    read(wire, 4, *span(lambda n: 1000 + 7 * n))


def registers(wire):
    read(wire, 3, *span(lambda n: 2000 + 11 * n))


def write(wire):
    start, value = rng.randint(101, 380), rng.randint(1, 32000)
    body = struct.pack(">HH", start - 1, value)
    said = ask(wire, 6, body)
    right(said == (6, body), f"{value} to {start}: {said}")
    read(wire, 3, start, [value])


def several(wire):
    start, values = rng.randint(101, 380), [rng.randint(1, 32000) for _ in range(rng.randint(2, 9))]
    head = struct.pack(">HH", start - 1, len(values))
    said = ask(wire, 16, head + bytes([2 * len(values)]) + struct.pack(f">{len(values)}H", *values))
    right(said == (16, head), f"{len(values)} values to {start}: {said}")
    read(wire, 3, start, values)


def nowhere(wire):
    function, start, count = rng.choice([3, 4]), rng.randint(1000, 60000), rng.randint(1, 30)
    said = ask(wire, function, struct.pack(">HH", start - 1, count))
    right(said == (function | 128, b"\2"), f"{count} of {start} by {function}: {said}")


play(connect, [bits, inputs, registers, write, several, nowhere])
