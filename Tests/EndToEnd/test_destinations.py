"""Where results may not go, or cannot: each is refused with exit status 6, and nothing is left under a final name."""

import os
import shutil
import subprocess

from support import EndToEndTest, Index, as_nobody, clips, corpus_file, in_mount_namespace, truth

HEALTHY = [entry for entry in truth() if entry["damage"] == "healthy" and entry["camera"] in ("mp4h264", "mkvh264", "tsh264")]


class OnTheSource(EndToEndTest):
    def test_an_index_inside_the_source_tree(self):
        folder, _ = self.tree()
        self.refused("index", "build", folder, "--index", folder / "x.ctrx", status=6)
        self.refused("index", "build", folder, "--index", folder / "sub" / "x.ctrx", status=6)
        self.assertEqual([str(file) for file in folder.rglob("*x.ctrx*")], [])

    def test_through_a_link_and_dots(self):
        folder, _ = self.tree()
        (self.folder / "link").symlink_to(folder)
        self.refused("index", "build", folder, "--index", self.folder / "link" / "x.ctrx", status=6)
        self.refused("index", "build", self.folder / "link", "--index", folder / "x.ctrx", status=6)
        self.refused("index", "build", folder, "--index", f"{self.folder}/other/../source/x.ctrx", status=6)

    def test_clips_inside_the_source_tree(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        before = sorted(folder.rglob("*"))
        self.refused("extract", "--index", index.file, "--output", folder / "clips", status=6)
        self.assertEqual(sorted(folder.rglob("*")), before)

    def test_on_the_disk_that_holds_the_source(self):
        folder, _ = self.tree()
        image, disk = self.folder / "disk.img", self.folder / "disk"
        disk.mkdir()
        subprocess.run(["truncate", "-s", "16M", image], check=True, timeout=30)
        subprocess.run(["mkfs.ext4", "-q", image], check=True, timeout=60)
        mounted = f"mount -o loop {image} {disk}; cp -a {folder} {disk}/recordings; mkdir {disk}/elsewhere"
        wrap = lambda command: in_mount_namespace(mounted, command)
        self.refused("index", "build", disk / "recordings", "--index", disk / "elsewhere" / "x.ctrx", status=6, wrap=wrap)

    def test_beside_the_disk_that_holds_the_source(self):
        folder, count = self.tree()
        image, disk = self.folder / "disk.img", self.folder / "disk"
        disk.mkdir()
        subprocess.run(["truncate", "-s", "16M", image], check=True, timeout=30)
        subprocess.run(["mkfs.ext4", "-q", image], check=True, timeout=60)
        mounted = f"mount -o loop {image} {disk}; cp -a {folder} {disk}/recordings; mount -o remount,ro {disk}"
        self.program("index", "build", disk, "--index", self.folder / "x.ctrx", wrap=lambda command: in_mount_namespace(mounted, command))
        index = Index(self.folder / "x.ctrx")
        self.assertEqual(index.value("SELECT count(*) FROM segment"), count)
        self.assertEqual(index.value("SELECT filesystem FROM volume"), "ext4")
        uuid = subprocess.run(["blkid", "-p", "-s", "UUID", "-o", "value", image], capture_output=True, text=True, timeout=30).stdout.strip()
        self.assertIn(index.value("SELECT uuid FROM volume"), (uuid, None))


class FullOrReadOnly(EndToEndTest):
    def many(self):
        folder = self.folder / "source"
        for number in range(400):
            target = folder / f"gate/2025-03-10/{number // 60:02}.{number % 60:02}.00.mp4"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(corpus_file(HEALTHY[number % 3]), target)
        return folder

    def small_disk(self, size, then=""):
        disk = self.folder / "small"
        disk.mkdir(exist_ok=True)
        listing = self.folder / "listing"
        script = f"mount -t tmpfs -o size={size},mode=777 small {disk}; trap 'ls -lRA {disk} > {listing}' EXIT"
        # The shell stays, to list what is there before the mount goes.
        return disk, listing, lambda command: in_mount_namespace(script.replace("; trap", f"{then}; trap") + '\n"$@"; exit $?', command)

    def test_index_on_a_full_disk(self):
        folder = self.many()
        disk, listing, wrap = self.small_disk("32k")
        self.refused("index", "build", folder, "--index", disk / "x.ctrx", "--no-progress", status=6, wrap=wrap)
        self.assertNotRegex(listing.read_text(), r"(?m) x\.ctrx$", "expected no index under its final name")

    def test_clips_on_a_full_disk(self):
        folder = self.many()
        index = self.build_index(folder, status=(0, 3))
        disk, listing, wrap = self.small_disk("600k")
        self.refused("extract", "--index", index.file, "--output", disk / "clips", "--container", "original", "--no-progress", status=6, wrap=wrap)
        sizes = {corpus_file(entry).stat().st_size for entry in HEALTHY}
        for line in listing.read_text().splitlines():
            words = line.split()
            if line.startswith("-") and words[-1].endswith((".mp4", ".mkv", ".ts")) and not words[-1].startswith("."):
                self.assertIn(int(words[4]), sizes, f"expected only whole clips under final names, found {line}")

    def test_on_a_read_only_disk(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        disk, _, wrap = self.small_disk("1m", then=f"; mount -o remount,ro {self.folder / 'small'}")
        self.refused("index", "build", folder, "--index", disk / "x.ctrx", status=6, wrap=wrap)
        self.refused("extract", "--index", index.file, "--output", disk / "clips", status=6, wrap=wrap)

    def test_in_a_folder_that_may_not_be_written(self):
        folder, _ = self.tree()
        closed = self.folder / "closed"
        closed.mkdir(mode=0o755)
        self.refused("index", "build", folder, "--index", closed / "x.ctrx", status=6, wrap=as_nobody)

    def test_in_a_folder_that_does_not_exist(self):
        folder, _ = self.tree()
        self.refused("index", "build", folder, "--index", self.folder / "not" / "there" / "x.ctrx", status=6, says="not/there")

    def test_where_a_folder_lies(self):
        folder, _ = self.tree()
        (self.folder / "x.ctrx").mkdir()
        self.refused("index", "build", folder, "--index", self.folder / "x.ctrx", status=6)

    def test_devices_are_no_destination(self):
        folder, _ = self.tree()
        self.refused("index", "build", folder, "--index", "/dev/full", status=6)
        self.assertTrue(os.path.exists("/dev/full"))


class NothingIsReplaced(EndToEndTest):
    """What another hand wrote stays, whatever a command would like to call its result."""

    def contents(self, folder):
        return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    def test_repair_beside_the_broken_file(self):
        folder, _ = self.tree()
        broken = next(folder.rglob("*.mp4"))
        before = self.contents(folder)
        self.refused("repair", broken, "--output", broken.parent, status=6)
        self.assertEqual(self.contents(folder), before)

    def test_exports_over_other_files(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        letter = self.folder / "letter.csv"
        letter.write_text("Dear Sir\n")
        recording = next(folder.rglob("*.mp4"))
        before = {file: file.read_bytes() for file in (letter, index.file, recording)}
        for target in before:
            self.refused("index", "export", "--index", index.file, "--format", "csv", "--output", target, status=6)
        self.refused("index", "merge", index.file, "--index", letter, status=6)
        self.refused("index", "merge", index.file, "--index", folder / "new.ctrx", status=6)
        self.assertEqual({file: file.read_bytes() for file in before}, before)
        self.assertFalse((folder / "new.ctrx").exists())

    def test_another_export_into_one_folder(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        output = self.folder / "clips"
        self.program("extract", "--index", index.file, "--output", output, status=(0, 3))
        before = self.contents(output)
        self.refused("extract", "--index", index.file, "--output", output, "--join", status=6, says="manifest.json")
        self.assertEqual(self.contents(output), before)

    def test_a_folder_with_the_names_of_the_clips(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        output = self.folder / "clips"
        output.mkdir()
        (output / "playlist.m3u8").write_text("mine\n")
        self.refused("extract", "--index", index.file, "--output", output, status=6)
        self.assertEqual((output / "playlist.m3u8").read_text(), "mine\n")
