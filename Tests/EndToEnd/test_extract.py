"""Clips: the same pictures as in the recordings, in files that ffmpeg plays without complaint, and what lies beside them."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.parse
import xml.etree.ElementTree

import make_recordings
from support import (
    PROGRAM, CorpusTest, EndToEndTest, clips, corpus_file, decoder_complaints, ffprobe, frame_hashes, probe_video, run, truth)

FROM, TO = "2025-03-10T09:00:00Z", "2025-03-10T09:00:06Z"  # the three healthy segments of each camera
# Where a raw stream is cut in a picture, only a decoder can tell.
RAW = {"h264", "h265", "mpeg4", "mjpeg"}
CAMERAS = sorted({entry["camera"] for entry in truth()})


def healthy(camera):
    return [entry for entry in truth() if entry["camera"] == camera and entry["damage"] == "healthy"]


def pictures(files):
    return [digest for file in files for digest in frame_hashes(file)]


class ExtractTest(CorpusTest):
    def extract(self, *options, status=0, name="clips"):
        output = self.folder / name
        self.program("extract", "--index", self.index.file, "--output", output, "--no-progress", *options, status=status)
        return output

    def extract_camera(self, camera, *options):
        return clips(self.extract("--camera", self.camera_key(camera), "--from", FROM, "--to", TO, *options))

    def expect_same_pictures(self, camera, files):
        expected = pictures(corpus_file(entry) for entry in healthy(camera))
        self.assertEqual(len(expected), 60)
        self.assertEqual(pictures(files), expected, f"expected the 60 pictures of {camera}, found other ones in {[file.name for file in files]}")

    def expect_silence(self, files):
        for file in files:
            self.assertEqual(decoder_complaints(file), "", f"expected ffmpeg to have nothing to say about {file.parent.name}/{file.name}")


class EveryCamera(ExtractTest):
    """One test for each camera and way of extraction, made below."""


def way(camera, *options, single=False):
    def test(self):
        files = self.extract_camera(camera, *options)
        self.expect_same_pictures(camera, files)
        self.expect_silence(files)
        if single:
            self.assertEqual(len(files), 1, "expected one joined clip")
    return test


for camera in CAMERAS:
    safe = camera.replace("-", "_")
    setattr(EveryCamera, f"test_as_recorded_{safe}", way(camera, "--container", "original"))
    setattr(EveryCamera, f"test_joined_{safe}", way(camera, "--join", single=True))
    if camera != "webmvp8":
        setattr(EveryCamera, f"test_joined_as_mp4_{safe}", way(camera, "--join", "--container", "mp4", single=True))
    setattr(EveryCamera, f"test_joined_as_mkv_{safe}", way(camera, "--join", "--container", "mkv", single=True))


class Ranges(ExtractTest):
    def test_part_of_the_time(self):
        for camera in ("mp4h264", "mkvhevc", "tsh264", "avimpeg4"):
            with self.subTest(camera):
                output = self.extract("--camera", self.camera_key(camera), "--from", "2025-03-10T09:00:01.5Z", "--to", "2025-03-10T09:00:02.5Z",
                                      "--join", "--container", "mkv", name=camera)
                files = clips(output)
                found = pictures(files)
                whole = pictures(corpus_file(entry) for entry in healthy(camera))
                self.assertTrue(found, "expected pictures")
                start = whole.index(found[0])
                self.assertEqual(found, whole[start:start + len(found)], "expected one stretch of the recording, in order")
                # Asked for pictures 15 to 24: from the keyframe before them, and not a second more than needed.
                self.assertLessEqual(start, 15)
                self.assertGreaterEqual(start, 0)
                self.assertGreaterEqual(start + len(found), 25)

    def test_nothing_in_the_range(self):
        output = self.folder / "none"
        result = self.program("extract", "--index", self.index.file, "--output", output, "--from", "1999-01-01T00:00:00Z",
                              "--to", "1999-01-02T00:00:00Z", status=(0, 3, 5))
        self.assertEqual(clips(output) if output.exists() else [], [], str(result))

    def test_local_time_without_offset_is_that_of_the_index(self):
        output = self.extract("--camera", self.camera_key("mp4h264"), "--from", "2025-03-10T10:00:00", "--to", "2025-03-10T10:00:06", name="local")
        self.expect_same_pictures("mp4h264", clips(output))

    def test_dry_run_writes_nothing(self):
        output = self.folder / "dry"
        result = self.program("extract", "--index", self.index.file, "--output", output, "--camera", self.camera_key("mp4h264"),
                              "--from", FROM, "--to", TO, "--dry-run")
        self.assertFalse(output.exists() and any(output.iterdir()), "expected nothing on the disk")
        self.assertTrue(result.out.strip(), "expected the plan on standard output")

    def test_no_file_is_larger_than_asked(self):
        limit = sum(corpus_file(entry).stat().st_size for entry in healthy("mkvmjpeg")) // 2
        files = self.extract_camera("mkvmjpeg", "--join", "--max-file-size", str(limit))
        self.assertGreater(len(files), 1)
        for file in files:
            self.assertLessEqual(file.stat().st_size, limit, file.name)
        self.expect_same_pictures("mkvmjpeg", files)

    def test_whole_segments_are_copied_bit_for_bit(self):
        files = self.extract_camera("mp4h264", "--container", "original")
        self.assertEqual([file.read_bytes() for file in files], [corpus_file(entry).read_bytes() for entry in healthy("mp4h264")])


class Damaged(ExtractTest):
    def test_what_is_left_plays(self):
        for camera in CAMERAS:
            for entry in truth():
                if entry["camera"] != camera or entry["damage"] == "healthy" or not self.row(entry)["frame_count"]:
                    continue
                with self.subTest(f"{entry['damage']} {camera}"):
                    start = entry["startMicroseconds"] // 1_000_000 - 1741597200
                    window = [f"2025-03-10T09:{second // 60:02}:{second % 60:02}Z" for second in (start, start + 10)]
                    output = self.extract("--camera", self.row(entry)["camera_key"], "--from", window[0], "--to", window[1], "--container", "mkv",
                                          status=(0, 3), name=f"{camera}-{entry['damage']}")
                    files = clips(output)
                    self.assertTrue(files, "expected a clip")
                    if entry["container"] not in RAW:
                        self.expect_silence(files)
                    shown = sum(probe_video(file)["frames"] for file in files)
                    self.assertGreaterEqual(shown, self.row(entry)["frame_count"] - 2)


class WhatLiesBeside(ExtractTest):
    """One extraction of everything."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.output = pathlib.Path(tempfile.mkdtemp(prefix="everything."))
        cls.addClassCleanup(shutil.rmtree, cls.output, ignore_errors=True)
        cls.result = run([PROGRAM, "extract", "--index", cls.index.file, "--output", cls.output, "--subtitles", "--no-progress"],
                         env={"PATH": "/usr/bin:/bin", "HOME": str(cls.output), "LANG": "C.UTF-8"})
        cls.files = clips(cls.output)
        if cls.result.status not in (0, 3) or not cls.files:
            raise AssertionError(f"expected clips and exit status 3\n{cls.result}")

    def test_the_losses_show_in_the_exit_status(self):
        self.assertEqual(self.result.status, 3, str(self.result))

    def test_sha256sum_agrees_and_covers_every_clip(self):
        checked = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=self.output, capture_output=True, text=True, timeout=60)
        self.assertEqual((checked.returncode, checked.stdout), (0, ""), checked.stderr)
        listed = {line.split("  ", 1)[1] for line in (self.output / "SHA256SUMS").read_text().splitlines()}
        self.assertLessEqual({str(file.relative_to(self.output)) for file in self.files}, listed)

    def test_clips_lie_in_a_folder_for_each_camera_and_bear_their_time(self):
        for file in self.files:
            self.assertEqual(len(file.relative_to(self.output).parts), 2, file)
            self.assertRegex(file.name, r"^2025-03-10_10\.0\d\.\d\d(\.\d+)?\+01\.?00_[0-9.]+s")

    def test_names_are_legal_on_fat(self):
        for file in self.output.rglob("*"):
            expect_legal(self, file.name)

    def test_subtitles_parse_and_tell_the_wall_clock(self):
        block = re.compile(r"^\d+\n(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})\n(.+)$", re.S)
        for file in self.files:
            subtitles = file.with_suffix(".srt")
            self.assertTrue(subtitles.exists(), f"expected {subtitles.name}")
            reached = -1
            blocks = subtitles.read_text("utf-8-sig").replace("\r\n", "\n").strip().split("\n\n")
            for text in blocks:
                match = block.match(text)
                self.assertIsNotNone(match, f"expected a subtitle, found {text!r}")
                numbers = [int(group) for group in match.groups()[:8]]
                begin, end = [((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (numbers[:4], numbers[4:])]
                self.assertLessEqual(reached, begin)
                self.assertLess(begin, end)
                reached = end
                self.assertRegex(match.group(9), r"2025-03-10|10/03/2025|10\.03\.2025")
            shown = float(ffprobe(file, "-show_entries", "format=duration").get("format", {}).get("duration", 0) or 0)
            if shown:
                self.assertAlmostEqual(len(blocks), shown, delta=1.6, msg=f"expected a subtitle for each second of {file.name}")

    def test_ffmpeg_reads_the_subtitles(self):
        file = self.files[0].with_suffix(".srt")
        self.assertEqual(ffprobe(file, "-show_entries", "stream=codec_name")["streams"][0]["codec_name"], "subrip")

    def test_playlists_name_what_is_there_and_nothing_absolute(self):
        lists = sorted(self.output.rglob("playlist.m3u8"))
        self.assertIn(self.output / "playlist.m3u8", lists)
        self.assertEqual(len(lists), 1 + len(CAMERAS))
        for playlist in lists:
            lines = playlist.read_text("utf-8").splitlines()
            self.assertEqual(lines[0], "#EXTM3U")
            entries = [urllib.parse.unquote(line) for line in lines if line and not line.startswith("#")]
            self.assertTrue(entries)
            for entry in entries:
                self.assertFalse(entry.startswith(("/", "file:")), entry)
                self.assertTrue((playlist.parent / entry).is_file(), f"{playlist} names {entry}")
        whole = [line for line in (self.output / "playlist.m3u8").read_text("utf-8").splitlines() if not line.startswith("#")]
        self.assertEqual(len(whole), len(self.files))

    def test_xspf_playlists_are_xml_and_name_the_same(self):
        for playlist in sorted(self.output.rglob("playlist.xspf")):
            space = "{http://xspf.org/ns/0/}"
            tracks = xml.etree.ElementTree.parse(playlist).getroot().findall(f"{space}trackList/{space}track")
            self.assertTrue(tracks)
            for track in tracks:
                self.assertTrue((playlist.parent / urllib.parse.unquote(track.find(f"{space}location").text)).is_file())

    def test_the_manifest_accounts_for_every_clip(self):
        manifest = json.loads((self.output / "manifest.json").read_text("utf-8"))
        text = json.dumps(manifest, ensure_ascii=False)
        for file in self.files:
            self.assertIn(str(file.relative_to(self.output)), text)
        for entry in truth():
            if entry["damage"] == "healthy":
                self.assertIn(entry["path"], text, "expected the source of each clip")

    def test_the_manifest_tells_who_when_and_with_what(self):
        manifest = json.loads((self.output / "manifest.json").read_text("utf-8"))
        self.assertEqual(next(iter(manifest)), "schema")
        for key in ("toolVersion", "exportedAt", "operator", "clips", "gaps"):
            self.assertIn(key, manifest)
        self.assertEqual(len(manifest["clips"]), len(self.files))
        for clip in manifest["clips"]:
            for key in ("sources", "camera", "startUtc", "startLocal", "timeSource"):
                self.assertIn(key, clip)

    def test_ffmpeg_has_nothing_to_say_about_healthy_clips(self):
        manifest = json.loads((self.output / "manifest.json").read_text("utf-8"))
        # A raw stream has no end mark: where one was cut, its last picture may be half there and nothing in it says so.
        cut = {entry["path"] for entry in truth() if entry["damage"] != "healthy" and entry["container"] in RAW}
        whole = [self.output / clip["file"] for clip in manifest["clips"]
                 if not clip.get("losses") and not any(source["path"] in cut for source in clip["sources"])]
        self.assertGreaterEqual(len(whole), 70)
        self.expect_silence(whole)

    def test_nothing_unfinished_is_left(self):
        self.assertEqual([str(file) for file in self.output.rglob(".*")], [])


RESERVED = re.compile(r"^(CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])(\..*)?$", re.I)


def expect_legal(test, name):
    test.assertNotRegex(name, r'[<>:"/\\|?*\x00-\x1f\x7f]', f"{name!r} is not legal on FAT")
    test.assertFalse(name.endswith((".", " ")) or name.startswith(" "), f"{name!r} is not legal on FAT")
    test.assertIsNone(RESERVED.match(name), f"{name!r} is reserved")
    test.assertLessEqual(len(name.encode("utf-16-le")) // 2, 255)


class Unmounted(EndToEndTest):
    def test_one_sentence_for_a_disk_that_is_not_there(self):
        source, count = self.tree()
        index = self.build_index(source)
        shutil.rmtree(source)
        out = self.folder / "clips"
        for there in (False, True):
            if there:
                source.mkdir()  # the mount point stays
            result = self.refused("extract", "--index", index.file, "--output", out, status=5, says=f"{source} ({count} files)")
            self.assertIn("mounted", result.err)
            self.assertFalse(out.exists())

    def test_what_is_lost_alike_is_told_once(self):
        source, count = self.tree()
        index = self.build_index(source)
        for file in sorted(source.rglob("*.mp4"))[1:]:
            file.unlink()
        result = self.program("extract", "--index", index.file, "--output", self.folder / "clips", status=3)
        self.assertEqual(result.out.count("not there any more"), 1, result.out)
        self.assertIn(f"(and {count - 2} more): the file is not there any more", result.out)


class OddCameraNames(EndToEndTest):
    def test_names_of_cameras_that_fat_does_not_know(self):
        folder = self.folder / "source"
        entry = healthy("mp4h264")[0]
        names = ["a:b?", "CON", "gate ", "Hall", "hall", "quai n°4 — été", 'x"<y>|z*', "back\\slash", "dots..."]
        for name in names:
            target = folder / entry["path"].replace("mp4h264", name)
            target.parent.mkdir(parents=True)
            shutil.copy2(corpus_file(entry), target)
        index = self.build_index(folder, status=(0, 3), options=["--time-zone", "Europe/Paris", "--layout", make_recordings.CLOCK_LAYOUT])
        output = self.folder / "clips"
        self.program("extract", "--index", index.file, "--output", output, status=(0, 3))
        for file in output.rglob("*"):
            expect_legal(self, file.name)
        # The same bytes at the same time in nine places are nine cameras' footage.
        self.assertEqual(len(clips(output)), len(names))
        folders = [file.name.lower() for file in output.iterdir() if file.is_dir()]
        self.assertEqual(len(folders), len(set(folders)), "expected folders that differ on a disk that folds case")
