"""`config restore` and `config rollback`: the guard in every wrong order, and a restore that is killed at any moment."""

import fcntl
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tarfile
import unittest

from support import PROGRAM, EndToEndTest, run
from test_config import ConfigTest, add, old_system

KEPT = "var/lib/camtrace-rescue"


def snapshot(root, besides=()):
    """Everything of a tree that a rollback must bring back."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in [".", *folders, *files]:
            path = os.path.normpath(os.path.join(folder, name))
            status = os.lstat(path)
            relative = os.path.relpath(path, root)
            kind = "link" if os.path.islink(path) else "folder" if os.path.isdir(path) else "file"
            content = os.readlink(path) if kind == "link" else hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest() if kind == "file" else ""
            attributes = {key: os.getxattr(path, key, follow_symlinks=False) for key in os.listxattr(path, follow_symlinks=False)}
            time = 0 if relative in besides else status.st_mtime_ns
            found[relative] = (kind, status.st_mode, status.st_uid, status.st_gid, time, content, str(attributes))
    return found


class RestoreTest(ConfigTest):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("mounting needs root")

    def setUp(self):
        super().setUp()
        self.session = self.folder / "session"
        self.mounts = self.folder / "mnt"
        self.addCleanup(self.unmount_all)
        self.new = old_system(self.folder / "new")
        (self.new / "etc/hostname").write_text("fresh\n")
        os.setxattr(self.new / "etc/hostname", "user.note", b"by hand")
        os.chown(self.new / "etc/hostname", 12, 34)
        (self.new / "etc/fstab").write_text("UUID=new / ext4 defaults 0 1\n")
        (self.new / "etc/resolv.conf").unlink()
        (self.new / "etc/resolv.conf").symlink_to("../elsewhere")
        os.utime(self.new / "etc/resolv.conf", ns=(5, 1_400_000_000_000_000_007), follow_symlinks=False)
        shutil.rmtree(self.new / "etc/camtrace")
        shutil.rmtree(self.new / "var/backups")
        (self.new / "root").mkdir()

    def unmount_all(self):
        self.program("unmount", "--all", "--session", self.session, status=(0, 3, 5, 6))
        if self.mounts.exists():
            for place in self.mounts.iterdir():
                subprocess.run(["umount", place], stderr=subprocess.DEVNULL)

    def disk(self, name="data1.img", uuid=None):
        """A data volume with recordings."""
        films = self.folder / "films"
        if not films.exists():
            films.mkdir()
            made = run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=10", "-t", "1", "-c:v", "mpeg4",
                        films / "1.mp4"])
            self.assertEqual(made.status, 0, made)
            for number in (2, 3, 4):
                shutil.copy(films / "1.mp4", films / f"{number}.mp4")
        image = self.folder / name
        image.unlink(missing_ok=True)
        with open(image, "wb") as out:
            out.truncate(16 << 20)
        made = run(["mkfs.ext4", "-q", *(["-U", uuid] if uuid else []), "-d", films, image])
        self.assertEqual(made.status, 0, made)
        return image

    def uuid(self, image):
        return run(["blkid", "-p", "-s", "UUID", "-o", "value", image]).out.strip()

    def mount(self, *images, **options):
        return self.program("mount", *images, "--at", self.mounts, "--session", self.session, **options)

    def saved(self, version=None):
        root = old_system(self.folder / "old", **({"version": version} if version else {}))
        archive = self.folder / f"config-{version}.tgz"
        self.program("config", "capture", root, "--output", archive)
        shutil.rmtree(root)
        return archive

    def restore(self, archive, *options, status=0, **others):
        return self.program("config", "restore", archive, "--target", self.new, "--session", self.session, *options, status=status, **others)

    def rollback(self, status=0):
        return self.program("config", "rollback", "--target", self.new, "--session", self.session, status=status)

    def no(self, archive, *options, says, status=4):
        before = snapshot(self.new)
        for language in ("en", "fr"):
            result = self.refused("config", "restore", archive, "--target", self.new, "--session", self.session, "--language", language,
                                  *options, status=status, says=says if language == "en" else None)
            self.assertNotRegex(result.err, r"SeenVolume|GuardRefusal|Optional", result)
        self.assertEqual(snapshot(self.new), before, "a refused restore changed something")
        return result

    def ledger(self):
        return [json.loads(line) for line in (self.session / "ledger.jsonl").read_text().splitlines()]


class GuardTest(RestoreTest):
    def test_every_wrong_order(self):
        archive = self.saved()
        self.no(archive, says="camtrace-rescue mount --all")
        one, two = self.disk("data1.img"), self.disk("data2.img")
        self.mount(one, two)
        self.program("unmount", two, "--session", self.session)
        self.no(archive, says=f"camtrace-rescue mount --session {self.session} {two}")
        self.mount(two)
        self.program("unmount", "--all", "--session", self.session)
        self.no(archive, says=f"camtrace-rescue mount --session {self.session} {one}")
        refusals = [entry for entry in self.ledger() if entry["step"] == "restore"]
        self.assertEqual({entry["state"] for entry in refusals}, {"refused"})
        self.assertIn("is not mounted", refusals[-1]["text"])
        # The last one was read in French.
        self.assertIn("n'est pas monté", refusals[-1]["told"])
        shown = self.program("session", "show", "--session", self.session, "--language", "fr").out
        self.assertIn("refusé :", shown)
        self.assertNotIn("is not mounted", refusals[-1]["told"])
        self.mount(one, two)
        self.restore(archive)
        self.assertEqual((self.new / "etc/hostname").read_text(), "recorder-7\n")
        self.assertEqual([entry["state"] for entry in self.ledger() if entry["step"] == "restore"][-2:], ["intended", "done"])

    def test_what_detect_or_triage_saw_counts_too(self):
        archive = self.saved()
        one, two = self.disk("data1.img"), self.disk("data2.img")
        for command in ("detect", "triage"):
            shutil.rmtree(self.session, ignore_errors=True)
            self.program(command, "--image", one, "--image", two, "--session", self.session)
            self.mount(one)
            self.no(archive, says=f"camtrace-rescue mount --session {self.session} {two}")
            self.unmount_all()

    def test_a_volume_whose_log_hides_its_recordings(self):
        archive = self.saved()
        one = self.disk("data1.img")
        dirty, place = self.folder / "dirty.img", self.folder / "writing"
        with open(dirty, "wb") as out:
            out.truncate(320 << 20)
        place.mkdir()
        for command in (["mkfs.xfs", "-q", dirty], ["mount", "-o", "loop", dirty, place], ["cp", "-r", self.folder / "films", place],
                        ["xfs_io", "-x", "-c", "shutdown -f", place], ["umount", place]):
            self.assertEqual(run(command, env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}).status, 0, command)
        result = self.mount(one, dirty)
        self.assertIn("not unmounted cleanly", result.out)
        self.no(archive, says=str(dirty))
        self.program("unmount", dirty, "--session", self.session)
        self.no(archive, says=str(dirty))
        self.restore(archive, "--waive", self.uuid(dirty), "--because", "its copy is kept")

    def test_another_disk_under_the_same_name(self):
        archive = self.saved()
        image = self.disk()
        self.mount(image)
        self.program("unmount", "--all", "--session", self.session)
        first = self.uuid(image)
        self.disk()
        self.assertNotEqual(self.uuid(image), first)
        # Seen and mounted now is the other one; the first is still missing.
        self.mount(image)
        self.no(archive, says=f"{image}")

    def test_exchanged_while_it_is_mounted(self):
        archive = self.saved()
        image, other = self.disk(), self.disk("other.img")
        self.mount(image)
        image.rename(self.folder / "aside.img")
        shutil.copy(other, image)
        self.no(archive, says=str(image))
        image.unlink()
        (self.folder / "aside.img").rename(image)
        self.restore(archive)

    def test_unmounted_behind_our_back(self):
        archive = self.saved()
        self.mount(self.disk())
        for place in self.mounts.iterdir():
            self.assertEqual(run(["umount", place]).status, 0)
        self.no(archive, says="is not mounted")

    def test_a_volume_that_is_gone_is_waived_by_name(self):
        archive = self.saved()
        one, two = self.disk("data1.img"), self.disk("data2.img")
        self.mount(one, two)
        self.program("unmount", two, "--session", self.session)
        gone = self.uuid(two)
        two.unlink()
        self.no(archive, "--waive", gone, status=64, says="--because")
        self.no(archive, "--waive", "1234", "--because", "x", says="never saw a data volume 1234")
        self.no(archive, "--waive", self.uuid(one), "--because", "x", says="is not gone")
        self.restore(archive, "--waive", gone, "--because", "burnt")
        waived = [entry for entry in self.ledger() if entry["step"] == "waive"]
        self.assertEqual([(entry["text"], entry["volumes"][0]["uuid"]) for entry in waived], [("burnt", gone)])

    def test_versions(self):
        self.mount(self.disk())
        self.no(self.saved("7.14.0.2"), says="version 7.14.0.2, the reinstalled server of 7.14.0.3")
        same = self.saved("7.14.0.3")
        self.no(same, "--version", "7.14.0.2", says="--version says 7.14.0.2")
        status = self.new / "var/lib/dpkg/status"
        text = status.read_text()
        status.write_text("Package: bash\nStatus: install ok installed\nVersion: 1\n\n")
        self.no(same, says="holds no CamTrace")
        status.write_text(text)
        (self.new / "etc/passwd").rename(self.new / "etc/passwd-")
        self.no(same, says="holds no CamTrace")
        (self.new / "etc/passwd-").rename(self.new / "etc/passwd")
        self.restore(same)

    def test_targets(self):
        archive = self.saved()
        image = self.disk()
        self.mount(image)
        place = next(self.mounts.iterdir())
        run_at = lambda target, status, says, *more: self.refused(
            "config", "restore", archive, "--target", target, "--session", self.session, *more, status=status, says=says)
        run_at("/", 4, "--running-system")
        run_at(self.folder / "absent", 6, "cannot be opened")
        run_at(place, 4, "holds no CamTrace")
        self.refused("config", "rollback", "--target", place, "--session", self.session, status=6, says="only reads")
        self.refused("config", "rollback", "--target", self.new, "--session", self.session, status=5, says="Nothing was restored")
        busy = os.open(self.new, os.O_RDONLY)
        fcntl.flock(busy, fcntl.LOCK_EX)
        run_at(self.new, 6, "Another process restores")
        os.close(busy)
        outside = self.folder / "outside"
        outside.mkdir()
        (self.new / "etc/camtrace").symlink_to(outside)
        self.no(archive, status=6, says="etc/camtrace")
        self.assertEqual(list(outside.iterdir()), [])

    def test_archives_that_are_not_to_be_trusted(self):
        self.mount(self.disk())
        archive = self.saved()
        whole = archive.read_bytes()
        archive.write_bytes(whole[:-100])
        self.no(archive, status=5, says="config inspect")
        with tarfile.open(self.folder / "plain.tar", "w") as out, tarfile.open(self.folder / "source.tgz", "w:gz"):
            pass
        archive.write_bytes(whole)
        lying = self.folder / "lying.tar"
        lying.write_bytes(subprocess.run(["gzip", "-dc", archive], stdout=subprocess.PIPE).stdout)
        with tarfile.open(lying, "a") as out:
            add(out, "../../etc/passwd")
        self.no(lying, status=5, says="2 problems")


    def test_only_what_is_configuration_is_put_back(self):
        self.mount(self.disk())
        root = old_system(self.folder / "old")
        profile = json.loads((pathlib.Path(__file__).parents[2] / "Sources/CamTrace/Profiles/camtrace.json").read_text())
        profile["configuration"].append({"group": "more", "globs": ["srv/*", "etc/passwd", f"{KEPT}/*/*"]})
        (root / KEPT / "rollback-9").mkdir(parents=True)
        (root / KEPT / "rollback-9/journal.json").write_text("{}")
        wide = self.folder / "wide.json"
        wide.write_text(json.dumps(profile))
        archive = self.folder / "wide.tgz"
        self.program("config", "capture", root, "--output", archive, "--profile", wide)
        (self.new / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n")
        (self.new / "srv/other").unlink()
        said = self.parse_json(self.restore(archive, "--json", status=3))
        self.assertEqual(said["foreign"], ["etc/passwd", "srv/other", f"{KEPT}/rollback-9/journal.json"])
        self.assertEqual((self.new / "etc/passwd").read_text(), "root:x:0:0::/:/bin/sh\n")
        said = self.parse_json(self.restore(archive, "--profile", wide, "--json", status=3))
        self.assertEqual(said["foreign"], [f"{KEPT}/rollback-9/journal.json"])
        self.assertTrue((self.new / "srv/other").exists())


class BackupTest(RestoreTest):
    def backup(self, name="camtrace-config-7.14.0.3.tgz"):
        file = self.folder / name
        with tarfile.open(file, "w:gz") as out:
            add(out, "conf/cameras.db", b"whatever")
            add(out, "conf/link", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")
        return file

    def test_is_sealed_and_then_released(self):
        backup = self.backup()
        self.no(backup, says="camtrace-rescue mount --all")
        sealed = list((self.session / "sealed").iterdir())
        self.assertEqual([file.read_bytes() for file in sealed], [backup.read_bytes()])
        self.mount(self.disk())
        said = self.parse_json(self.restore(backup, "--json"))
        self.assertEqual(said["released"], str(self.new / "root" / backup.name))
        self.assertEqual((self.new / "root" / backup.name).read_bytes(), backup.read_bytes())
        self.assertIn("on its own page", self.restore(backup).out)
        out = self.folder / "usb.tgz"
        self.restore(backup, "--output", out)
        self.assertEqual(out.read_bytes(), backup.read_bytes())
        self.refused("config", "restore", backup, "--target", self.new, "--session", self.session, "--output", out, status=6)
        self.assertIn(("release", "done"), [(entry["step"], entry["state"]) for entry in self.ledger()])

    def test_without_a_version_a_person_says_it(self):
        backup = self.backup("backup.tgz")
        self.mount(self.disk())
        self.no(backup, says="--version 7.14.0.3")
        self.no(backup, "--version", "7.14.0.2", says="must be the same")
        self.restore(backup, "--version", "7.14.0.3")
        self.assertIn("version 7.14.0.3 as said by --version", self.ledger()[-1]["text"])


class TransactionTest(RestoreTest):
    def test_there_and_back(self):
        archive = self.saved()
        self.mount(self.disk())
        before = snapshot(self.new)
        plan = self.parse_json(self.restore(archive, "--dry-run", "--json"))
        self.assertEqual(snapshot(self.new), before, "a dry run changed something")
        self.assertIsNone(plan["guard"])
        for language, would, was in (("en", "would be written beside", "was written"), ("fr", "serait écrit à côté", "a été écrit")):
            words = self.restore(archive, "--dry-run", "--language", language).out
            self.assertIn(would, " ".join(words.split()))
            self.assertNotIn(was, " ".join(words.split()))
        # What the guard would say is said, and the ledger does not grow by it.
        self.unmount_all()
        lines = len(self.ledger())
        plan = self.parse_json(self.restore(archive, "--dry-run", "--json"))
        self.assertEqual(plan["guard"]["code"], "data-volume-not-mounted")
        self.assertIn("The guard would refuse this now.", self.restore(archive, "--dry-run").out)
        self.assertEqual(len(self.ledger()), lines)
        self.mount(self.folder / "data1.img")
        self.assertEqual(
            [(action["action"], action["path"]) for action in plan["actions"] if action["group"] in ("identity", "storage", "index")],
            [("replace", "etc/hostname"), ("same", "etc/hosts"), ("same", "etc/network/interfaces"), ("replace", "etc/resolv.conf"),
             ("same", "etc/ssh/ssh_host_rsa_key"), ("propose", "etc/fstab.from-capture"), ("make-folder", "var/backups"),
             ("create", "var/backups/camtrace.sql")])
        self.restore(archive)
        self.assertEqual((self.new / "etc/fstab").read_text(), "UUID=new / ext4 defaults 0 1\n")
        self.assertIn("1111-2222", (self.new / "etc/fstab.from-capture").read_text())
        self.assertEqual(os.readlink(self.new / "etc/resolv.conf"), "/run/resolvconf/resolv.conf")
        with tarfile.open(archive) as tar:
            for member in tar.getmembers():
                path = self.new / ("etc/fstab.from-capture" if member.name == "etc/fstab" else member.name)
                if member.isfile() and member.name != "manifest.json":
                    self.assertEqual(path.read_bytes(), tar.extractfile(member).read())
                    self.assertEqual((path.stat().st_mode & 0o7777, path.stat().st_uid), (member.mode, member.uid))
        after = snapshot(self.new)
        self.assertIn("already", self.restore(archive).out)
        self.assertEqual(snapshot(self.new), after)
        self.rollback()
        self.assertEqual(snapshot(self.new), before)

    def test_an_older_restore_stays_until_it_is_its_turn(self):
        archive = self.saved()
        self.mount(self.disk())
        before = snapshot(self.new)
        self.restore(archive)
        (self.new / "etc/hostname").write_text("again\n")
        between = snapshot(self.new, {KEPT})
        self.restore(archive)
        self.assertIn("1 older restore", self.rollback().out)
        self.assertEqual(snapshot(self.new, {KEPT}), between)
        self.rollback()
        self.assertEqual(snapshot(self.new), before)

    def killed(self, calls, number, *arguments):
        """Runs the program and kills it at its Nth call of one kind, before the call is done. False where it got through."""
        result = run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:signal=KILL:when={number}",
                      PROGRAM, *arguments, "--session", self.session, "--target", self.new], env=self.environment())
        self.assertIn(result.status, (0, -9, 137), result)
        return result.status != 0

    def moments(self, calls, *arguments):
        """How often a command makes such calls."""
        trace = self.folder / "trace"
        result = run(["strace", "-f", "-qq", "-o", trace, "-e", f"trace={calls}", PROGRAM, *arguments, "--session", self.session, "--target",
                      self.new], env=self.environment())
        self.assertEqual(result.status, 0, result)
        return len(re.findall(rf"^\d+ +{calls}\(", trace.read_text(), re.M))

    def test_interrupted_it_undoes_what_it_did(self):
        archive = self.saved()
        self.mount(self.disk())
        before = snapshot(self.new)
        self.restore(archive, status=130, wrap=lambda command: [
            "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat", "-e", "inject=renameat:signal=INT:when=4", *command])
        self.assertEqual(snapshot(self.new), before)
        self.assertEqual((self.ledger()[-1]["step"], self.ledger()[-1]["state"]), ("restore", "interrupted"))
        self.restore(archive)
        self.rollback()
        self.assertEqual(snapshot(self.new), before)

    def test_a_plan_says_that_a_restore_was_interrupted(self):
        archive = self.saved()
        self.mount(self.disk())
        before = snapshot(self.new, {os.path.dirname(KEPT)})
        last = self.moments("renameat", "config", "restore", archive)
        self.rollback()
        # The last renaming but one is that of a file.
        self.assertTrue(self.killed("renameat", last - 1, "config", "restore", archive))
        plan = self.restore(archive, "--dry-run")
        self.assertIn("A restore was interrupted here", plan.err)
        self.assertIn("1 interrupted restore undone first", self.restore(archive).out)
        self.rollback()
        self.assertEqual(snapshot(self.new, {os.path.dirname(KEPT)}), before)

    CALLS = ("mkdirat", "renameat", "fsync", "write", "unlinkat", "symlinkat", "utimensat")

    def test_killed_at_any_moment_of_a_restore(self):
        archive = self.saved()
        self.mount(self.disk())
        # The time of the folder that receives ours is lost where the kill falls between two calls.
        above = {os.path.dirname(KEPT)}
        before = snapshot(self.new, above)
        self.restore(archive)
        after = {path: what for path, what in snapshot(self.new, above).items() if not path.startswith(KEPT)}
        self.rollback()
        rng = random.Random(5)
        kills = 0
        for calls in self.CALLS:
            count = self.moments(calls, "config", "restore", archive)
            self.rollback()
            for number in sorted(rng.sample(range(1, count + 1), min(count, 8))):
                if not self.killed(calls, number, "config", "restore", archive):
                    self.rollback()
                    continue
                kills += 1
                if number % 2:
                    self.restore(archive)
                    now = {path: what for path, what in snapshot(self.new, above).items() if not path.startswith(KEPT)}
                    self.assertEqual({path for path in now if now[path][0] != "folder" and now[path] != after.get(path)}, set(),
                                     f"{calls} {number}: not what the archive says")
                    self.assertEqual(set(now), set(after))
                self.rollback(status=(0, 5))
                self.assertEqual(snapshot(self.new, above), before, f"killed at {calls} {number}")
        self.assertGreater(kills, 25)

    def test_killed_at_any_moment_of_a_rollback(self):
        archive = self.saved()
        self.mount(self.disk())
        above = {os.path.dirname(KEPT)}
        before = snapshot(self.new, above)
        rng = random.Random(6)
        kills = 0
        for calls in self.CALLS:
            self.restore(archive)
            count = self.moments(calls, "config", "rollback")
            for number in sorted(rng.sample(range(1, count + 1), min(count, 6))):
                self.restore(archive)
                kills += self.killed(calls, number, "config", "rollback")
                self.rollback(status=(0, 5))
                self.assertEqual(snapshot(self.new, above), before, f"killed at {calls} {number}")
        self.assertGreater(kills, 20)

    def test_a_full_target_is_left_as_it_was(self):
        archive = self.saved()
        self.mount(self.disk())
        small = self.folder / "small"
        small.mkdir()
        self.assertEqual(run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", small]).status, 0)
        self.addCleanup(run, ["umount", small])
        target = small / "new"
        shutil.copytree(self.new, target, symlinks=True)
        before = snapshot(target)
        self.refused("config", "restore", archive, "--target", target, "--session", self.session, status=6)
        self.assertEqual(snapshot(target), before)


if __name__ == "__main__":
    unittest.main()
