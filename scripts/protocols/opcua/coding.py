"""The built-in types of OPC UA's binary encoding that server and client need (OPC 10000-6)."""
import struct, time

BOOLEAN, INT32, FLOAT, DOUBLE, STRING = 1, 6, 10, 11, 12
now = lambda: int((time.time() + 11644473600) * 10**7)
text = lambda said: struct.pack("<i", -1) if said is None else struct.pack("<i", len(said.encode())) + said.encode()
opaque = lambda said: struct.pack("<i", -1) if said is None else struct.pack("<i", len(said)) + said
localized = lambda said: b"\2" + text(said)
array = lambda parts: struct.pack("<i", len(parts)) + b"".join(parts)


def node(space, name):
    if isinstance(name, str):
        return struct.pack("<BH", 3, space) + text(name)
    if isinstance(name, bytes):
        return struct.pack("<BH", 5, space) + opaque(name)
    if space == 0 and name < 256:
        return bytes([0, name])
    return struct.pack("<BBH", 1, space, name) if name < 65536 else struct.pack("<BHI", 2, space, name)


def variant(kind, value):
    if isinstance(value, list):
        return bytes([0x80 | kind]) + array([variant(kind, v)[1:] for v in value])
    if kind == STRING:
        return bytes([kind]) + text(value)
    return bytes([kind]) + struct.pack({BOOLEAN: "<B", INT32: "<i", FLOAT: "<f", DOUBLE: "<d"}[kind], value)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        got = self.data[self.at : self.at + size]
        if len(got) < size:
            raise ValueError("too short")
        self.at += size
        return got

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def bytes(self):
        size = self.number("i")
        return None if size < 0 else self.take(size)

    def text(self):
        said = self.bytes()
        return said if said is None else said.decode()

    def node(self):
        kind = self.number("B") & 0x3F
        if kind == 0:
            return 0, self.number("B")
        if kind == 1:
            return self.number("B"), self.number("H")
        space = self.number("H")
        return space, self.number("I") if kind == 2 else self.text() if kind == 3 else self.bytes() if kind == 5 else self.take(16)

    def extension(self):
        kind, mask = self.node(), self.number("B")
        return kind, self.bytes() if mask else b""

    def localized(self):
        mask = self.number("B")
        locale = self.text() if mask & 1 else None
        return locale, self.text() if mask & 2 else None

    def variant(self):
        kind = self.number("B")
        one = lambda: self.text() if kind & 0x3F == STRING else self.number({BOOLEAN: "B", INT32: "i", FLOAT: "f", DOUBLE: "d"}[kind & 0x3F])
        if kind & 0x80:
            return kind & 0x3F, [one() for _ in range(self.number("i"))]
        return kind, one()

    def value(self):
        """Kind, value and status of a data value."""
        mask = self.number("B")
        kind, value = self.variant() if mask & 1 else (None, None)
        status = self.number("I") if mask & 2 else 0
        times = [self.number("q") for bit in (4, 8) if mask & bit]
        return kind, value, status, times
