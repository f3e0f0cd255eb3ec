"""Single files made playable again, beside the original."""

import json
import os

from support import PROGRAM, EndToEndTest, in_mount_namespace, run, clips, corpus_file, decoder_complaints, probe_video, truth


class Repair(EndToEndTest):
    def entry(self, camera, damage):
        return next(entry for entry in truth() if entry["camera"] == camera and entry["damage"] == damage)

    def test_an_mp4_without_its_table(self):
        """What it lost is taken from a healthy file of the same camera, which the program finds."""
        for camera in ("mp4h264", "mp4hevc"):
            with self.subTest(camera):
                output = self.folder / camera
                entry = self.entry(camera, "killed")
                result = self.program("repair", corpus_file(entry), "--output", output, "--json", status=3)
                told = json.loads(result.out)["files"][0]
                self.assertEqual(told["referenceOrigin"], "found")
                self.assertIn(camera, told["reference"])
                self.expect_playable(output, told["framesRecovered"])

    def test_a_reference_of_another_camera_is_not_believed(self):
        other = corpus_file(self.entry("mp4hevc", "healthy"))
        output = self.folder / "out"
        result = self.program("repair", corpus_file(self.entry("mp4h264", "killed")), "--reference", other, "--output", output, "--json", status=3)
        told = json.loads(result.out)["files"][0]
        self.assertIsNone(told["reference"])
        self.assertIsNone(told["output"])
        self.assertEqual([file for file in output.rglob("*") if file.is_file()], [])

    def test_files_that_hold_their_own_description(self):
        for camera in ("fmp4h264", "mkvh264", "mkvhevc", "tsh264", "avih264", "rawh264"):
            with self.subTest(camera):
                output = self.folder / camera
                damaged = corpus_file(self.entry(camera, "killed"))
                self.program("repair", damaged, "--output", output, status=(0, 3))
                self.expect_playable(output, probe_video(damaged)["frames"] - 1)

    def test_names_in_another_encoding(self):
        """Latin-1, as old recorders wrote it: the bytes count, and two names that look alike are two files."""
        folder = os.fsencode(self.folder)
        healthy = corpus_file(self.entry("mkvh264", "healthy")).read_bytes()
        names = [b"caf\xe9.mkv", b"caf\xe8.mkv"]
        for name in names:
            with open(folder + b"/" + name, "wb") as file:
                file.write(healthy)
        files = [os.fsdecode(folder + b"/" + name) for name in names]
        told = self.parse_json(self.program("repair", *files, "--output", self.folder / "out", "--json"))["files"]
        self.assertEqual([file["input"] for file in told], [f"{self.folder}/caf%E9.mkv", f"{self.folder}/caf%E8.mkv"])
        self.assertEqual([file["state"] for file in told], ["complete", "complete"])
        self.assertEqual(len(clips(self.folder / "out")), 2)
        missing = os.fsdecode(folder + b"/no\xe9.mkv")
        self.assertIn("no%E9.mkv", self.refused("repair", missing, "--output", self.folder / "out", status=5, silent=False).err)

    def test_what_is_no_video(self):
        text, empty, zeroes, pipe = (self.folder / name for name in ("letter.mp4", "empty.mp4", "zeroes.mp4", "pipe.mp4"))
        text.write_text("dear sir\n")
        empty.touch()
        zeroes.write_bytes(bytes(1 << 20))
        os.mkfifo(pipe)
        for file, says in ((text, "no video"), (empty, "empty"), (zeroes, "nothing but zeroes"), (self.folder, "no file"), (pipe, "no file"),
                           (self.folder / "none.mp4", "does not exist")):
            with self.subTest(file.name):
                said = self.refused("repair", file, "--output", self.folder / "out", status=5, says=file.name, silent=False)
                self.assertIn(says, said.err)
        # Of several, each gets its line.
        result = self.program("repair", text, empty, zeroes, "--output", self.folder / "out", status=5)
        for file in (text, empty, zeroes):
            self.assertIn(f"{file}: not repaired", result.out)

    def test_a_reference_that_is_none(self):
        broken = corpus_file(self.entry("mp4h264", "killed"))
        text = self.folder / "letter.mp4"
        text.write_text("dear sir\n")
        for reference in (text, self.folder / "none.mp4", self.folder):
            with self.subTest(reference.name):
                self.refused("repair", broken, "--reference", reference, "--output", self.folder / "out", status=5, says=reference.name, silent=False)

    def test_a_full_destination_is_named(self):
        entry = self.entry("mp4h264", "killed")
        script = f'mkdir "{self.folder}/full"; mount -t tmpfs -o size=16k none "{self.folder}/full"'
        command = in_mount_namespace(script, [PROGRAM, "repair", str(corpus_file(entry)), "--output", f"{self.folder}/full/out", "--no-progress"])
        result = run(command)
        self.assertEqual(result.status, 6, str(result))
        self.assertIn(f"The destination {self.folder}/full/out is full", result.err)

    def expect_playable(self, output, least):
        files = clips(output)
        self.assertEqual(len(files), 1, f"expected one file, found {files}")
        self.assertGreaterEqual(probe_video(files[0])["frames"], least)
        self.assertEqual(decoder_complaints(files[0]), "")
