"""Starts a command as honeyd does and speaks with it for a test.

honeyd splits the command at spaces, makes a socket pair (a stream one for TCP, a datagram one for UDP) the command's
standard input and output and another one its standard error, limits it to 30 open files and says in the environment
who talks to whom. The socket that honeyd would keep is passed on here in frames: a big-endian length and the bytes,
one frame for each read; a frame of length 0xffffffff from the test closes the sending side.

    honeyd.py tcp|udp CLIENT_ADDRESS CLIENT_PORT SERVER_ADDRESS SERVER_PORT COMMAND
"""

import os
import resource
import socket
import struct
import subprocess
import sys
import threading

kind, client, client_port, server, server_port, command = sys.argv[1:]
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
errors, their_errors = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
child = subprocess.Popen(
    [word for word in command.split(" ") if word],
    stdin=theirs,
    stdout=theirs,
    stderr=their_errors,
    env={
        **os.environ,
        "HONEYD_IP_SRC": client,
        "HONEYD_SRC_PORT": client_port,
        "HONEYD_IP_DST": server,
        "HONEYD_DST_PORT": server_port,
    },
    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30)),
)
theirs.close()
their_errors.close()


def forward():
    """The test's frames to the command."""
    while True:
        head = sys.stdin.buffer.read(4)
        if len(head) < 4:
            break
        (length,) = struct.unpack(">I", head)
        if length == 0xFFFFFFFF:
            ours.shutdown(socket.SHUT_WR)
            continue
        try:
            ours.sendall(sys.stdin.buffer.read(length))
        except OSError:
            break
    # the test is done: honeyd forgets the connection
    if kind == "udp":
        child.terminate()
        os._exit(0)


threading.Thread(target=forward, daemon=True).start()
while True:
    data = ours.recv(65536)
    if not data:
        break
    sys.stdout.buffer.write(struct.pack(">I", len(data)) + data)
    sys.stdout.buffer.flush()
said = errors.recv(65536)
sys.stderr.buffer.write(said)
sys.stderr.buffer.flush()
status = child.wait()
# not sys.exit: the other thread holds standard input
os._exit(status if status >= 0 else 99)
