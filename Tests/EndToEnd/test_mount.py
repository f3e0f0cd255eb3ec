"""Mounting the data volumes: readable afterwards, not one byte changed, nothing left behind, everything in the ledger."""

import fcntl
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

from disks import DiskTest, half_upgraded, sha256
from support import PROGRAM, EndToEndTest, as_nobody, die_with_parent, in_mount_namespace


def tool(name):
    """In /usr/sbin too, which is not in everybody's path."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not found:
        raise unittest.SkipTest(f"{name} is not installed")
    return found


def checked(*command, **options):
    return subprocess.run([os.fspath(word) for word in command], check=True, timeout=120, capture_output=True, **options)


class MountTest(EndToEndTest):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            raise unittest.SkipTest("mounting needs root")
        self.session = self.folder / "session"
        self.at = self.folder / "mnt"
        # Whatever a failing test leaves is taken away, also after an assertion.
        self.addCleanup(self.take_away)

    def take_away(self):
        for line in reversed(pathlib.Path("/proc/self/mountinfo").read_text().splitlines()):
            place = line.split()[4].replace("\\040", " ")
            if place.startswith(str(self.folder)):
                subprocess.run(["umount", place], check=False, timeout=60)
        for loop, backing in self.loops():
            subprocess.run([tool("losetup"), "-d", loop], check=False, timeout=60, capture_output=True)

    def loops(self):
        """Loop devices over something in this test's folder."""
        listed = checked(tool("losetup"), "--list", "--noheadings", "--raw", "--output", "NAME,BACK-FILE", text=True).stdout
        return [tuple(line.split(" ", 1)) for line in listed.splitlines() if str(self.folder) in line]

    def mounts(self):
        lines = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
        return [line.split()[4] for line in lines if line.split()[4].startswith(str(self.folder))]

    def assert_nothing_left(self):
        self.assertEqual(self.mounts(), [], "expected nothing mounted")
        deadline = time.monotonic() + 10  # the kernel gives a loop back a moment after its last user
        while self.loops() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(self.loops(), [], "expected no loop device")
        self.assertFalse(self.at.exists() and any(self.at.iterdir()), "expected no folder of a mount")

    def contents(self):
        source, count = self.tree("contents")
        return source

    def image(self, kind, name=None, size="64M", label="VIDEO"):
        """An image with recordings; XFS and btrfs are filled through a mount of their own."""
        file = self.folder / (name or f"{kind}.img")
        contents = self.folder / "contents"
        if not contents.exists():
            self.contents()
        checked("truncate", "-s", {"xfs": "320M", "btrfs": "128M"}.get(kind, size), file)
        if kind == "ext4":
            checked(tool("mke2fs"), "-q", "-F", "-t", "ext4", "-L", label, "-d", contents, file)
            return file
        if kind == "vfat":
            checked(tool("mkfs.vfat"), "-n", label, file)
        elif kind == "xfs":
            checked(tool("mkfs.xfs"), "-q", "-f", "-L", label, file)
        else:
            checked(tool("mkfs.btrfs"), "-q", "-f", "-L", label, file)
        self.change(file, lambda place: checked("cp", "-r", f"{contents}/.", place))
        return file

    def change(self, file, act, dies=False):
        """Mounts for writing, acts, and unmounts: cleanly, or as a power cut would."""
        place = self.folder / "writing"
        place.mkdir(exist_ok=True)
        checked("mount", "-o", "loop", file, place)
        try:
            act(place)
            if dies:
                checked(tool("xfs_io"), "-x", "-c", "shutdown -f", place)
        finally:
            checked("umount", place)
        place.rmdir()

    def orphan(self, place):
        """A file that is deleted and still open when the power goes."""
        with open(place / "orphan", "wb") as file:
            file.write(b"x" * 100_000)
            file.flush()
            os.unlink(place / "orphan")
            (place / "after").write_text("written just before")
            os.sync()
            checked(tool("xfs_io"), "-x", "-c", "shutdown -f", place)

    def mount(self, *arguments, status=0, **options):
        return self.program("mount", *arguments, "--at", self.at, "--session", self.session, "--json", status=status, **options)

    def unmount(self, *arguments, status=0):
        return self.program("unmount", *(arguments or ["--all"]), "--session", self.session, "--json", status=status)

    def ledger(self):
        return [json.loads(line) for line in (self.session / "ledger.jsonl").read_text().splitlines()]


