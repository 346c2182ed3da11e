"""One connection that mixes the kinds of session of a protocol in random order, each operation checked.

The testbed's tb.py gives the choices of a seed; test values are drawn from words that no recorded session said.
A connection on which something wrong was said is given up: the next operation opens another one.
"""
import json, socket, time
from tb import *

OPERATIONS, EXCHANGES = int(os.environ.get("OPERATIONS", "30")), int(os.environ.get("EXCHANGES", "0"))
PATIENCE = 2.5


class Wire:
    """A connected socket with a patience, and a buffer where it is a stream."""

    def __init__(self, port, kind=socket.SOCK_STREAM):
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((TARGET, port))
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        data = self.socket.recv(65536)
        require(data, f"the server hung up after {self.buffer[-80:]!r}")
        self.buffer += data

    def exactly(self, count):
        while len(self.buffer) < count:
            self.more()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def until(self, end):
        while end not in self.buffer:
            self.more()
        return self.exactly(self.buffer.index(end) + len(end))

    def rest(self):
        """All that the server says until it hangs up."""
        data = self.buffer
        while more := self.socket.recv(65536):
            data += more
        return data

    def quiet(self, seconds=0.05):
        """Says whether the server says nothing more for a while."""
        if self.buffer:
            return False
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) is None
        except (TimeoutError, socket.timeout):
            return True
        finally:
            self.socket.settimeout(PATIENCE)

    def close(self):
        self.socket.close()


exchanges = [0, 0]


def right(truth, why):
    """Counts an exchange, and ends the operation where it is wrong."""
    exchanges[1] += 1
    require(truth, why)
    exchanges[0] += 1


def play(connect, kinds):
    """OPERATIONS of the kinds, or as many as it takes to make EXCHANGES; prints what went wrong, and a line of JSON."""
    connection, done, table = None, 0, {kind.__name__: [0, 0] for kind in kinds}
    while exchanges[1] < EXCHANGES if EXCHANGES else done < OPERATIONS:
        kind = rng.choice(kinds)
        done += 1
        table[kind.__name__][1] += 1
        before = exchanges[:]
        try:
            if connection is None:
                connection = connect()
            kind(connection)
            table[kind.__name__][0] += 1
        except (Exception, SystemExit) as why:
            if exchanges[1] - before[1] == exchanges[0] - before[0]:
                exchanges[1] += 1  # an answer that never came
            print(f"{done} {kind.__name__}: {type(why).__name__ if not str(why) else why}"[:400], flush=True)
            if connection is not None:
                connection.close()
            connection = None
    if connection is not None:
        connection.close()
    made = sum(made for _, made in table.values())
    print(json.dumps({"right": sum(good for good, _ in table.values()), "made": made, "exchanges": exchanges, "kinds": table}))
