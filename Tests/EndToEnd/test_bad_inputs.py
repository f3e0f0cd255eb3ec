"""Sources as nobody would wish them: each ends soon, with the exit status of the table and a sentence that helps."""

import datetime
import json
import os
import pathlib
import random
import shutil
import socket
import struct
import subprocess

from support import EndToEndTest, Index, as_nobody, corpus_file, truth

HEALTHY = next(entry for entry in truth() if entry["camera"] == "mp4h264" and entry["damage"] == "healthy")


class MissingSources(EndToEndTest):
    def test_a_path_that_does_not_exist(self):
        target = self.folder / "x.ctrx"
        self.refused("index", "build", "/does/not/exist", "--index", target, status=5, says="/does/not/exist")
        self.assertFalse(target.exists())

    def test_the_same_with_json(self):
        result = self.program("index", "build", "/does/not/exist", "--index", self.folder / "x.ctrx", "--json", status=5)
        error = json.loads(result.out)["error"]
        self.assertLessEqual({"code", "message", "hint"}, set(error))

    def test_an_empty_tree(self):
        (self.folder / "empty").mkdir()
        self.refused("index", "build", self.folder / "empty", "--index", self.folder / "x.ctrx", status=5)

    def test_a_tree_without_video(self):
        folder = self.folder / "documents"
        folder.mkdir()
        for number in range(20):
            (folder / f"{number}.txt").write_text("nothing to see here\n" * number)
        shutil.copy("/bin/ls", folder / "program")
        self.refused("index", "build", folder, "--index", self.folder / "x.ctrx", status=5)

    def test_an_index_that_does_not_exist(self):
        for command in (["list"], ["check"], ["export", "--format", "csv"]):
            with self.subTest(command[0]):
                self.refused("index", *command, "--index", self.folder / "none.ctrx", status=5, says="none.ctrx")
        self.refused("extract", "--index", self.folder / "none.ctrx", "--output", self.folder / "out", status=5, says="none.ctrx")

    def test_an_index_that_is_none(self):
        for name, content in {"text": b"hello\n", "zeroes": bytes(8192), "nothing": b"", "cut": b"SQLite format 3\0" + bytes(50)}.items():
            with self.subTest(name):
                file = self.folder / name
                file.write_bytes(content)
                self.refused("index", "list", "--index", file, status=5)
                self.assertEqual(file.read_bytes(), content)

    def test_another_programs_database_is_left_alone(self):
        file = self.folder / "other.db"
        subprocess.run(["sqlite3", file, "CREATE TABLE precious(x); INSERT INTO precious VALUES (1);"], check=True, timeout=30)
        before = file.read_bytes()
        self.refused("index", "list", "--index", file, status=5)
        folder, _ = self.tree()
        self.refused("index", "build", folder, "--index", file, status=6)
        self.assertEqual(file.read_bytes(), before)


