"""Real database servers in a temporary folder, on a unix socket, as an unprivileged user. None of them outlives the tests."""

import glob
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from support import as_nobody, die_with_parent, run


class Server:
    def __init__(self):
        # The path of a unix socket has at most 107 bytes.
        room = None if len(tempfile.gettempdir()) < 70 else "/tmp"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="db.", dir=room))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody")
        self.process = None
        try:
            self.prepare()
            self.log = open(self.folder / "log", "wb")
            self.process = subprocess.Popen(as_nobody(self.command()), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                            cwd=self.folder, start_new_session=True, preexec_fn=die_with_parent, env=self.environment())
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def checked(self, command, **options):
        result = run(command, env=self.environment(), timeout=120, cwd=self.folder, **options)
        if result.status != 0:
            raise AssertionError(f"expected it to succeed\n{result}")
        return result.out

    def wait_until_ready(self):
        stop = time.monotonic() + 60
        while run(self.ping(), env=self.environment()).status != 0:
            if time.monotonic() > stop or self.process.poll() is not None:
                raise AssertionError("the server did not start:\n" + (self.folder / "log").read_text(errors="replace")[-3000:])
            time.sleep(0.1)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process:
            self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgreSQL(Server):
    def tool(self, name):
        found = shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)), None)
        if not found:
            raise AssertionError(f"{name} is missing; Scripts/test installs postgresql")
        return found

    def prepare(self):
        self.checked(as_nobody([self.tool("initdb"), "--no-sync", "--auth=trust", "--username=rescue", "--encoding=UTF8", "--locale=C.UTF-8",
                                "-D", self.folder / "data"]))

    def command(self):
        return [self.tool("postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "listen_addresses=", "-c", "fsync=off"]

    def ping(self):
        return [self.tool("pg_isready"), "-q", "-h", str(self.folder)]

    def client(self, database, *options):
        return [self.tool("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", "rescue", "-d", database, *options]

    def load(self, database, file):
        self.checked(self.client("postgres", "-c", f"CREATE DATABASE {database}"))
        return self.checked(self.client(database, "-f", file))

    def rows(self, database, query):
        """Values as text, None for null."""
        out = self.checked(self.client(database, "-A", "-t", "-z", "-R", "\x1e", "-P", "null=\x01", "-c", query))
        return split_rows(out.rstrip("\n"), "\0", "\x1e", "\x01")


class MariaDB(Server):
    def prepare(self):
        self.checked(as_nobody(["mariadb-install-db", "--no-defaults", f"--datadir={self.folder}/data", "--auth-root-authentication-method=normal",
                                "--skip-test-db"]))

    def command(self):
        server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        return [server, "--no-defaults", f"--datadir={self.folder}/data", f"--socket={self.folder}/socket", "--skip-networking",
                "--skip-grant-tables", f"--pid-file={self.folder}/pid", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"]

    def ping(self):
        return self.client("", "-e", "SELECT 1")

    def client(self, database, *options):
        return ["mariadb", "--no-defaults", f"--socket={self.folder}/socket", "--default-character-set=utf8mb4", *options, *([database] if database else [])]

    def load(self, database, file):
        self.checked(self.client("", "-e", f"CREATE DATABASE {database} CHARACTER SET utf8mb4"))
        return self.checked(self.client(database), input=pathlib.Path(file).read_bytes())

    def rows(self, database, query):
        out = self.checked(self.client(database, "--batch", "--skip-column-names", "-e", query))
        unescape = {"\\n": "\n", "\\t": "\t", "\\0": "\0", "\\\\": "\\"}
        rows = []
        for line in out.splitlines():
            cells = line.split("\t")
            rows.append([None if cell == "NULL" else unescaped(cell, unescape) for cell in cells])
        return rows


def unescaped(text, table):
    result, position = "", 0
    while position < len(text):
        pair = text[position:position + 2]
        result += table.get(pair, text[position])
        position += 2 if pair in table else 1
    return result


def split_rows(text, field, record, null):
    if not text:
        return []
    return [[None if cell == null else cell for cell in line.split(field)] for line in text.split(record)]
