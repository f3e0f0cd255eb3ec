"""`config inspect` and `config capture`: what is saved, and what an archive from anywhere may do to us."""

import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import subprocess
import tarfile
import unittest

from support import EndToEndTest, in_mount_namespace, run

VERSION = "7.14.0.3"


def old_system(root, version=VERSION, release="14.04"):
    """What a server leaves on its system disk, as far as the profile knows."""
    files = {
        "etc/passwd": "root:x:0:0::/root:/bin/sh\n", "etc/hostname": "recorder-7\n", "etc/hosts": "127.0.0.1 localhost\n",
        "etc/os-release": f'ID=ubuntu\nVERSION_ID="{release}"\nPRETTY_NAME="Ubuntu {release} LTS"\n',
        "etc/lsb-release": f"DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE={release}\nDISTRIB_CODENAME=trusty\n",
        "var/lib/dpkg/status": f"Package: camtrace\nStatus: install ok installed\nVersion: {version}\n\n",
        "etc/fstab": "UUID=1111-2222 / ext4 defaults 0 1\n", "etc/network/interfaces": "auto eth0\niface eth0 inet dhcp\n",
        "etc/camtrace/cameras.xml": "<cameras><camera id='31'/></cameras>\n" * 400, "etc/camtrace/users/admin": "secret\n",
        "var/backups/camtrace.sql": "INSERT INTO segment VALUES (1);\n" * 20000, "etc/cron.d/camtrace": "0 3 * * * root true\n",
        "etc/ssh/ssh_host_rsa_key": "-----BEGIN KEY-----\n", "etc/apache2/sites-available/été.conf": "Listen 80\n",
        "etc/camtrace/" + "long-" * 30 + "/" + "name-" * 30 + ".conf": "x\n", "srv/other": "not ours\n",
    }
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, ns=(1_540_000_000_123_456_789, 1_540_000_000_123_456_789))
    (root / "etc/ssh/ssh_host_rsa_key").chmod(0o600)
    (root / "etc/resolv.conf").symlink_to("/run/resolvconf/resolv.conf")
    return root


class ConfigTest(EndToEndTest):
    def capture(self, root, name="config.tgz", status=0, **options):
        archive = self.folder / name
        result = self.program("config", "capture", root, "--output", archive, "--json", status=status, **options)
        return archive, self.parse_json(result)

    def inspect(self, archive, status=0):
        return self.parse_json(self.program("config", "inspect", archive, "--json", status=status))

    def archive(self, build, name="odd.tar"):
        """A tar archive written by Python's tarfile."""
        file = self.folder / name
        with tarfile.open(file, "w") as tar:
            build(tar)
        return file


def add(tar, name, data=b"x", **fields):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    for key, value in fields.items():
        setattr(member, key, value)
    tar.addfile(member, io.BytesIO(data))