class OddTrees(EndToEndTest):
    def expect(self, folder, count, status=0, **options):
        index = self.build_index(folder, status=status, timeout=30, **options)
        self.assertEqual(index.value("SELECT count(*) FROM segment WHERE state = 'complete'"), count)
        return index

    def test_links_that_loop_or_lead_nowhere(self):
        folder, count = self.tree()
        (folder / "loop").symlink_to(folder)
        (folder / "up").symlink_to("..")
        (folder / "itself").symlink_to("itself")
        (folder / "nowhere").symlink_to("/does/not/exist")
        (folder / "root").symlink_to("/")
        self.expect(folder, count)

    def test_fifos_and_sockets(self):
        folder, count = self.tree()
        os.mkfifo(folder / "pipe.mp4")
        with socket.socket(socket.AF_UNIX) as listener:
            here = os.getcwd()
            os.chdir(folder)
            try:
                listener.bind("socket.mp4")
            finally:
                os.chdir(here)
            self.expect(folder, count)

    def test_devices(self):
        if os.geteuid() != 0:
            self.skipTest("making a device node needs root")
        folder, count = self.tree()
        for name, kind, major, minor in (("zero.mp4", 0o20000, 1, 5), ("tty.mp4", 0o20000, 5, 0), ("random.mkv", 0o20000, 1, 8), ("loop.ts", 0o60000, 7, 99)):
            os.mknod(folder / name, kind | 0o666, os.makedev(major, minor))
        self.expect(folder, count)

    def test_a_fifo_as_the_source(self):
        os.mkfifo(self.folder / "pipe")
        self.refused("index", "build", self.folder / "pipe", "--index", self.folder / "x.ctrx", status=5, timeout=20)

    def test_a_device_as_the_source(self):
        self.refused("index", "build", "/dev/zero", "--index", self.folder / "x.ctrx", status=5, timeout=20)

    def test_names_that_are_hard_to_say(self):
        folder, count = self.tree()
        odd = [b"with space.mp4", b"line\nbreak.mp4", b"tab\tquote'\".mp4", b"x" * 251 + b".mp4", b"invalid \xff\xfe utf-8.mp4", b"-rf.mp4",
               "é.mp4".encode("latin-1"), "e\u0301te\u0301.mp4".encode(), "\u202eright to left.mp4".encode(), b"100%25.mp4", b"\x1b[31mred.mp4"]
        # Different footage: the same bytes under two names, without a time in them, would be one segment.
        others = [entry for entry in truth() if entry["damage"] == "healthy" and entry["path"].endswith(".mp4") and entry["camera"] != "mp4h264"]
        for number, name in enumerate(odd):
            target = os.path.join(os.fsencode(folder), name)
            shutil.copyfile(corpus_file(others[number]), target)
            os.utime(target, (1700000000 + 60 * number,) * 2)
        index = self.expect(folder, count + len(odd), status=(0, 3))
        found = {row["bytes"] for row in index.segments()}
        self.assertLessEqual(set(odd), found, "expected every name as it is on the disk")
        for row in index.segments():
            self.assertIn(row["path_encoding"], ("utf-8", "percent"))
            row["path"].encode("utf-8")
        listed = self.program("index", "list", "--index", index.file)
        self.assertNotIn("\x1b[31m", listed.out, "expected no escape sequence of a file's name on the terminal")
        self.program("index", "check", "--index", index.file)

    def test_extraction_from_names_that_are_hard_to_say(self):
        folder = self.folder / "source"
        folder.mkdir()
        shutil.copyfile(corpus_file(HEALTHY), os.path.join(os.fsencode(folder), b"line\nbreak \xff.mp4"))
        index = self.build_index(folder, status=(0, 3))
        output = self.folder / "clips"
        self.program("extract", "--index", index.file, "--output", output, status=(0, 3))
        self.assertEqual(subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=output, timeout=30).returncode, 0)
        self.assertEqual(len(list(output.rglob("*.mp4"))), 1)

    def test_unreadable_files_and_folders(self):
        folder, count = self.tree()
        locked = folder / "locked.mp4"
        shutil.copyfile(corpus_file(HEALTHY), locked)
        locked.chmod(0)
        closed = folder / "closed"
        closed.mkdir()
        shutil.copyfile(corpus_file(HEALTHY), closed / "10.00.00.mp4")
        closed.chmod(0)
        self.addCleanup(closed.chmod, 0o755)
        target = self.folder / "results"
        target.mkdir()
        target.chmod(0o777)
        result = self.program("index", "build", folder, "--index", target / "x.ctrx", status=3, wrap=as_nobody)
        index = Index(target / "x.ctrx")
        self.assertEqual(index.value("SELECT count(*) FROM segment WHERE state = 'complete'"), count)
        self.assertEqual([row["path"] for row in index.rows("SELECT path FROM segment WHERE state = 'unreadable'")], ["locked.mp4"])
        self.assertIn("closed", result.out + result.err, f"expected the folder that could not be read to be named\n{result}")

    def test_a_source_that_may_not_be_read_at_all(self):
        folder, _ = self.tree()
        folder.chmod(0)
        self.addCleanup(folder.chmod, 0o755)
        target = self.folder / "results"
        target.mkdir()
        target.chmod(0o777)
        self.refused("index", "build", folder, "--index", target / "x.ctrx", status=5, wrap=as_nobody)

    def test_clocks_of_1970_and_2106(self):
        folder = self.folder / "source"
        starts = {}
        for when in ("1970-01-01/00.00.00", "1970-01-01/00.00.10", "2038-01-19/03.14.08", "2106-02-07/06.28.16"):
            target = folder / "gate" / f"{when}.mp4"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(corpus_file(HEALTHY), target)
            start = datetime.datetime.strptime(when, "%Y-%m-%d/%H.%M.%S").replace(tzinfo=datetime.timezone.utc)
            starts[f"gate/{when}.mp4"] = int(start.timestamp()) * 1_000_000
            os.utime(target, (int(start.timestamp()) + 2,) * 2)
        index = self.build_index(folder, status=(0, 3), options=["--time-zone", "UTC", "--layout", "{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}"])
        self.assertEqual({row["path"]: row["start_us"] for row in index.segments()}, starts)
        output = self.folder / "clips"
        self.program("extract", "--index", index.file, "--output", output, "--subtitles", status=(0, 3))
        self.assertEqual(len(list(output.rglob("*.mp4"))), len(starts))

    def test_times_of_files_at_the_edge_of_what_the_disk_stores(self):
        folder = self.folder / "source"
        folder.mkdir()
        for number, when in enumerate((0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32)):
            target = folder / f"clip{chr(97 + number)}.mp4"
            shutil.copyfile(corpus_file(HEALTHY), target)
            os.utime(target, (when, when))
        index = self.build_index(folder, status=(0, 3))
        self.assertGreaterEqual(index.value("SELECT count(*) FROM segment"), 1)

    def test_an_image_file_instead_of_a_tree(self):
        image = self.folder / "disk.img"
        image.write_bytes(bytes(1 << 20))
        self.refused("index", "build", image, "--index", self.folder / "x.ctrx", status=5)