class Unchanged(MountTest):
    def expect_unchanged(self, *images):
        before = {image: sha256(image) for image in images}
        document = self.parse_json(self.mount(*images))
        self.assertEqual([volume["state"] for volume in document["volumes"]], ["mounted"] * len(document["volumes"]))
        for volume in document["volumes"]:
            found = [file for file in pathlib.Path(volume["mountPoint"]).rglob("*.mp4")]
            self.assertTrue(found, f"expected recordings at {volume['mountPoint']}")
            for file in found:
                file.read_bytes()
            with self.assertRaises(OSError):
                (pathlib.Path(volume["mountPoint"]) / "x").write_text("x")
        self.unmount()
        self.assert_nothing_left()
        for image in images:
            self.assertEqual(sha256(image), before[image], f"{image.name} was changed")
        return document

    def test_ext4_clean(self):
        self.expect_unchanged(self.image("ext4"))

    def test_ext4_dirty(self):
        image = self.image("ext4")
        self.change(image, lambda place: (place / "new").write_text("x"), dies=True)
        self.assertIn("needs_recovery", checked(tool("dumpe2fs"), "-h", image, text=True).stdout)
        self.expect_unchanged(image)

    def test_ext4_with_an_orphan(self):
        image = self.image("ext4")
        self.change(image, self.orphan)
        self.expect_unchanged(image)

    def test_xfs_clean_and_dirty(self):
        clean = self.image("xfs", "clean.img")
        dirty = self.image("xfs", "dirty.img")
        self.change(dirty, lambda place: (place / "new").write_text("x"), dies=True)
        self.expect_unchanged(clean, dirty)

    def test_btrfs(self):
        self.expect_unchanged(self.image("btrfs"))

    def test_partitions_of_an_image(self):
        one = self.image("ext4", "one.img")
        disk = self.folder / "disk.img"
        checked("truncate", "-s", "200M", disk)
        checked(tool("sfdisk"), "-q", disk, input=b"label: gpt\nsize=64M\nsize=64M\n")
        for number in (0, 1):
            checked("dd", f"if={one}", f"of={disk}", "bs=1M", f"seek={1 + 64 * number}", "conv=notrunc")
        # Two partitions with one UUID: named by the disk, they are both meant.
        document = self.expect_unchanged(disk)
        self.assertEqual(len(document["volumes"]), 2)
        self.assertEqual(self.parse_json(self.mount(f"{disk}#2"))["volumes"][0]["path"], f"{disk}#2")
        self.unmount(f"{disk}#2")
        self.assert_nothing_left()

    def test_a_device_becomes_read_only_and_comes_back(self):
        image = self.image("ext4")
        before = sha256(image)
        loop = checked(tool("losetup"), "--show", "-f", image, text=True).stdout.strip()

        def is_read_only():
            return checked(tool("blockdev"), "--getro", loop, text=True).stdout.strip() == "1"
        self.assertFalse(is_read_only())
        self.mount(loop)
        self.assertTrue(is_read_only(), "expected a wall around the disk")
        self.unmount()
        self.assertFalse(is_read_only(), "expected the disk as it was found")
        checked(tool("losetup"), "-d", loop)
        self.assert_nothing_left()
        self.assertEqual(sha256(image), before)

    def test_by_uuid_of_something_that_is_not_there(self):
        self.refused("mount", "11111111-2222-3333-4444-555555555555", "--session", self.session, status=5, says="11111111")

    def test_what_holds_no_file_system(self):
        empty = self.folder / "empty.img"
        empty.write_bytes(bytes(1 << 20))
        self.mount(empty, status=4)
        self.assert_nothing_left()


class Places(MountTest):
    def test_a_place_named_from_where_one_stands(self):
        image = self.image("ext4")
        self.program("mount", image, "--at", "mnt", "--session", self.session, cwd=self.folder)
        self.assertTrue(any((self.at / "VIDEO").rglob("*.mp4")))
        self.assertEqual(self.ledger()[-1]["mount"]["place"], str(self.at / "VIDEO"))
        # Mounted as it is, it is not "mounted for writing".
        again = self.program("mount", image, "--at", self.at, "--session", self.session, "--mode", "read-write", "--dry-run").out
        self.assertIn("for writing or in another mode", " ".join(again.split()))
        self.unmount()
        self.assert_nothing_left()


