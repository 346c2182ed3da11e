"""Folders listed, files fetched, put there, fetched again and removed, all in one session of smbclient."""
import pty, select, termios
from pathlib import Path
from mix import *

CONTENT = {"readme.txt": "welcome to the share\n", "stock.txt": "".join(f"anvil {n:04} is in stock\n" for n in range(1, 201))}


class Client:
    """smbclient, which waits for a command after each prompt."""

    def __init__(self):
        command = ["smbclient", "-s", "/dev/null", "-U", f"{ident()}%{word()}", "-m", "SMB2", "--option=client min protocol=SMB2",
                   "--option=client max protocol=SMB2", f"//{TARGET}/public"]
        # it prompts a terminal only
        self.terminal, end = pty.openpty()
        mode = termios.tcgetattr(end)
        mode[3] &= ~termios.ECHO
        termios.tcsetattr(end, termios.TCSANOW, mode)
        self.process = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, env=dict(os.environ, TERM="dumb"))
        os.close(end)
        self.prompt("the start")

    def prompt(self, after):
        said, end = "", time.time() + 8
        while not said.endswith("smb: \\> "):
            require(time.time() < end and self.process.poll() is None, f"{after}: {said[-300:]!r}")
            if select.select([self.terminal], [], [], 0.1)[0]:
                said += os.read(self.terminal, 65536).decode(errors="replace").replace("\r\n", "\n")
        return said

    def ask(self, line):
        os.write(self.terminal, line.encode() + b"\n")
        return self.prompt(line)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


def same(file, content, why):
    path = Path(file)
    right(path.exists() and path.read_text(errors="replace") == content, why)
    path.unlink()


def listing(client):
    said = client.ask("ls")
    right(re.search(r"^  readme\.txt\s+\w*\s+21 ", said, re.M) and re.search(r"^  stock\.txt\s+\w*\s+4600 ", said, re.M), f"ls: {said[-300:]!r}")


def get(client):
    file = rng.choice(list(CONTENT))
    said = client.ask(f"get {file} got")
    same("got", CONTENT[file], f"get {file}: {said[-300:]!r}")


def put(client):
    name, content = f"{ident()}.txt", "\n".join(words(5, 12) for _ in range(rng.randint(1, 25))) + "\n"
    Path(name).write_text(content)
    said = client.ask(f"put {name}")
    right(f"putting file {name}" in said, f"put: {said[-300:]!r}")
    said = client.ask(f"get {name} back")
    same("back", content, f"get what was put there: {said[-300:]!r}")
    said = client.ask(f"rm {name}")
    right("NT_STATUS" not in said, f"rm: {said[-300:]!r}")


def missing(client):
    name = f"{ident()}.txt"
    said = client.ask(f"get {name}")
    right(f"NT_STATUS_OBJECT_NAME_NOT_FOUND opening remote file \\{name}" in said, f"get: {said[-300:]!r}")


play(Client, [listing, get, put, missing])