class HostileFiles(EndToEndTest):
    """Bytes that would make a careless parser hang, crash or eat the memory."""

    def expect_survival(self, name, content, seconds=20):
        folder, count = self.tree()
        (folder / name).write_bytes(content)
        file = self.folder / "x.ctrx"
        limited = lambda command: ["prlimit", f"--as={4 << 30}", *command]
        self.program("index", "build", folder, "--index", file, "--no-progress", status=(0, 3), timeout=seconds, wrap=limited)
        index = Index(file)
        self.assertEqual(index.value("SELECT count(*) FROM segment WHERE state = 'complete' AND path LIKE 'mp4h264/%'"), count)

    @staticmethod
    def box(kind, content=b"", size=None):
        return struct.pack(">I", len(content) + 8 if size is None else size) + kind + content

    def test_a_million_boxes(self):
        start = self.box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
        self.expect_survival("boxes.mp4", start + self.box(b"free") * 1_000_000)

    def test_a_million_boxes_inside_moov(self):
        start = self.box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
        self.expect_survival("boxes.mp4", start + self.box(b"moov", self.box(b"trak") * 1_000_000))

    def test_a_million_empty_fragments(self):
        start = self.box(b"ftyp", b"iso5\0\0\2\0iso5iso6mp41")
        self.expect_survival("fragments.mp4", start + (self.box(b"moof") + self.box(b"mdat")) * 500_000)

    def test_boxes_nested_ten_thousand_deep(self):
        for kind in (b"moov", b"udta", b"moof"):
            with self.subTest(kind.decode()):
                depth = 10_000
                nested = b"".join(struct.pack(">I", 8 * (depth - level)) + kind for level in range(depth))
                self.expect_survival("nested.mp4", self.box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + nested)

    def test_elements_nested_ten_thousand_deep(self):
        header = bytes.fromhex("1A45DFA3 8B 4282 88 6D6174726F736B61".replace(" ", ""))
        self.expect_survival("nested.mkv", header + bytes.fromhex("1853806701FFFFFFFFFFFFFF") + bytes.fromhex("1F43B67501FFFFFFFFFFFFFF") * 10_000)

    def test_a_million_elements(self):
        header = bytes.fromhex("1A45DFA3 8B 4282 88 6D6174726F736B61".replace(" ", ""))
        self.expect_survival("voids.mkv", header + bytes.fromhex("1853806701FFFFFFFFFFFFFF") + bytes.fromhex("EC80") * 1_000_000)

    def test_a_list_of_chunks_nested_ten_thousand_deep(self):
        nested = b"".join(b"LIST" + struct.pack("<I", 12 * (10_000 - level)) + b"rec " for level in range(10_000))
        self.expect_survival("nested.avi", b"RIFF" + struct.pack("<I", len(nested) + 4) + b"AVI " + nested)

    def test_a_million_start_codes(self):
        self.expect_survival("codes.h264", b"\0\0\0\1\x67\x42" + b"\0\0\1\x65" * 1_000_000)

    def test_transport_packets_of_every_stream(self):
        packets = b"".join(b"\x47" + struct.pack(">H", 0x4000 | number % 8192) + b"\x10" + bytes(184) for number in range(50_000))
        self.expect_survival("streams.ts", packets)

    def test_sizes_that_overflow(self):
        content = self.box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1) + bytes(1000)
        self.expect_survival("huge.mp4", content)

    def test_every_header_on_garbage(self):
        noise = random.Random(7).randbytes(200_000)
        folder, count = self.tree()
        for entry in truth():
            if entry["damage"] == "healthy" and entry["startMicroseconds"] == HEALTHY["startMicroseconds"]:
                head = corpus_file(entry).read_bytes()[:600]
                (folder / f"noise-{entry['camera']}{pathlib.Path(entry['path']).suffix}").write_bytes(head + noise)
        index = self.build_index(folder, status=(0, 3), timeout=60)
        self.assertEqual(index.value("SELECT count(*) FROM segment WHERE path LIKE 'mp4h264/%' AND state = 'complete'"), count)

    def test_a_hole_of_a_terabyte(self):
        folder, count = self.tree()
        sparse = folder / "hole.mp4"
        shutil.copyfile(corpus_file(HEALTHY), sparse)
        try:
            os.truncate(sparse, 1 << 40)
        except OSError:
            self.skipTest("this file system has no files of a terabyte")
        index = self.build_index(folder, status=(0, 3), timeout=60)
        self.assertEqual(index.value("SELECT count(*) FROM segment WHERE path LIKE 'mp4h264/%' AND state = 'complete'"), count)


class Usage(EndToEndTest):
    def test_unknown_commands_and_options(self):
        for words in (["explode"], ["index", "build", "--no-such-option"], ["index", "build", "/tmp"], ["extract"],
                      ["index", "build", "/tmp", "--index", "x", "--jobs", "many"]):
            with self.subTest(" ".join(words)):
                result = self.program(*words, status=64)
                self.assertEqual(result.out, "")
                self.assertTrue(result.err)

    def test_dates_that_are_none(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        self.refused("index", "list", "--index", index.file, "--from", "yesterday", status=64, says="yesterday")

    def test_a_time_zone_that_is_none(self):
        folder, _ = self.tree()
        self.refused("index", "build", folder, "--index", self.folder / "x.ctrx", "--time-zone", "Mars/Olympus", status=64, says="Mars/Olympus")

    def test_a_template_that_is_none(self):
        folder, _ = self.tree()
        self.refused("index", "build", folder, "--index", self.folder / "x.ctrx", "--layout", "{camera/{yyyy}", status=64, says="{camera/{yyyy}")
