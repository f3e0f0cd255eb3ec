"""Recordings from an image whose file system is gone: found, whole to the last byte, listed, indexed, and nothing invented."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time
import unittest

from support import PROGRAM, EndToEndTest, Index, corpus_file, die_with_parent, in_mount_namespace, probe_video, truth

SECTOR = 512


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def files(*damages):
    return [corpus_file(entry) for entry in truth() if entry["damage"] in damages]


def dense(contents, block=1024):
    """Without those that mke2fs would store with a hole, because one of their blocks is zeroes."""
    def holds_zeroes(data):
        return any(not any(data[start:start + block]) for start in range(0, len(data), block))
    return [file for file in contents if not holds_zeroes(file.read_bytes())]


def tool(name):
    """In /usr/sbin too, which is not in everybody's path."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not found:
        raise unittest.SkipTest(f"{name} is not installed")
    return found


class CarveTest(EndToEndTest):
    def ext4(self, contents, size="64M", options=()):
        """An ext4 file system with these files, made without mounting anything."""
        folder = self.folder / "contents"
        folder.mkdir()
        for number, file in enumerate(contents):
            shutil.copyfile(file, folder / f"{number:04}{file.suffix}")
        image = self.folder / "disk.img"
        subprocess.run([tool("mke2fs"), "-q", "-F", "-t", "ext4", *options, "-d", folder, image, size], check=True, timeout=120)
        return image

    def raw(self, pieces, name="disk.img", tail=65536):
        """An image of pieces, each on a sector of its own, zeroes between."""
        image = self.folder / name
        with open(image, "wb") as target:
            for piece in pieces:
                target.write(piece)
                target.write(bytes(-len(piece) % 4096))
            target.write(bytes(tail))
        return image

    def carve(self, image, *options, output="out", status=0, **others):
        result = self.program("carve", image, "--output", self.folder / output, "--no-progress", "--json", *options, status=status, **others)
        return self.parse_json(result)

    def sums(self, output="out"):
        return {line.split("  ")[0]: line.split("  ")[1] for line in (self.folder / output / "SHA256SUMS").read_text().splitlines()}


