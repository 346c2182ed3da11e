"""Messages published in all three qualities, kept and read, sent and got back, in one connection of one protocol version."""
import struct
from mix import *

LEVEL = rng.choice([3, 4, 5])
me, identifier = ident(), 0


def text(value):
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def properties(data=b""):
    return bytes([len(data)]) + data if LEVEL == 5 else b""


def send(wire, head, body):
    size, length = len(body), b""
    while True:
        size, seven = size >> 7, size & 127
        length += bytes([seven | (128 if size else 0)])
        if not size:
            break
    wire.send(bytes([head]) + length + body)


def receive(wire):
    head, size, shift = wire.exactly(1)[0], 0, 0
    while True:
        byte = wire.exactly(1)[0]
        size, shift = size | (byte & 127) << shift, shift + 7
        if byte < 128:
            return head, wire.exactly(size)


def answer(wire, head, *wanted):
    said, body = receive(wire)
    right(said == head and body in wanted, f"{said:#x} {body!r}, not {head:#x} {wanted}")


def next_id():
    global identifier
    identifier += 1
    return struct.pack(">H", identifier)


def connect():
    global identifier
    identifier = 0
    wire = Wire(1883)
    wire.server_ids = 0
    name = text("MQIsdp" if LEVEL == 3 else "MQTT")
    send(wire, 0x10, name + bytes([LEVEL, 2]) + struct.pack(">H", 60) + properties(b"\x21\x00\x14") + text(me))
    answer(wire, 0x20, b"\0\0" + properties(b"\x22\x00\x0a\x21\x00\x14"))
    return wire


def message():
    return f"{word()}/{ident()}", words(1, 25)


def publish(wire, quality, topic, what, keep=0, extra=b""):
    number = next_id() if quality else b""
    send(wire, 0x30 | quality << 1 | keep, text(topic) + number + properties(extra) + what.encode())
    return number


def done(number):
    """A confirmation, which version 5 lets say that nobody listens."""
    return (number, number + b"\x10") if LEVEL == 5 else (number,)


def once(wire):
    publish(wire, 0, *message())
    right(wire.quiet(), "an answer to what needs none")


def least(wire):
    number = publish(wire, 1, *message())
    answer(wire, 0x40, *done(number))


def exactly(wire):
    number = publish(wire, 2, *message())
    answer(wire, 0x50, *done(number))
    send(wire, 0x62, number)
    answer(wire, 0x70, number)


def subscribe(wire, topic, quality):
    number = next_id()
    send(wire, 0x82, number + properties() + text(topic) + bytes([quality]))
    answer(wire, 0x90, number + properties() + bytes([quality]))


def version(wire):
    subscribe(wire, "$SYS/broker/version", 0)
    answer(wire, 0x31, text("$SYS/broker/version") + properties() + b"mosquitto version 2.0.11")


def kept(wire):
    topic, what = message()
    number = publish(wire, 1, topic, what, keep=1)
    answer(wire, 0x40, *done(number))
    quality = rng.randint(0, 2)
    subscribe(wire, topic, quality)
    granted = min(quality, 1)
    wire.server_ids += granted
    number = struct.pack(">H", wire.server_ids) if granted else b""
    answer(wire, 0x31 | granted << 1, text(topic) + number + properties() + what.encode())
    if granted:
        send(wire, 0x40, number)


def echo(wire):
    topic, what = message()
    subscribe(wire, topic, 0)
    extra = b"\x08" + text(topic) if LEVEL == 5 else b""
    publish(wire, 0, topic, what, extra=extra)
    answer(wire, 0x30, text(topic) + properties(extra) + what.encode())


play(connect, [once, least, exactly, version, kept] + ([echo] if LEVEL == 5 else []))
