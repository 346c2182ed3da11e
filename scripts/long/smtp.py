"""Mails to one and to two recipients, to unknown ones and to other domains, in the manner of two clients, in one connection."""
from mix import *

me = f"{ident()}.example"


def ask(wire, line, pattern):
    wire.send(line.encode() + b"\r\n")
    reply(wire, line, pattern)


def reply(wire, line, pattern):
    said = b""
    while not re.search(rb"^\d{3} [^\n]*\n\Z", said, re.M):
        said += wire.until(b"\n")
    right(re.fullmatch(pattern, said.decode(errors="replace")), f"{line[:80]}: {said!r}")


def connect():
    wire = Wire(25)
    reply(wire, "the greeting", r"220 mail\.corp\.example ESMTP OpenSMTPD\r\n")
    own = wire.socket.getsockname()[0]
    ask(wire, f"EHLO {me}", rf"250-mail\.corp\.example Hello {me} \[{own}\], pleased to meet you\r\n(250-.*\r\n)+250 HELP\r\n")
    return wire


def begin(wire):
    sender = f"{ident()}@{word()}.example"
    ask(wire, f"MAIL FROM:<{sender}>", r"250 2\.0\.0 Ok\r\n")
    return sender


def accepted(wire, recipient):
    ask(wire, f"RCPT TO:<{recipient}>", r"250 2\.1\.5 Destination address valid: Recipient ok\r\n")


def refused(wire, recipient):
    ask(wire, f"RCPT TO:<{recipient}>", rf"550 Invalid recipient: <{recipient}>\r\n")


def body():
    return [words(4, 10) for _ in range(rng.randint(1, 12))]


def deliver(wire, lines, end):
    ask(wire, "DATA", r'354 Enter mail, end with "\." on a line by itself\r\n')
    wire.send((end.join(lines) + "\r\n.").encode())
    ask(wire, "", r"250 2\.0\.0 [0-9a-f]{8} Message accepted for delivery\r\n")


def plain(wire, sender, recipient):
    deliver(wire, [f"From: {sender}", f"To: {recipient}", f"Subject: {words(2, 5)}", "", *body(), ""], "\n")


def dated(wire, sender, recipient):
    now = time.gmtime()
    head = [time.strftime("Date: %a, %d %b %Y %H:%M:%S +0000", now), f"To: {recipient}", f"From: {sender}", f"Subject: {words(2, 5)}",
            f"Message-Id: <{time.strftime('%Y%m%d%H%M%S', now)}.{rng.randint(1000, 99999):06}@vm>",
            "X-Mailer: swaks v20201014.0 jetmore.org/john/code/swaks/"]
    deliver(wire, [*head, "", *body(), "", ""], "\r\n")


def inside():
    return f"{ident()}@corp.example"


def one(wire):
    sender, recipient = begin(wire), inside()
    accepted(wire, recipient)
    rng.choice([plain, dated])(wire, sender, recipient)


def two(wire):
    sender, first, second = begin(wire), inside(), inside()
    accepted(wire, first)
    accepted(wire, second)
    dated(wire, sender, f"{first},{second}")


def unknown(wire):
    sender, recipient = begin(wire), inside()
    refused(wire, f"nobody.{recipient}")
    accepted(wire, recipient)
    dated(wire, sender, recipient)


def relay(wire):
    sender, recipient = begin(wire), inside()
    refused(wire, f"{ident()}@{word()}.example")
    accepted(wire, recipient)
    plain(wire, sender, recipient)


play(connect, [one, two, unknown, relay])