class CaptureTest(ConfigTest):
    def test_gnu_tar_gets_back_what_was_saved(self):
        root = old_system(self.folder / "old")
        archive, said = self.capture(root)
        self.assertEqual((said["version"], said["hostName"], said["missingGroups"]), (VERSION, "recorder-7", []))
        self.assertEqual(archive.stat().st_mode & 0o777, 0o600, "it holds passwords")
        out = self.folder / "out"
        out.mkdir()
        result = run(["tar", "--warning=all", "-xpzf", archive, "-C", out])
        self.assertEqual((result.status, result.err), (0, ""), "expected GNU tar to read it without a word")
        saved = [name for name in out.rglob("*") if not name.is_dir() and name.name != "manifest.json"]
        self.assertEqual(len(saved), 12)
        for file in saved:
            source = root / file.relative_to(out)
            if source.is_symlink():
                self.assertEqual(os.readlink(file), os.readlink(source))
                continue
            self.assertEqual(file.read_bytes(), source.read_bytes(), file)
            self.assertEqual((file.stat().st_mode, file.stat().st_mtime_ns), (source.stat().st_mode, source.stat().st_mtime_ns), file)
        self.assertFalse((out / "srv").exists())
        self.assertEqual(subprocess.run(["gzip", "-t", archive]).returncode, 0)

    def test_python_reads_it_and_its_manifest_is_true(self):
        archive, _ = self.capture(old_system(self.folder / "old"))
        with tarfile.open(archive) as tar:
            members = {member.name.rstrip("/"): member for member in tar.getmembers()}
            self.assertEqual(tar.getnames()[0], "manifest.json")
            manifest = json.load(tar.extractfile("manifest.json"))
            self.assertEqual(set(members) - {"manifest.json"}, {member["path"] for member in manifest["members"]})
            for member in manifest["members"]:
                if member["kind"] == "file":
                    self.assertEqual(hashlib.sha256(tar.extractfile(member["path"]).read()).hexdigest(), member["sha256"])
        paths = [member["path"] for member in manifest["members"]]
        self.assertEqual(paths, sorted(paths, key=lambda path: path.encode()))

    def test_the_same_system_gives_the_same_archive_but_for_its_time(self):
        root = old_system(self.folder / "old")
        one, _ = self.capture(root, "one.tgz")
        two, _ = self.capture(root, "two.tgz")

        def members(archive):
            with tarfile.open(archive) as tar:
                return [(member.name, member.get_info(), tar.extractfile(member).read() if member.isfile() else b"")
                        for member in tar.getmembers() if member.name != "manifest.json"]
        self.assertEqual(members(one), members(two))

    def test_what_is_missing_or_unreadable_is_told(self):
        root = old_system(self.folder / "old")
        (root / "var/backups/camtrace.sql").unlink()
        (root / "etc/camtrace/su").write_text("x")
        (root / "etc/camtrace/su").chmod(0o4755)
        os.mkfifo(root / "etc/camtrace-pipe")
        (self.folder / "elsewhere/conf").mkdir(parents=True)
        (self.folder / "elsewhere/conf/secret").write_text("not below the root")
        (root / "opt").mkdir()
        (root / "opt/camtrace").symlink_to("/elsewhere")
        (root / "elsewhere/conf").mkdir(parents=True)
        (root / "elsewhere/conf/behind").write_text("x")
        (root / "usr/local").mkdir(parents=True)
        (root / "usr/local/camtrace").symlink_to(self.folder / "elsewhere")
        with open(os.fsencode(root / "etc/camtrace") + b"/cam\xe9ra.conf", "wb") as strange:
            strange.write(b"x")
        archive, said = self.capture(root, status=3, name="strange.tgz")
        self.assertIn("etc/camtrace/cam%E9ra.conf was not saved: its name is no UTF-8.", said["losses"])
        words = self.program("config", "capture", root, "--output", self.folder / "words.tgz", "--language", "fr", status=3).out
        self.assertIn("1 nom n'est pas en UTF-8", words)
        self.assertIn("\n  etc/camtrace/cam%E9ra.conf\n", words)
        os.unlink(os.fsencode(root / "etc/camtrace") + b"/cam\xe9ra.conf")
        archive, said = self.capture(root, status=3)
        self.assertEqual(said["missingGroups"], ["index"])
        self.assertEqual(len(said["losses"]), 3, said)
        self.assertIn("opt/camtrace/conf/behind lies behind a link, which was not followed.", said["losses"])
        self.assertNotIn("secret", json.dumps(self.inspect(archive)["members"]).replace("users/admin", ""))

    def test_a_disk_that_fails_in_the_middle_of_a_file(self):
        root = old_system(self.folder / "old")
        dump = root / "var/backups/camtrace.sql"
        hosts = root / "etc/hosts"

        def failing(file, first):
            return lambda command: ["strace", "-f", "-qq", "-o", "/dev/null", "-P", file, "-e", "trace=pread64", "-e",
                                    f"inject=pread64:error=EIO:when={first}+", *command]
        archive, said = self.capture(root, "cut.tgz", status=3, wrap=failing(dump, 2))
        self.assertEqual(said["losses"], ["Only the first 256 KiB of var/backups/camtrace.sql could be read: the disk answers with an error."])
        with tarfile.open(archive) as tar:
            self.assertEqual(tar.extractfile("var/backups/camtrace.sql").read(), dump.read_bytes()[:256 << 10])
        said = self.inspect(archive, status=3)
        self.assertEqual([member["path"] for member in said["members"] if member["incomplete"]], ["var/backups/camtrace.sql"])
        self.assertTrue(said["sound"])
        _, said = self.capture(root, "gone.tgz", status=3, wrap=failing(hosts, 1))
        self.assertEqual(said["losses"], ["etc/hosts could not be read: the disk answers with an error."])

    def test_keeps_the_ledger_where_one_is_named(self):
        root = old_system(self.folder / "old")
        self.capture(root, env=None, name="a.tgz")
        self.program("config", "capture", root, "--output", self.folder / "b.tgz", "--session", self.folder / "session")
        steps = [json.loads(line) for line in (self.folder / "session/ledger.jsonl").read_text().splitlines()]
        self.assertEqual([(step["step"], step["state"]) for step in steps], [("begin", "done"), ("capture", "intended"), ("capture", "done")])

    def test_refuses_what_would_harm(self):
        root = old_system(self.folder / "old")
        self.refused("config", "capture", root, "--output", root / "config.tgz", status=6)
        self.refused("config", "capture", self.folder / "nothing", "--output", self.folder / "a.tgz", status=5)
        empty = self.folder / "empty"
        empty.mkdir()
        self.refused("config", "capture", empty, "--output", self.folder / "a.tgz", status=5, says="holds nothing of a configuration")
        archive, _ = self.capture(root)
        self.refused("config", "capture", root, "--output", archive, status=6)
        self.assertEqual(sorted(name.name for name in self.folder.iterdir()), ["config.tgz", "empty", "home", "old"])

    def test_a_full_disk_leaves_nothing(self):
        root = old_system(self.folder / "old")
        (root / "var/backups/noise.sql").write_bytes(random.Random(1).randbytes(3 << 20))
        small = self.folder / "small"
        small.mkdir()
        self.refused("config", "capture", root, "--output", small / "config.tgz", status=6,
                     wrap=lambda command: in_mount_namespace(f"mount -t tmpfs -o size=1M none {small}", command))

    def test_speaks_french(self):
        root = old_system(self.folder / "old")
        result = self.program("config", "capture", root, "--output", self.folder / "c.tgz", "--language", "fr")
        self.assertIn("identité et réseau", result.out)
        self.assertIn("mots de passe", result.out)
        self.assertIn("est ce que dit le manifeste", self.program("config", "inspect", self.folder / "c.tgz", "--language", "fr").out)