class Finding(CarveTest):
    def expect_all(self, contents, image, **options):
        """Every file is found to the byte."""
        document = self.carve(image, **options)
        found = {find["sha256"] for find in document["finds"]}
        missing = [str(file) for file in contents if sha256(file.read_bytes()) not in found]
        self.assertEqual(missing, [], "expected every contiguous file to the byte")
        return document

    def test_after_the_signatures_were_wiped(self):
        contents = dense(files("healthy"))
        self.assertGreater(len(contents), 50)
        image = self.ext4(contents)
        subprocess.run([tool("wipefs"), "-q", "-a", image], check=True, timeout=60, stdout=subprocess.DEVNULL)
        before = sha256(image.read_bytes())
        document = self.expect_all(contents, image)
        self.assertEqual(document["findCount"], len(contents), "expected nothing but the files")
        self.assertEqual(document["states"], {"complete": len(contents)})
        self.assertEqual(sha256(image.read_bytes()), before, "expected the source to be only read")
        self.assertGreater(min(find["confidence"] for find in document["finds"]), 0.9)

    def test_after_another_file_system_was_made(self):
        contents = files("healthy")
        image = self.ext4(contents, size="256M")
        subprocess.run([tool("mke2fs"), "-q", "-F", "-t", "ext4", "-E", "nodiscard", image], check=True, timeout=120)
        content = image.read_bytes()
        # What the new file system overwrote is gone.
        intact = [file for file in contents if file.read_bytes() in content]
        self.assertGreater(len(intact), len(contents) * 3 // 4)
        document = self.carve(image, status=(0, 3))
        found = {find["sha256"] for find in document["finds"]}
        self.assertEqual([file for file in intact if sha256(file.read_bytes()) not in found], [])

    def test_what_killed_recorders_left(self):
        contents = files("killed", "cut")
        document = self.carve(self.raw([file.read_bytes() for file in contents]), status=3)
        found = {find["sha256"] for find in document["finds"]}
        whole = [file for file in contents if sha256(file.read_bytes()) in found]
        self.assertGreaterEqual(len(whole), len(contents) * 95 // 100, "expected nearly all to the byte")
        self.assertNotEqual(document["states"].get("truncated", 0), 0)

    def test_what_is_said_of_each(self):
        contents = files("healthy")
        image = self.raw([file.read_bytes() for file in contents])
        document = self.carve(image)
        of = {sha256(file.read_bytes()): file for file in contents}
        for find in document["finds"]:
            entry = next(entry for entry in truth() if corpus_file(entry) == of[find["sha256"]])
            self.assertEqual(find["container"], entry["container"], entry["path"])
            self.assertEqual(find["videoCodec"], entry["codec"], entry["path"])
            self.assertEqual(find["frameCount"], probe_video(corpus_file(entry))["frames"], entry["path"])
            self.assertEqual((find["width"], find["height"]), (entry["width"], entry["height"]), entry["path"])
            with open(image, "rb") as disk:
                disk.seek(find["offset"])
                self.assertEqual(sha256(disk.read(find["sizeBytes"])), find["sha256"])
            self.assertTrue(find["file"].startswith(f"{find['offset']:013}"), find["file"])
        subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=self.folder / "out", check=True, timeout=60)
        written = json.loads((self.folder / "out" / "carve.json").read_text())
        self.assertEqual(written["finds"], document["finds"])

    def test_the_index_leads_back_to_the_disk(self):
        contents = dense([file for file in files("healthy") if file.suffix in (".mp4", ".mkv", ".avi")])[:6]
        image = self.ext4(contents)
        self.carve(image)
        shutil.rmtree(self.folder / "contents")
        index = Index(self.folder / "out" / "index.ctrx")
        self.assertEqual(index.value("PRAGMA user_version"), 1)
        self.assertEqual(index.value("SELECT count(*) FROM extent"), len(contents))
        for file in (self.folder / "out").glob("0*"):
            file.unlink()  # the segments are on the disk, not in the folder
        self.assertIn("mp4", self.program("index", "list", "--index", index.file).out)
        self.program("index", "check", "--index", index.file)
        self.program("extract", "--index", index.file, "--output", self.folder / "clips", "--container", "original", "--no-progress")
        clips = {sha256(file.read_bytes()) for file in (self.folder / "clips").rglob("*") if file.suffix in (".mp4", ".mkv", ".avi")}
        self.assertEqual(clips, {sha256(file.read_bytes()) for file in contents})
        os.truncate(image, 4096)
        self.program("index", "check", "--index", index.file, status=3)

    def test_nothing_inside_of_a_find_is_found_again(self):
        picture = self.folder / "picture.jpg"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240", "-frames:v", "1", picture],
                       check=True, timeout=60)
        small, video = picture.read_bytes(), files("healthy")[0].read_bytes()
        # A thumbnail in a segment of its own, on a sector, and a whole recording in a `free` box.
        padding = bytes(SECTOR - 6)
        application = padding + small
        thumbnail = small[:2] + b"\xff\xe1" + (len(application) + 2).to_bytes(2, "big") + application + small[2:]
        free = video + (8 + 4088 - 8 + len(video)).to_bytes(4, "big") + b"free" + bytes(4088 - 8) + video
        free += bytes(0)
        image = self.raw([thumbnail, free, b"see moov and mdat and ftyp\n" * 4000, small])
        document = self.carve(image, status=(0, 3))
        self.assertEqual([find["sha256"] for find in document["finds"]], [sha256(thumbnail), sha256(free), sha256(small)])

    def test_files_without_a_byte_between_them(self):
        # Each fills its last block, so that nothing separates it from the next.
        blocks = []
        for file in files("healthy"):
            if file.suffix in (".mp4", ".mkv"):
                content = file.read_bytes()
                room = -len(content) % 4096
                if file.suffix == ".mp4" and room >= 8:
                    blocks.append(content + room.to_bytes(4, "big") + b"free" + bytes(room - 8))
        self.assertGreater(len(blocks), 5)
        document = self.carve(self.raw(blocks))
        self.assertEqual([find["sha256"] for find in document["finds"]], [sha256(block) for block in blocks])

    def test_a_recording_that_was_overwritten_in_its_middle(self):
        whole = max(files("healthy"), key=lambda file: file.stat().st_size * (file.suffix == ".avi"))
        content = bytearray(whole.read_bytes())
        middle = len(content) // 2 // 4096 * 4096
        content[middle:middle + 8192] = bytes(8192)
        document = self.carve(self.raw([bytes(content)]), status=3)
        self.assertEqual([find["state"] for find in document["finds"]], ["damaged"])
        self.assertLess(document["finds"][0]["confidence"], 1)

    def test_dry_run_writes_nothing(self):
        image = self.raw([file.read_bytes() for file in files("healthy")[:20]])
        document = self.carve(image, "--dry-run")
        self.assertEqual((document["findCount"], document["dryRun"]), (20, True))
        self.assertFalse((self.folder / "out").exists())

    def test_a_part_of_the_disk(self):
        contents = [file.read_bytes() for file in files("healthy")[:10]]
        image = self.raw(contents)
        starts = [find["offset"] for find in self.carve(image)["finds"]]
        document = self.carve(image, "--from", str(starts[3]), "--length", str(starts[7] - starts[3]), output="part")
        self.assertEqual([find["offset"] for find in document["finds"]], starts[3:7])