class Writing(MountTest):
    def test_only_with_the_serial(self):
        image = self.image("ext4")
        before = sha256(image)
        document = self.parse_json(self.mount(image, "--mode", "read-write", status=4))
        self.assertEqual(document["volumes"][0]["state"], "refused")
        # An image has no serial number, and nothing else is called one.
        self.assertIn(f"UUID of its volume is confirmed: --confirm-serial {document['volumes'][0]['uuid']}", document["volumes"][0]["reason"])
        self.mount(image, "--mode", "read-write", "--confirm-serial", "something", status=4)
        self.assertEqual(sha256(image), before)
        self.assert_nothing_left()
        uuid = document["volumes"][0]["uuid"]
        self.mount(image, "--mode", "read-write", "--confirm-serial", uuid)
        (self.at / "VIDEO" / "written").write_text("x")
        self.unmount()
        self.assert_nothing_left()
        self.assertNotEqual(sha256(image), before)
        self.assertEqual(subprocess.run([tool("e2fsck"), "-fn", image], capture_output=True, timeout=60).returncode, 0)

    def test_fstab_of_a_new_system(self):
        image = self.image("ext4")
        root = self.folder / "root"
        (root / "etc").mkdir(parents=True)
        old = "# the new system\nUUID=1234 / ext4 defaults 0 1\n"
        (root / "etc/fstab").write_text(old)
        dry = self.program("mount", image, "--at", self.at, "--session", self.session, "--persist", root, "--dry-run").out
        self.assertRegex(dry, r"(?m)^  UUID=[0-9a-f-]+ /mnt/VIDEO ext4 defaults,nofail 0 2$")
        self.assertEqual((root / "etc/fstab").read_text(), old)
        self.assertFalse((root / "mnt").exists())
        document = self.parse_json(self.mount(image, "--persist", root))
        text = (root / "etc/fstab").read_text()
        uuid = document["volumes"][0]["uuid"]
        self.assertEqual(text, old + f"UUID={uuid} /mnt/VIDEO ext4 defaults,nofail 0 2\n")
        self.assertEqual(pathlib.Path(document["persisted"]["kept"]).read_text(), old)
        self.assertTrue((root / "mnt/VIDEO").is_dir())
        # Once is enough.
        self.mount(image, "--persist", root)
        self.assertEqual((root / "etc/fstab").read_text(), text)
        self.unmount()
        self.refused("mount", image, "--at", self.at, "--session", self.session, "--persist", self.folder / "nowhere", status=6, silent=False)
        self.unmount()
        self.assert_nothing_left()


class NextCommands(DiskTest, MountTest):
    """What is printed to be typed next goes on where one stands."""

    def setUp(self):
        super().setUp()
        self.session = self.folder / "my session"

    def test_in_the_same_session(self):
        data = self.ext4("data.img", recordings=3, options=("-L", "VIDEO"))
        system = self.ext4("system.img", files=half_upgraded(), options=("-L", "ROOT"))
        option = f" --session '{self.session}'"
        for language in ("en", "fr"):
            text = self.program("triage", "--image", data, "--image", system, "--session", self.session, "--language", language).out
            commands = re.findall(r"camtrace-rescue [a-z]+.*", text)
            self.assertGreater(len(commands), 2, text)
            for command in commands:
                self.assertIn(option, command)
        document = self.parse_json(self.program("triage", "--image", data, "--image", system, "--session", self.session, "--json"))
        for step in document["steps"]:
            self.assertEqual(step["command"] is None, step["id"] in ("reinstall", "remount", "reload"), step)
            self.assertIn(option, step["command"] or option)
        hint = self.refused("mount", self.folder / "none.img", "--session", self.session, status=5, silent=False).err
        self.assertIn("camtrace-rescue detect" + option, hint)

    def test_only_what_may_hold_recordings_is_indexed(self):
        data = self.ext4("data.img", recordings=3, options=("-L", "VIDEO"))
        system = self.ext4("system.img", files=half_upgraded(), options=("-L", "ROOT"))
        text = self.program("mount", data, system, "--at", self.at, "--session", self.session).out
        try:
            self.assertIn(f"{self.at}/ROOT", text)
            self.assertIn(f"camtrace-rescue index build --session '{self.session}' {self.at}/VIDEO --index FILE\n", text)
        finally:
            self.unmount()
        text = self.program("mount", system, "--at", self.at, "--session", self.session).out
        self.unmount()
        self.assertNotIn("index build", text)