class InspectTest(ConfigTest):
    def test_says_what_a_capture_holds(self):
        archive, _ = self.capture(old_system(self.folder / "old"))
        said = self.inspect(archive)
        self.assertEqual((said["kind"], said["version"], said["sound"]), ("capture", VERSION, True))
        self.assertEqual([(group["name"], group["files"] > 0) for group in said["groups"]],
                         [(name, True) for name in ("identity", "storage", "index", "cameras", "services")])
        text = self.program("config", "inspect", archive).out
        self.assertIn("Every member is what the manifest says.", text)

    def test_reads_what_gnu_tar_writes(self):
        root = old_system(self.folder / "old")
        for form in ("v7", "oldgnu", "gnu", "ustar", "posix"):
            archive = self.folder / f"{form}.tgz"
            # v7 and ustar cannot hold the long name.
            skip = ["--exclude=etc/camtrace/long-*"] if form in ("v7", "ustar") else []
            made = run(["tar", f"--format={form}", "-czf", archive, "-C", root, *skip, "etc", "var"])
            self.assertEqual(made.status, 0, made)
            said = self.inspect(archive, status=3)
            self.assertEqual([danger["code"] for danger in said["dangers"]], ["link-leads-out"], "etc/resolv.conf")
            self.assertEqual((said["kind"], said["hostName"]), ("backup", "recorder-7"), form)
            names = run(["tar", "-tzf", archive, "--quoting-style=literal"]).out.splitlines()
            self.assertEqual([member["path"] for member in said["members"]], [name.rstrip("/") for name in names], form)

    def test_finds_the_version_of_a_foreign_backup(self):
        archive = self.archive(lambda tar: [add(tar, "backup/conf/VERSION", b"CamTrace 7.14.0.2\n"), add(tar, "backup/db.sql")])
        self.assertEqual(self.inspect(archive)["version"], "7.14.0.2")
        self.assertIn("what it lacks cannot be told", self.program("config", "inspect", archive).out)
        archive = self.archive(lambda tar: add(tar, "db"), "camtrace-config-7.14.0.3-20190102.tar")
        self.assertEqual(self.inspect(archive)["version"], "7.14.0.3")
        archive = self.archive(lambda tar: add(tar, "version", b"7.14.0.2"), "camtrace-7.14.0.3.tar")
        self.assertIsNone(self.inspect(archive)["version"])

    def test_lists_every_danger(self):
        def build(tar):
            add(tar, "../../etc/passwd")
            add(tar, "/etc/shadow")
            add(tar, "out", b"", type=tarfile.SYMTYPE, linkname="../../x")
            add(tar, "root", b"", type=tarfile.SYMTYPE, linkname="/etc")
            add(tar, "root/passwd")
            add(tar, "in", b"", type=tarfile.SYMTYPE, linkname="a/../b")
            add(tar, "hard", b"", type=tarfile.LNKTYPE, linkname="/etc/passwd")
            add(tar, "sda", b"", type=tarfile.BLKTYPE, devmajor=8)
            add(tar, "pipe", b"", type=tarfile.FIFOTYPE)
            add(tar, "su", mode=0o4755)
            add(tar, "twice")
            add(tar, "twice")
            add(tar, "\x1b[2J")
        said = self.inspect(self.archive(build), status=3)
        self.assertEqual([danger["code"] for danger in said["dangers"]],
                         ["climbs", "absolute", "link-leads-out", "link-leads-out", "through-link", "hard-link", "device", "fifo", "setuid",
                          "twice", "strange-name"])
        for language in ("en", "fr"):
            text = self.program("config", "inspect", self.folder / "odd.tar", "--language", language, status=3).out
            self.assertNotIn("\x1b", text)

    def rewritten(self, change):
        """Our own capture, its members changed by `change(list of (TarInfo, bytes))`."""
        archive = self.folder / "config.tgz"
        if not archive.exists():
            self.capture(old_system(self.folder / "old"))
        with tarfile.open(archive) as tar:
            members = [[member, tar.extractfile(member).read() if member.isfile() else b""] for member in tar.getmembers()]
        change(members)
        file = self.folder / "changed.tgz"
        with tarfile.open(file, "w:gz", format=tarfile.PAX_FORMAT) as tar:
            for member, data in members:
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        return self.inspect(file, status=(0, 3))

    def test_a_manifest_that_lies(self):
        def at(members, name):
            return next(index for index, (member, _) in enumerate(members) if member.name == name)
        self.assertEqual(self.rewritten(lambda members: None)["lies"], [], "unchanged, it tells no lie")
        cases = {
            "missing": lambda members: members.pop(at(members, "etc/hosts")),
            "extra": lambda members: members.append([tarfile.TarInfo("etc/extra"), b"x"]),
            "other-hash": lambda members: members[at(members, "etc/hosts")].__setitem__(1, b"127.0.0.2 localhost\n"),
            "other-size": lambda members: members[at(members, "etc/hosts")].__setitem__(1, b"1"),
            "other-attributes": lambda members: setattr(members[at(members, "etc/hosts")][0], "mode", 0o777),
            "other-kind": lambda members: members.__setitem__(at(members, "etc/hosts"), [tarfile.TarInfo("etc/hosts/"), b""]),
        }
        for code, change in cases.items():
            if code == "other-kind":
                def change(members):
                    member = members[at(members, "etc/hosts")]
                    member[0].type, member[0].linkname, member[1] = tarfile.SYMTYPE, "x", b""
            said = self.rewritten(change)
            self.assertEqual([lie["code"] for lie in said["lies"]], [code])
            self.assertFalse(said["sound"])

    def test_no_archive(self):
        for name, data in {"empty": b"", "text": b"hello\n" * 500, "zeroes": bytes(4096), "gzip-of-text": gzip.compress(b"hello\n" * 500)}.items():
            file = self.folder / name
            file.write_bytes(data)
            self.refused("config", "inspect", file, status=5, says="is no tar archive")
        self.refused("config", "inspect", self.folder, status=5)
        self.refused("config", "inspect", self.folder / "absent", status=5)

    def test_damaged(self):
        archive, _ = self.capture(old_system(self.folder / "old"))
        whole = archive.read_bytes()
        plain = gzip.decompress(whole)
        cut = self.folder / "cut"
        for data in (whole[:-1], whole[:len(whole) // 2], plain[:-1024], plain[:70000], plain[:512 * 40]):
            cut.write_bytes(data)
            self.assertIsNotNone(self.inspect(cut, status=3)["damage"])
        cut.write_bytes(plain[:1024 * 30] + b"\xff" * 512 + plain[1024 * 30 + 512:])
        self.inspect(cut, status=3)
        flipped = bytearray(whole)
        flipped[len(flipped) // 2] ^= 0x10
        cut.write_bytes(flipped)
        self.assertIsNotNone(self.inspect(cut, status=3)["damage"])

    def test_any_bytes_end_in_a_sentence(self):
        archive, _ = self.capture(old_system(self.folder / "old"))
        plain = bytearray(gzip.decompress(archive.read_bytes())[:40000])
        rng = random.Random(7)
        file = self.folder / "mutated.tar"
        for _ in range(60):
            mutated = bytearray(plain)
            for _ in range(rng.randrange(1, 12)):
                # Where headers are, with their sum made right again so that what lies behind it is reached.
                block = 512 * rng.randrange(len(mutated) // 512)
                mutated[block + rng.randrange(512)] = rng.choice([0, 0x80, 0xFF, 0x2F, 0x39, rng.randrange(256)])
                head = mutated[block:block + 512]
                mutated[block + 148:block + 156] = b"%06o\0 " % (sum(head[:148]) + 256 + sum(head[156:512]))
            file.write_bytes(mutated)
            self.program("config", "inspect", file, status=(0, 3, 5))

    def test_a_terabyte_of_zeroes(self):
        bomb = self.folder / "bomb.tgz"
        head = tarfile.TarInfo("dump.sql")
        head.size = 1 << 40
        with gzip.open(bomb, "wb", compresslevel=1) as out:
            out.write(head.tobuf(tarfile.GNU_FORMAT))
        self.refused("config", "inspect", bomb, status=5, says="no configuration does")
        head.size = 4 << 30
        with gzip.open(bomb, "wb", compresslevel=1) as out:
            out.write(head.tobuf(tarfile.GNU_FORMAT))
            for _ in range(300):
                out.write(bytes(1 << 20))
        self.refused("config", "inspect", bomb, status=5, says="no configuration does")
        sparse = self.folder / "sparse"
        with open(sparse, "wb") as out:
            out.write(head.tobuf(tarfile.GNU_FORMAT))
            out.truncate(1 << 40)
        # Its hash would take an hour: what is larger than a configuration is not read.
        self.refused("config", "inspect", sparse, status=5, says="no configuration does")

    def test_too_many_members(self):
        def build(tar):
            for number in range(100_001):
                tar.addfile(tarfile.TarInfo(f"f{number}"))
        self.refused("config", "inspect", self.archive(build), status=5, says="members")


if __name__ == "__main__":
    unittest.main()
