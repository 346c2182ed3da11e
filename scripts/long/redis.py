"""Keys stored, counted, queued and asked for, in one connection."""
from mix import *


def ask(wire, *words):
    parts = [str(word).encode() for word in words]
    wire.send(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    head = wire.until(b"\r\n")
    return head + (wire.exactly(int(head[1:]) + 2) if head[:1] == b"$" and head[1:2] != b"-" else b"")


def expect_answer(wire, wanted, *words):
    said = ask(wire, *words)
    right(said == wanted.encode(), f"{' '.join(map(str, words))}: {said!r}, not {wanted!r}")


def bulk(text):
    return f"${len(text)}\r\n{text}\r\n"


def store(wire):
    key, value = ident(), words(1, 3)
    expect_answer(wire, "+OK\r\n", "SET", key, value)
    expect_answer(wire, bulk(value), "GET", key)
    expect_answer(wire, ":1\r\n", "DEL", key)


def count(wire):
    key, start = ident(), rng.randint(1, 900)
    expect_answer(wire, "+OK\r\n", "SET", key, start)
    expect_answer(wire, f":{start + 1}\r\n", "INCR", key)
    expect_answer(wire, bulk(str(start + 1)), "GET", key)


def queue(wire):
    key, other = ident(), ident()
    expect_answer(wire, ":1\r\n", "RPUSH", key, other)
    expect_answer(wire, ":1\r\n", "LLEN", key)
    expect_answer(wire, bulk(other), "LPOP", key)


def echo(wire):
    expect_answer(wire, "+PONG\r\n", "PING")
    expect_answer(wire, bulk(value := words(1, 3)), "ECHO", value)
    expect_answer(wire, ":0\r\n", "EXISTS", ident())


play(lambda: Wire(6379), [store, count, queue, echo])