class TheLedger(MountTest):
    def test_every_act_is_announced(self):
        image = self.image("ext4")
        self.mount(image)
        self.unmount()
        steps = [(entry["step"], entry["state"]) for entry in self.ledger()]
        self.assertEqual(steps, [("begin", "done"), ("detect", "done"), ("mount", "intended"), ("mount", "done"), ("unmount", "intended"), ("unmount", "done")])
        lines = (self.session / "ledger.jsonl").read_bytes().splitlines()
        for before, after in zip(lines, lines[1:]):
            self.assertEqual(json.loads(after)["previous"], hashlib.sha256(before).hexdigest())
        shown = self.parse_json(self.program("session", "show", "--session", self.session, "--json"))
        self.assertEqual(len(shown["entries"]), 6)
        copy = self.folder / "copy.jsonl"
        self.program("session", "export", "--session", self.session, "--output", copy)
        self.assertEqual(copy.read_bytes(), (self.session / "ledger.jsonl").read_bytes())
        for language, word in (("en", "mount"), ("fr", "montage")):
            text = self.program("session", "show", "--session", self.session, "--language", language).out
            self.assertIn(word, text)
            self.assertLessEqual(max(len(line) for line in text.splitlines() if str(self.folder) not in line), 80)

    def test_long_paths_are_read_whole(self):
        """In a pipe each is in one piece; on a screen it goes on below itself, behind a `/`."""
        folder = self.folder / "recordings-of-the-warehouse" / "camera-at-the-entrance-to-the-north-west" / "continuous-recording"
        self.refused("index", "list", "--index", folder / "none.ctrx", "--session", self.session, status=5)
        for language in ("en", "fr"):
            command = ("session", "show", "--session", self.session, "--language", language)
            piped = self.program(*command).out
            self.assertNotIn("…", piped)
            announced = next(line for line in piped.splitlines() if "index list" in line)
            self.assertIn(f" --index {folder}/none.ctrx ", announced)
            seen = self.program(*command, env={"COLUMNS": "80"}).out
            self.assertNotIn("…", seen)
            lines = seen.splitlines()[:-1]  # the last is the path of the ledger
            self.assertLessEqual(max(map(len, lines)), 80)
            start = next(number for number, line in enumerate(lines) if "index list" in line)
            column = lines[start].index("index list")
            rest = [line for line in lines[start + 1:lines.index("")] if line.startswith(" ")]
            self.assertTrue(rest and all(line[:column].isspace() and not line[column].isspace() for line in rest), seen)
            self.assertIn(str(folder), "".join([lines[start][column:], *(line[column:] for line in rest)]))

    def test_changed_or_cut(self):
        image = self.image("ext4")
        self.mount(image)
        self.unmount()
        file = self.session / "ledger.jsonl"
        whole = file.read_bytes()
        before = sha256(image)
        for damaged in (whole.replace(b"read-only", b"overlay", 1), b"\n".join(whole.split(b"\n")[:-3]) + b"\n", whole[:-30], b""):
            file.write_bytes(damaged)
            for command in (("mount", image, "--at", self.at), ("unmount", "--all"), ("session", "show")):
                self.refused(*command, "--session", self.session, status=4)
            self.assert_nothing_left()
        file.write_bytes(whole + b'{"number":7,"at":"2026')  # the power went while the line was written
        self.unmount()
        self.assertEqual(file.read_bytes(), whole)
        self.assertEqual(sha256(image), before)

    def test_one_process_at_a_time(self):
        image = self.image("ext4")
        self.session.mkdir()
        with open(self.session / "ledger.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refused("mount", image, "--at", self.at, "--session", self.session, status=6)
        self.assert_nothing_left()

    def test_a_stick_that_takes_no_more(self):
        image = self.image("ext4")
        stick = self.folder / "stick"
        stick.mkdir()
        for options in ("size=4k", "ro"):
            script = f"mount -t tmpfs -o {options},mode=777 stick {stick}; if [ {options} != ro ]; then head -c 4096 /dev/zero > {stick}/full; fi"
            result = self.program(
                "mount", image, "--at", self.at, "--session", stick / "s", status=6, wrap=lambda command: in_mount_namespace(script, command))
            self.assertRegex(result.err, "error: .*ledger")
            self.assert_nothing_left()

    def test_any_command_can_be_recorded(self):
        source, count = self.tree()
        self.program("index", "build", source, "--index", self.folder / "i.ctrx", "--no-progress", "--session", self.session)
        self.refused("index", "list", "--index", self.folder / "nothing", "--session", self.session, status=5)
        steps = [(entry["step"], entry["state"]) for entry in self.ledger()]
        self.assertEqual(steps[1:], [("command", "intended"), ("command", "done"), ("command", "intended"), ("command", "failed")])


class Killed(MountTest):
    def test_the_next_run_tidies_up(self):
        images = [self.image("ext4", f"{number}.img", label=f"V{number}") for number in range(4)]
        before = [sha256(image) for image in images]
        generator = random.Random(5)
        command = [PROGRAM, "mount", *images, "--at", self.at, "--session", self.session, "--no-progress"]
        started = time.monotonic()
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        whole = time.monotonic() - started
        self.unmount()
        cut = 0
        for _ in range(25):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
            time.sleep(generator.random() * whole)
            process.send_signal(signal.SIGKILL)
            cut += process.wait(timeout=60) == -signal.SIGKILL
            self.unmount()
            self.assert_nothing_left()
        self.assertGreater(cut, 5, "expected that most of the runs were cut short")
        self.assertEqual([sha256(image) for image in images], before)


class WithoutRights(MountTest):
    def test_a_sentence_for_a_user(self):
        image = self.image("ext4")
        self.folder.chmod(0o777)
        image.chmod(0o644)
        for language, word in (("en", "root"), ("fr", "root")):
            session = self.folder / f"session-{language}"
            result = self.program(
                "mount", image, "--at", self.folder / "m", "--session", session, "--language", language, status=3, wrap=as_nobody)
            self.assertIn(word, result.out)
        self.assert_nothing_left()
