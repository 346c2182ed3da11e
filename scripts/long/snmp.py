"""Objects got, walked, asked for in bulk and set, all from one socket."""
from mix import *

SYSTEM = (1, 3, 6, 1, 2, 1, 1)
GET, NEXT, RESPONSE, SET, BULK = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5
DESCR, NAME = b"Acme Router Software, Version 12.1(3)T", b"router.corp.example"
number = rng.randint(1 << 24, (1 << 30))


def ber(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + content


def integer(value):
    return ber(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(parts):
    content = bytes([40 * parts[0] + parts[1]])
    for part in parts[2:]:
        sevens = [part & 127]
        while part := part >> 7:
            sevens.insert(0, 128 | part & 127)
        content += bytes(sevens)
    return ber(6, content)


def parse(data):
    """The tags and contents that stand side by side."""
    found = []
    while data:
        size, at = data[1], 2
        if size > 127:
            at += size & 127
            size = int.from_bytes(data[2:at], "big")
        require(at + size <= len(data), f"a length too long in {data[:40].hex()}")
        found.append((data[0], data[at:at + size]))
        data = data[at + size:]
    return found


def ask(wire, kind, version, community, *bindings, extra=(0, 0)):
    """The status of the answer and its bindings; each is an object and a tag with a content."""
    global number
    number += 1
    listed = ber(48, b"".join(ber(48, oid(name) + value) for name, value in bindings))
    pdu = ber(kind, integer(number) + integer(extra[0]) + integer(extra[1]) + listed)
    wire.send(ber(48, integer(version) + ber(4, community) + pdu))
    answer = wire.socket.recv(65536)
    ((tag, whole),) = parse(answer)
    (_, said_version), (_, said_community), (said, pdu) = parse(whole)
    (_, echoed), (_, status), _, (_, listed) = parse(pdu)
    require((tag, int.from_bytes(said_version, "big"), said_community, said, int.from_bytes(echoed, "big"))
            == (48, version, community, RESPONSE, number), f"the head of {answer[:60].hex()}")
    return int.from_bytes(status, "big"), [(name, value) for name, value in (parse(one) for _, one in parse(listed))]


def object(*parts):
    (name,) = parse(oid(SYSTEM + parts))
    return name


def reader():
    return rng.choice([0, 1]), rng.choice([b"public", b"monitor"])


KNOWN = {1: (4, DESCR), 5: (4, NAME), 7: (2, b"\x4e")}
EMPTY = ber(5, b"")


def get(wire):
    part = rng.choice([1, 5, 3, 7])
    status, said = ask(wire, GET, *reader(), (SYSTEM + (part, 0), EMPTY))
    if part == 3:
        right(status == 0 and len(said) == 1 and said[0][0] == object(3, 0) and said[0][1][0] == 0x43, f"uptime: {status} {said}")
    else:
        right((status, said) == (0, [(object(part, 0), KNOWN[part])]), f"object {part}: {status} {said}")


def three(wire):
    status, said = ask(wire, GET, *reader(), *((SYSTEM + (part, 0), EMPTY) for part in (5, 7, 1)))
    right((status, said) == (0, [(object(part, 0), KNOWN[part]) for part in (5, 7, 1)]), f"three objects: {status} {said}")


def missing(wire):
    parts = (rng.randint(20, 120), rng.randint(1, 120), 0)
    status, said = ask(wire, GET, 1, reader()[1], (SYSTEM + parts, EMPTY))
    right((status, said) == (0, [(object(*parts), (0x80, b""))]), f"a missing object: {status} {said}")


def walk(wire):
    version, community = reader()
    table, at = SYSTEM + (9, 1, 3), SYSTEM + (9, 1, 3)
    for row in range(1, 12):
        status, ((name, (tag, _)),) = ask(wire, NEXT, version, community, (at, EMPTY))
        at = table + (row,)
        (wanted,) = parse(oid(at if row < 11 else SYSTEM + (9, 1, 4, 1)))
        right((status, name, tag) == (0, wanted, 4 if row < 11 else 0x43), f"row {row} of the walk: {status} {name} {tag:#x}")


def bulk(wire):
    count = rng.randint(5, 8)
    status, said = ask(wire, BULK, 1, reader()[1], (SYSTEM, EMPTY), extra=(0, count))
    names = [name for name, _ in said]
    right(status == 0 and names == [object(part, 0) for part in range(1, count + 1)] and said[0][1][1] == DESCR
          and said[4][1][1] == NAME, f"{count} in bulk: {status} {said}")


def change(wire):
    contact = words(1, 6).encode()
    wanted = (0, [(object(4, 0), (4, contact))])
    said = ask(wire, SET, rng.choice([0, 1]), b"public", (SYSTEM + (4, 0), ber(4, contact)))
    right(said == wanted, f"set: {said}")
    said = ask(wire, GET, *reader(), (SYSTEM + (4, 0), EMPTY))
    right(said == wanted, f"read back: {said}, not {contact!r}")


play(lambda: Wire(161, socket.SOCK_DGRAM), [get, three, missing, walk, bulk, change])
