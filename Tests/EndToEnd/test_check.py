"""The precautions before a migration, as far as a disk tells: each one met, and each one missing."""

import os
import shutil
import time

from support import EndToEndTest, corpus_file, truth

STATUS = """Package: libc6
Status: install ok installed
Maintainer: Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>
Version: 2.19-0ubuntu6

Package: camtrace-server
Status: install ok installed
Maintainer: somebody
Version: 7.14.0.3
"""


class MigrationCheck(EndToEndTest):
    def server(self, release="14.04", codename="trusty", status=STATUS, sources="trusty"):
        root = self.folder / "server"
        for folder in ("etc/apt", "var/lib/dpkg", "sbin", "root"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
        (root / "sbin/init").write_text("")
        (root / "etc/lsb-release").write_text(
            f'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE={release}\nDISTRIB_CODENAME={codename}\nDISTRIB_DESCRIPTION="Ubuntu {release} LTS"\n')
        (root / "etc/apt/sources.list").write_text("".join(f"deb http://archive.ubuntu.com/ubuntu {name} main\n" for name in sources.split()))
        (root / "var/lib/dpkg/status").write_text(status)
        (root / "etc/fstab").write_text("UUID=1 / ext4 defaults 0 1\nUUID=2 /data xfs defaults 0 0\nproc /proc proc defaults 0 0\n")
        (root / "root/conf-camtrace.tgz").write_bytes(b"backup")
        return root

    def check(self, root, *options, status):
        document = self.parse_json(self.program("check", "camtrace-migration", "--root", root, "--json", *options, status=status))
        return {row["id"]: row["verdict"] for row in document["checks"]}, document

    def index(self):
        """Of recordings in a folder that says they are protected."""
        entry = next(entry for entry in truth() if entry["camera"] == "mp4h264" and entry["damage"] == "healthy")
        source = self.folder / "recordings"
        for kind, hours in (("regular", range(8, 14)), ("protected", range(14, 17))):
            for camera in ("cam1", "cam2", "cam3"):
                target = source / kind / camera / "2026-01-02"
                target.mkdir(parents=True)
                for hour in hours:
                    shutil.copy2(corpus_file(entry), target / f"{hour:02}.00.00.mp4")
        return self.build_index(source)

    def test_a_server_that_is_ready(self):
        verdicts, document = self.check(self.server(), status=3)
        unknown = {name for name, verdict in verdicts.items() if verdict != "good"}
        # Only an index tells of protected recordings.
        self.assertEqual(unknown, {"protected-recordings"}, document)
        index, out = self.index(), self.folder / "out"
        self.program("extract", "--index", index.file, "--protected-only", "--output", out, "--no-progress")
        verdicts, document = self.check(self.server(), "--index", index.file, "--exported", out, status=0)
        self.assertTrue(document["ready"])

    def test_every_precaution_that_is_missing(self):
        def verdict(name, *options, **changes):
            shutil.rmtree(self.folder / "server", ignore_errors=True)
            return self.check(self.server(**changes), *options, status=3)[0].get(name)
        self.assertEqual(verdict("version", status=STATUS.replace("7.14.0.3", "7.13.0.1")), "bad")
        self.assertEqual(verdict("version", status=STATUS.split("\n\n")[0] + "\n"), "unknown")
        self.assertEqual(verdict("release", release="16.04", codename="xenial"), "bad")
        self.assertEqual(verdict("state", sources="trusty xenial"), "bad")
        self.assertEqual(verdict("packages", status=STATUS.replace("ok installed\nM", "ok half-configured\nM", 1)), "bad")
        self.assertEqual(verdict("held-packages", status=STATUS.replace("install ok", "hold ok", 1)), "warning")
        foreign = STATUS + "\nPackage: teamviewer\nStatus: install ok installed\nMaintainer: TeamViewer GmbH\nVersion: 15\n"
        self.assertEqual(verdict("foreign-packages", status=foreign), "warning")

    def test_backups_and_their_age(self):
        root = self.server()
        backup = root / "root/conf-camtrace.tgz"
        old = time.time() - 40 * 86400
        os.utime(backup, (old, old))
        verdicts, document = self.check(root, status=3)
        self.assertEqual(verdicts["configuration-backup"], "warning")
        self.assertIn("40 days", str(document))
        backup.unlink()
        self.assertEqual(self.check(root, status=3)[0]["configuration-backup"], "bad")
        elsewhere = self.folder / "elsewhere.tgz"
        elsewhere.write_bytes(b"x")
        self.assertEqual(self.check(root, "--backup", elsewhere, status=3)[0]["configuration-backup"], "good")

    def test_one_volume_for_both(self):
        root = self.server()
        source, _ = self.tree()
        shutil.copytree(source, root / "srv/video")
        for number in range(3):
            shutil.copy2(next(source.rglob("*.mp4")), root / f"srv/video/{number}.mp4")
        self.assertEqual(self.check(root, status=3)[0]["layout"], "warning")

    def test_protected_recordings(self):
        index = self.index()
        count = index.value("SELECT COUNT(*) FROM segment WHERE protected = 1")
        self.assertEqual(count, 9, "expected the folder to say that they are protected")
        root = self.server()
        self.assertEqual(self.check(root, "--index", index.file, status=3)[0]["protected-recordings"], "bad")
        out = self.folder / "out"
        self.program("extract", "--index", index.file, "--protected-only", "--output", out, "--no-progress")
        verdicts, document = self.check(root, "--index", index.file, "--exported", out, status=0)
        self.assertEqual(verdicts["protected-recordings"], "good")

    def test_that_nothing_is_protected_is_never_proven(self):
        source, _ = self.tree()
        index = self.build_index(source)
        verdicts, document = self.check(self.server(), "--index", index.file, status=3)
        self.assertEqual(verdicts["protected-recordings"], "unknown")
        self.assertIn("proves nothing", str(document))

    def test_in_words(self):
        root = self.server(sources="trusty xenial")
        for language, word in (("en", "Do not migrate yet"), ("fr", "Ne migrez pas encore")):
            text = self.program("check", "camtrace-migration", "--root", root, "--language", language, status=3).out
            self.assertIn(word, text)
            self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_what_is_no_system(self):
        self.refused("check", "camtrace-migration", "--root", self.folder / "nowhere", status=5)
        self.refused("check", "camtrace-migration", "--root", self.folder, status=5)
        (self.folder / "profile.json").write_text("{}")
        self.refused("check", "camtrace-migration", "--root", self.server(), "--profile", self.folder / "profile.json", status=64)