class FreeBlocks(CarveTest):
    def expect_deleted(self, options):
        contents = [file for file in dense(files("healthy")) if file.stat().st_size > 8192]
        image = self.ext4(contents, options=options)
        gone = range(1, len(contents), 2)
        commands = "".join(f"rm {number:04}{contents[number].suffix}\n" for number in gone)
        subprocess.run([tool("debugfs"), "-w", "-f", "-", image], input=commands.encode(), check=True, timeout=60, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        document = self.carve(image, "--unallocated", status=(0, 3))
        self.assertEqual({find["sha256"] for find in document["finds"]}, {sha256(contents[number].read_bytes()) for number in gone})

    def test_ext4(self):
        self.expect_deleted([])

    def test_ext4_of_old_and_odd_kinds(self):
        for options in (["-b", "4096"], ["-O", "^64bit,^metadata_csum,^flex_bg,uninit_bg"], ["-O", "meta_bg,^resize_inode", "-b", "1024"]):
            with self.subTest(options=options):
                for name in ("contents", "out"):
                    shutil.rmtree(self.folder / name, ignore_errors=True)
                self.expect_deleted(options)

    def test_xfs(self):
        contents = [file for file in files("healthy") if file.stat().st_size > 8192]
        image, disk = self.folder / "disk.img", self.folder / "disk"
        disk.mkdir()
        subprocess.run(["truncate", "-s", "400M", image], check=True, timeout=30)
        subprocess.run([tool("mkfs.xfs"), "-q", "-f", image], check=True, timeout=60)
        names = [f"{number:04}{file.suffix}" for number, file in enumerate(contents)]
        copy = "; ".join(f"cp {file} {disk}/{name}" for file, name in zip(contents, names))
        remove = " ".join(f"{disk}/{name}" for name in names[1::2])
        wrapped = in_mount_namespace(f"mount -o loop {image} {disk}; {copy}; sync; rm {remove}; sync; umount {disk}", ["true"])
        subprocess.run(wrapped, check=True, timeout=120)
        document = self.carve(image, "--unallocated", status=(0, 3))
        self.assertEqual({find["sha256"] for find in document["finds"]}, {sha256(file.read_bytes()) for file in contents[1::2]})

    def test_a_partition_of_an_image(self):
        contents = [file for file in dense(files("healthy")) if file.stat().st_size > 8192]
        inside = self.ext4(contents)
        subprocess.run([tool("debugfs"), "-w", "-R", "rm 0001" + contents[1].suffix, inside], check=True, timeout=60, capture_output=True)
        disk, start = self.folder / "whole.img", 3 << 20
        with open(disk, "wb") as target:
            target.truncate(start + inside.stat().st_size)
            target.seek(start)
            target.write(inside.read_bytes())
        script = f"label: dos\nstart=2048,size=2048,type=82\nstart={start // 512},type=83\n"
        subprocess.run([tool("sfdisk"), "-q", disk], input=script.encode(), check=True, timeout=30)
        refused = self.refused("carve", disk, "--output", self.folder / "out", "--unallocated", status=5, says="whole.img#2 (ext4, 64.0 MiB, from byte 3145728)")
        self.assertNotIn("XFS", refused.err)
        self.refused("carve", f"{disk}#3", "--output", self.folder / "out", status=5)
        self.assertFalse((self.folder / "out").exists())
        found = self.carve(f"{disk}#2", "--unallocated", status=(0, 3))["finds"]
        self.assertEqual([find["sha256"] for find in found], [sha256(contents[1].read_bytes())])
        # Places are those on the image.
        with open(disk, "rb") as source:
            source.seek(found[0]["offset"])
            self.assertEqual(sha256(source.read(found[0]["sizeBytes"])), found[0]["sha256"])
        whole = self.carve(f"{disk}#2", output="all", status=(0, 3))["finds"]
        self.assertTrue({sha256(file.read_bytes()) for file in contents} <= {find["sha256"] for find in whole})
        self.assertEqual(self.carve(f"{disk}#1", output="swap")["finds"], [])

    def test_what_is_refused(self):
        image = self.ext4(files("healthy")[:3], options=["-O", "bigalloc", "-C", "65536"])
        self.refused("carve", image, "--output", self.folder / "out", "--unallocated", status=5, says="bigalloc")
        nothing = self.raw([b"not a file system\n" * 1000], name="nothing.img")
        self.refused("carve", nothing, "--output", self.folder / "out", "--unallocated", status=5)
        self.assertFalse((self.folder / "out").exists())


class Interrupted(CarveTest):
    def big_image(self):
        contents = [file.read_bytes() for file in files("healthy")] * 20
        random.Random(1).shuffle(contents)
        return self.raw(contents)

    def expect_the_same(self, number):
        image = self.big_image()
        whole = self.carve(image, output="whole")
        kept = 0
        for attempt in range(8):
            command = [PROGRAM, "carve", image, "--output", self.folder / "out", "--no-progress"]
            process = subprocess.Popen(command, env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       preexec_fn=die_with_parent)
            time.sleep(0.05 + 0.05 * attempt)
            process.send_signal(number)
            status = process.wait(timeout=60)
            self.assertIn(status, (0, 130, -number))
            kept += status != 0
        self.assertGreater(kept, 0, "expected at least one run to be interrupted")
        document = self.carve(image)
        key = lambda find: (find["offset"], find["sha256"])
        self.assertEqual(sorted(map(key, document["finds"])), sorted(map(key, whole["finds"])), "expected each find once")
        self.assertEqual([file.name for file in (self.folder / "out").iterdir() if file.name.endswith(".partial")], [])

    def test_killed(self):
        self.expect_the_same(signal.SIGKILL)

    def test_asked_to_stop(self):
        self.expect_the_same(signal.SIGINT)

    def test_full_destination(self):
        image = self.big_image()
        disk = self.folder / "small"
        disk.mkdir()
        total = sum(find["sizeBytes"] for find in self.carve(image, output="whole")["finds"])
        keep = self.folder / "kept"
        script = f"mount -t tmpfs -o size={total // 2} small {disk}; trap 'cp -a {disk}/out {keep}' EXIT"
        wrap = lambda command: in_mount_namespace(script + '\n"$@"; exit $?', command)
        self.refused("carve", image, "--output", disk / "out", "--no-progress", status=6, wrap=wrap)
        contents = {sha256(file.read_bytes()) for file in files("healthy")}
        written = [file for file in keep.iterdir() if file.name[0].isdigit()]
        self.assertGreater(len(written), 10, "expected what fits to be there")
        self.assertLessEqual({sha256(file.read_bytes()) for file in written}, contents, "expected only whole files under final names")
        shutil.copytree(keep, self.folder / "out")
        document = self.carve(image)
        self.assertEqual(document["findCount"], 20 * len(contents))

    def test_a_journal_that_is_ahead_of_the_map(self):
        """As it is when the destination is full, or the power goes, between the two: the run goes on behind the last find."""
        image = self.raw([file.read_bytes() for file in files("healthy")])
        whole = self.carve(image, output="whole")
        key = lambda find: (find["offset"], find["sha256"])
        journal = self.folder / "whole" / ".camtrace-rescue-carve.jsonl"
        lines = journal.read_bytes().splitlines(keepends=True)
        # The head of the journal, and a few finds that end inside a sector.
        for kept in (2, 9, 30):
            output = f"out{kept}"
            (self.folder / output).mkdir()
            (self.folder / output / journal.name).write_bytes(b"".join(lines[:kept]))
            document = self.carve(image, output=output)
            self.assertEqual(sorted(map(key, document["finds"])), sorted(map(key, whole["finds"])), f"expected each find once, going on after {kept}")


class Maps(CarveTest):
    def test_ddrescue_reads_ours(self):
        self.carve(self.ext4(files("healthy")[:5]))
        answer = subprocess.run([tool("ddrescuelog"), "-t", self.folder / "out" / "carve.map"], capture_output=True, text=True, timeout=30)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("finished", answer.stdout)

    def test_areas_that_ddrescue_never_read(self):
        contents = [file.read_bytes() for file in files("healthy")[:6]]
        image = self.raw(contents)
        starts = [find["offset"] for find in self.carve(image, output="whole")["finds"]]
        size = image.stat().st_size
        bad = starts[2] // 4096 * 4096
        rescue = self.folder / "disk.map"
        rescue.write_text("# Mapfile. Created by GNU ddrescue version 1.27\n# Command line: ddrescue /dev/sdb disk.img disk.map\n"
                          f"0x0     +               1\n0x00000000  {bad:#x}  +\n{bad:#x}  0x1000  -\n{bad + 0x1000:#x}  {size - bad - 0x1000:#x}  +\n")
        before = rescue.read_bytes()
        document = self.carve(image, "--map", rescue, status=3)
        self.assertEqual([find["offset"] for find in document["finds"]], starts[:2] + starts[3:])
        self.assertEqual(document["notRescued"]["bytes"], 4096)
        self.assertEqual(rescue.read_bytes(), before, "expected ddrescue's own map to be left alone")

    def test_a_map_of_another_disk(self):
        image = self.ext4(files("healthy")[:5])
        self.carve(image)
        other = self.raw([files("healthy")[0].read_bytes()], name="other.img")
        self.refused("carve", other, "--output", self.folder / "new", "--map", self.folder / "out" / "carve.map", status=5, says="carve.map")
        self.refused("carve", other, "--output", self.folder / "out", status=5)
        # The same size, another content.
        changed = bytearray(image.read_bytes())
        changed[1030] ^= 1
        image.write_bytes(changed)
        self.refused("carve", image, "--output", self.folder / "new", "--map", self.folder / "out" / "carve.map", status=5)
        letter = self.folder / "letter.txt"
        letter.write_text("Dear Sir\n")
        self.refused("carve", image, "--output", self.folder / "new", "--map", letter, status=5, says="letter.txt")
        self.assertEqual(letter.read_text(), "Dear Sir\n")
        self.assertFalse((self.folder / "new").exists())


class BadInput(CarveTest):
    def test_no_disk(self):
        empty = self.folder / "empty.img"
        empty.write_bytes(b"")
        for source in (empty, self.folder, self.folder / "missing.img", "/dev/null"):
            with self.subTest(source=source):
                self.refused("carve", source, "--output", self.folder / "out", status=5)
        self.assertFalse((self.folder / "out").exists())

    def test_nothing_to_find(self):
        sources = {"zeroes": bytes(8 << 20), "text": b"GGGG moov mdat \xff\xd8\xff RIFF AVI \n" * 200_000, "random": random.Random(7).randbytes(8 << 20),
                   "tiny": b"x" * 100}
        for name, content in sources.items():
            with self.subTest(name):
                image = self.folder / f"{name}.img"
                image.write_bytes(content)
                self.assertEqual(self.carve(image, output=name)["findCount"], 0)
                said = self.program("carve", image, "--output", self.folder / f"{name}.again", "--no-progress").out
                self.assertEqual("nothing but zeroes" in said, name == "zeroes", said)

    def test_behind_the_end(self):
        image = self.raw([b"x"])
        self.refused("carve", image, "--output", self.folder / "out", "--from", "1000000000", status=64)

    def test_where_the_source_lies(self):
        image = self.ext4(files("healthy")[:3])
        before = image.read_bytes()
        self.refused("carve", image, "--output", image, status=6)
        self.refused("carve", image, "--output", self.folder / "out", "--index", image, status=6)
        self.assertEqual(image.read_bytes(), before)

    def test_inside_of_the_image_that_is_searched(self):
        image, disk = self.ext4(files("healthy")[:3]), self.folder / "disk"
        disk.mkdir()
        wrap = lambda command: in_mount_namespace(f"mount -o loop {image} {disk}", command)
        self.refused("carve", image, "--output", disk / "out", status=6, wrap=wrap)

    def test_on_the_device_that_is_searched(self):
        image, disk, device = self.ext4(files("healthy")[:3]), self.folder / "disk", self.folder / "device"
        disk.mkdir()
        script = f"loop=$(losetup --find --show {image}); trap 'umount {disk}; losetup -d $loop' EXIT; mount $loop {disk}; ln -s $loop {device}"
        wrap = lambda command: in_mount_namespace(script + '\n"$@"; exit $?', command)
        self.refused("carve", device, "--output", disk / "out", status=6, wrap=wrap)

    def test_another_hand_s_files_are_not_replaced(self):
        image = self.ext4(files("healthy")[:3])
        out = self.folder / "out"
        out.mkdir()
        (out / "SHA256SUMS").write_text("mine\n")
        self.refused("carve", image, "--output", out, "--no-progress", status=6)
        self.assertEqual((out / "SHA256SUMS").read_text(), "mine\n")


class Fragments(CarveTest):
    """A file that the file system stored in two places, with other files before, between and behind."""

    BLOCK = 4096

    def recording(self, name, *options, encoder=("libx264", "-preset", "ultrafast", "-g", "10")):
        file = self.folder / name
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x480:rate=25:duration=6,noise=alls=30:allf=t",
                        "-c:v", *encoder, "-pix_fmt", "yuv420p", *options, file], check=True, timeout=120)
        return file.read_bytes()

    def lay_out(self, content, cut, others):
        """others[0], first part, others[1], second part, others[2]: each on a block."""
        pad = lambda data: data + bytes(-len(data) % self.BLOCK)
        first, second = content[:cut], content[cut:]
        image = self.folder / "disk.img"
        image.write_bytes(pad(others[0]) + first + pad(others[1]) + pad(second) + pad(others[2]) + bytes(1 << 16))
        return image

    def check_joined(self, content, share=0.5):
        cut = int(len(content) * share) // self.BLOCK * self.BLOCK
        others = [file.read_bytes() for file in files("healthy") if file.suffix == ".mkv"][:3]
        image = self.lay_out(content, cut, others)
        document = self.carve(image, status=(0, 3))
        joined = [find for find in document["finds"] if len(find["extents"]) > 1]
        self.assertEqual([find["sha256"] for find in joined], [sha256(content)], json.dumps(document["finds"], indent=1)[:3000])
        self.assertEqual((joined[0]["state"], sum(extent["lengthBytes"] for extent in joined[0]["extents"])), ("complete", len(content)))
        found = {find["sha256"] for find in document["finds"]}
        self.assertLessEqual({sha256(other) for other in others}, found)
        # From the index too, straight from the disk.
        index = self.folder / "out" / "index.ctrx"
        for file in (self.folder / "out").glob("0*"):
            file.unlink()
        self.program("extract", "--index", index, "--output", self.folder / "clips", "--container", "original", "--no-progress", status=(0, 3))
        clips = {sha256(file.read_bytes()) for file in (self.folder / "clips").rglob("*") if file.is_file()}
        self.assertIn(sha256(content), clips)

    def test_mp4(self):
        self.check_joined(self.recording("a.mp4"))

    def test_fragmented_mp4(self):
        self.check_joined(self.recording("a.mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof"))

    def test_matroska(self):
        self.check_joined(self.recording("a.mkv"))

    def test_transport_stream(self):
        self.check_joined(self.recording("a.ts"))

    def test_avi(self):
        self.check_joined(self.recording("a.avi", encoder=("mjpeg", "-q:v", "4")))

    def test_among_bytes_of_nobody(self):
        """Nothing but the frames across the joint tells where the first part ends; the second lies before it on the disk."""
        dice = random.Random(4)
        for encoder in (("libx264", "-preset", "ultrafast"), ("libx264", "-preset", "veryfast", "-bf", "2"),
                        ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"), ("mpeg4", "-b:v", "3M", "-threads", "1")):
            content = self.recording("a.mp4", "-g", "10", "-s", "320x240", encoder=encoder)
            for block, share in ((1024, 97), (4096, 40)):
                with self.subTest(encoder=encoder, block=block):
                    cut = len(content) * share // 100 // block * block
                    image = self.folder / "disk.img"
                    second = content[cut:] + bytes(-(len(content) - cut) % block)
                    image.write_bytes(dice.randbytes(301 * block) + second + dice.randbytes(77 * block) + content[:cut] + dice.randbytes(123 * block))
                    document = self.carve(image, status=(0, 3), output=f"{encoder[0]}{len(encoder)}-{block}")
                    joined = [(find["state"], find["sha256"]) for find in document["finds"] if len(find["extents"]) > 1]
                    self.assertEqual(joined, [("complete", sha256(content))], json.dumps(document["finds"], indent=1)[:3000])

    def test_two_streams_with_one_clock(self):
        """Cut at the same byte and at the same frame: numbers and times of the packets fit, and the picture across the joint does not."""
        settings = ("libx264", "-preset", "ultrafast", "-g", "10", "-b:v", "2M", "-x264-params", "nal-hrd=cbr:vbv-maxrate=2000:vbv-bufsize=80")
        first, second = self.recording("a.ts", encoder=settings), self.recording("b.ts", "-vf", "hflip", encoder=settings)
        frames = lambda content: sum(content[at + 1] == 0x41 and content[at + 2] == 0 for at in range(0, len(content) - 187, 188))
        head = lambda content, at: content[at // 188 * 188:at // 188 * 188 + 4]
        # Not where the encoder fills the frame up, which it does with FF: that belongs to either.
        isPicture = lambda content, at: content[at - 64:at + 64].count(0xFF) < 8
        cut = next(at for at in range(len(first) // 3 // self.BLOCK * self.BLOCK, len(first), self.BLOCK)
                   if at % 188 and head(first, at) == head(second, at) and head(first, at)[1:3] == b"\x01\x00" and isPicture(first, at)
                   and isPicture(second, at) and frames(first[:at]) == frames(second[:at]))
        others = [file.read_bytes() for file in files("healthy") if file.suffix == ".mkv"][:3]
        document = self.carve(self.lay_out(first[:cut] + second[cut:], cut, others), status=3)
        self.assertEqual([find for find in document["finds"] if len(find["extents"]) > 1], [])
        document = self.carve(self.lay_out(first, cut, others), status=(0, 3), output="right")
        self.assertEqual([find["sha256"] for find in document["finds"] if len(find["extents"]) > 1], [sha256(first)])

    def test_two_rests_that_fit_are_none(self):
        content = self.recording("a.mp4")
        cut = len(content) // 2 // self.BLOCK * self.BLOCK
        others = [file.read_bytes() for file in files("healthy") if file.suffix == ".mkv"][:3]
        # The same rest stands on the disk twice.
        second = content[cut:] + bytes(-len(content[cut:]) % self.BLOCK)
        image = self.lay_out(content, cut, others[:2] + [others[2] + bytes(-len(others[2]) % self.BLOCK) + second])
        document = self.carve(image, status=3)
        self.assertEqual([find for find in document["finds"] if len(find["extents"]) > 1], [], "expected no choice between equals")
        self.assertNotIn(sha256(content), {find["sha256"] for find in document["finds"]})

    def test_a_rest_of_another_recording(self):
        content = self.recording("a.mp4")
        other = self.recording("b.mp4", "-metadata", "title=another", encoder=("libx264", "-preset", "ultrafast", "-g", "25"))
        cut = len(content) // 2 // self.BLOCK * self.BLOCK
        others = [file.read_bytes() for file in files("healthy") if file.suffix == ".mkv"][:3]
        image = self.lay_out(content[:cut] + other[len(other) // 2 // self.BLOCK * self.BLOCK:], cut, others)
        document = self.carve(image, status=3)
        self.assertEqual([find for find in document["finds"] if len(find["extents"]) > 1], [])

    def test_two_recordings_of_one_camera_in_turns(self):
        for name, options in (("a.mp4", ()), ("a.mkv", ("-cluster_time_limit", "500")), ("a.ts", ()),
                              ("f.mp4", ("-movflags", "frag_keyframe+empty_moov+default_base_moof"))):
            with self.subTest(name):
                first = self.recording("1" + name, "-s", "320x240", *options)
                second = self.recording("2" + name, "-s", "320x240", *options, encoder=("libx264", "-preset", "ultrafast", "-g", "10", "-crf", "24"))
                cut = lambda content, share: len(content) * share // 100 // self.BLOCK * self.BLOCK
                pad = lambda data: data + bytes(-len(data) % self.BLOCK)
                at, other = cut(first, 40), cut(second, 55)
                image = self.folder / f"{name}.img"
                image.write_bytes(first[:at] + second[:other] + pad(first[at:]) + pad(second[other:]) + bytes(1 << 16))
                document = self.carve(image, status=(0, 3), output=name + ".out")
                joined = [find for find in document["finds"] if len(find["extents"]) > 1]
                self.assertTrue(joined)
                for find in document["finds"]:
                    if find["state"] == "complete" and find in joined:
                        self.assertIn(find["sha256"], {sha256(first), sha256(second)}, "expected no rest of another recording")
                # The rest of the first is gone: what there is of the second is not taken for it.
                image.write_bytes(first[:at] + second[:other] + bytes(1 << 16) + pad(second[other:]) + bytes(1 << 16))
                document = self.carve(image, status=(0, 3), output=name + ".out2")
                for find in document["finds"]:
                    if len(find["extents"]) > 1:
                        self.assertEqual(find["extents"][0]["offset"], at, "expected nothing behind the first")
