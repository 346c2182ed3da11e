"""A file read, the folder listed, files put there, folders made and removed, over one control connection."""
from mix import *

who = f"{word()}@{word()}.example"


class Control(Wire):
    folder = "/"

    def ask(self, line, pattern):
        self.send(line.encode() + b"\r\n")
        return self.reply(line, pattern)

    def reply(self, line, pattern):
        said = b""
        while not re.search(rb"^\d{3} [^\n]*\n\Z", said, re.M):
            said += self.until(b"\n")
        match = re.fullmatch(pattern, said.decode(errors="replace"))
        right(match, f"{line}: {said!r}")
        return match

    def move(self, folder):
        """Clients are relative where they start, and absolute later."""
        if self.folder != folder:
            self.ask(f"CWD {'incoming' if folder == '/incoming' and rng.random() < 0.5 else folder}", r"250 Directory successfully changed\.\r\n")
        self.folder = folder

    def data(self, kind):
        said = self.ask("EPSV", r"229 Entering Extended Passive Mode \(\|\|\|(\d+)\|\)\r\n")
        wire = Wire(int(said[1]))
        self.ask(f"TYPE {kind}", rf"200 Switching to {'ASCII' if kind == 'A' else 'Binary'} mode\.\r\n")
        return wire


def connect():
    control = Control(21)
    control.reply("the greeting", r"220 \(vsFTPd 3\.0\.\d\)\r\n")
    if rng.random() < 0.5:
        control.ask("FEAT", r"211-Features:\r\n( [A-Z ]+\r\n)+211 End\r\n")
    control.ask("USER anonymous", r"331 Please specify the password\.\r\n")
    control.ask(f"PASS {who}", r"230 Login successful\.\r\n")
    control.ask("PWD", r'257 "/" is the current directory\r\n')
    return control


def read(control):
    control.move("/")
    data = control.data("I")
    control.ask("SIZE README", r"213 23\r\n")
    control.ask("RETR README", r"150 Opening BINARY mode data connection for README \(23 bytes\)\.\r\n")
    said = data.rest()
    right(said == b"welcome to the archive\n", f"README: {said!r}")
    control.reply("the end of README", r"226 Transfer complete\.\r\n")


def listing(control):
    control.move("/")
    data = control.data("A")
    control.ask("LIST", r"150 Here comes the directory listing\.\r\n")
    said = data.rest().decode(errors="replace")
    right(re.search(r"^-r\S+ .*\b23 .* README\r$", said, re.M) and re.search(r"^d\S+ .* incoming\r$", said, re.M), f"listing: {said!r}")
    control.reply("the end of the listing", r"226 Directory send OK\.\r\n")


def upload(control):
    control.move("/incoming")
    data = control.data("I")
    control.ask(f"STOR {ident()}.txt", r"150 Ok to send data\.\r\n")
    data.send((words(5, 30) + "\n").encode())
    data.close()
    control.reply("the end of the upload", r"226 Transfer complete\.\r\n")


def folder(control):
    control.move("/incoming")
    control.ask(f"MKD {(name := ident())}", rf'257 "/incoming/{name}" created\r\n')
    control.ask(f"RMD {name}", r"250 Remove directory operation successful\.\r\n")


play(connect, [read, listing, upload, folder])
