"""What the index says of every recording, against what ffprobe says and what is known to be in it."""

import json
import os
import shutil
import subprocess

import make_recordings
from support import VOLUMES, CorpusTest, EndToEndTest, Index, as_nobody, corpus_file, probe_video, truth

HEALTHY = [entry for entry in truth() if entry["damage"] == "healthy"]
DAMAGED = [entry for entry in truth() if entry["damage"] != "healthy"]

# A raw stream that ends in the middle of a picture looks like one with a small last picture.
RAW = {"h264", "h265", "mpeg4", "mjpeg"}
# Raw streams of these carry no rate, so how long they last is not to be known from the bytes.
UNTIMED = {"mpeg4", "mjpeg"}
# No end mark: killed between two pictures, nothing tells them from finished ones.
ENDLESS = RAW | {"mpegts", "fmp4", "matroska", "webm"}
# What the index calls a codec, where ffprobe has another word.
SYNONYMS = {"hevc": {"hevc", "h265"}, "mpeg4": {"mpeg4", "mpeg4-part2", "mpeg-4"}, "mjpeg": {"mjpeg", "jpeg"}}


class HealthySegments(CorpusTest):
    def test_every_file_is_there_once(self):
        expected = {(entry["volume"], entry["path"]) for entry in truth()}
        found = {key for key in self.by_file if not key[1].endswith("empty.mp4")}
        self.assertEqual(found, expected)

    def test_frame_counts_equal_those_of_ffprobe(self):
        for entry in HEALTHY:
            with self.subTest(entry["path"]):
                self.assertEqual(self.row(entry)["frame_count"], probe_video(corpus_file(entry))["frames"])

    def test_a_keyframe_every_second(self):
        for entry in HEALTHY:
            with self.subTest(entry["path"]):
                expected = 20 if entry["codec"] == "mjpeg" else 2
                if entry["codec"] == "vp8":
                    expected = self.row(entry)["keyframe_count"]  # libvpx places them as it likes
                self.assertEqual(self.row(entry)["keyframe_count"], expected)

    def test_containers_codecs_and_dimensions(self):
        for entry in HEALTHY:
            with self.subTest(entry["path"]):
                row, oracle = self.row(entry), probe_video(corpus_file(entry))
                self.assertEqual(row["container"], entry["container"])
                self.assertIn(row["video_codec"], SYNONYMS.get(oracle["codec_name"], {oracle["codec_name"]}))
                self.assertEqual((row["width"], row["height"]), (oracle["width"], oracle["height"]))

    def test_audio(self):
        for entry in HEALTHY:
            with self.subTest(entry["path"]):
                self.assertEqual(self.row(entry)["audio_codec"], entry["audio"] or None)

    def test_durations(self):
        for entry in HEALTHY:
            with self.subTest(entry["path"]):
                if self.row(entry)["duration_us"] is None and entry["container"] in UNTIMED:
                    continue
                self.assertAlmostEqual(self.row(entry)["duration_us"] / 1e6, entry["seconds"], delta=0.21)

    def test_starts_are_found_without_being_told_the_layout(self):
        for entry in truth():
            with self.subTest(entry["path"]):
                self.assertEqual(self.row(entry)["start_us"], entry["startMicroseconds"])
                self.assertEqual(self.row(entry)["time_source"], "path")

    def test_healthy_segments_are_complete(self):
        for entry in HEALTHY:
            with self.subTest(entry["path"]):
                self.assertEqual(self.row(entry)["state"], "complete")
                self.assertEqual(self.row(entry)["size_bytes"], corpus_file(entry).stat().st_size)

    def test_one_camera_for_each_that_was_recorded(self):
        keys = {entry["camera"]: self.row(entry)["camera_key"] for entry in truth()}
        self.assertEqual(len(set(keys.values())), len(keys))
        for entry in truth():
            self.assertEqual(self.row(entry)["camera_key"], keys[entry["camera"]])


class DamagedSegments(CorpusTest):
    def test_none_is_called_complete(self):
        for entry in DAMAGED:
            with self.subTest(entry["path"]):
                if entry["container"] in RAW or (entry["damage"] == "killed" and entry["container"] in ENDLESS):
                    continue
                self.assertIn(self.row(entry)["state"], ("truncated", "damaged"))

    def test_as_many_frames_as_ffmpeg_gets_and_no_more_than_there_are(self):
        for entry in DAMAGED:
            with self.subTest(f"{entry['damage']} {entry['path']}"):
                frames = self.row(entry)["frame_count"] or 0
                # ffmpeg may count a last picture that is cut; what lies after a zeroed stretch is nobody's.
                self.assertGreaterEqual(frames, probe_video(corpus_file(entry))["frames"] * 0.9 - 1)
                recorded = 60 if entry["damage"] == "killed" else entry["frames"]
                self.assertLessEqual(frames, recorded)

    def test_mp4_without_its_index_is_not_lost(self):
        for entry in DAMAGED:
            if entry["container"] == "mp4" and probe_video(corpus_file(entry))["frames"] == 0:
                with self.subTest(f"{entry['damage']} {entry['path']}"):
                    row = self.row(entry)
                    self.assertIn(row["state"], ("truncated", "damaged"))
                    self.assertEqual(row["start_us"], entry["startMicroseconds"])
                    self.assertIn("moov-missing", [finding["code"] for finding in self.index.findings(row["id"])])

    def test_durations_come_from_samples_not_from_headers(self):
        for entry in DAMAGED:
            with self.subTest(f"{entry['damage']} {entry['path']}"):
                row = self.row(entry)
                if row["frame_count"] and not (row["duration_us"] is None and entry["container"] in UNTIMED):
                    self.assertAlmostEqual(row["duration_us"] / 1e6, row["frame_count"] / make_recordings.RATE, delta=0.35)

    def test_each_has_a_finding(self):
        for entry in DAMAGED:
            if entry["damage"] != "killed" and entry["container"] not in RAW:
                with self.subTest(entry["path"]):
                    self.assertTrue(self.index.findings(self.row(entry)["id"]), "expected a finding that says what was lost")


class TheFile(CorpusTest):
    def test_marks_of_the_contract(self):
        self.assertEqual(self.index.value("PRAGMA application_id"), 0x43545258)
        self.assertEqual(self.index.value("PRAGMA user_version"), 1)
        self.assertEqual(self.index.value("PRAGMA integrity_check"), "ok")

    def test_tables_and_columns_of_the_contract(self):
        columns = {
            "meta": "key value", "camera": "id key name", "finding": "id segment_id code byte_offset message",
            "volume": "id uuid label filesystem device_serial source_path scanned_at",
            "segment": "id volume_id path path_encoding size_bytes mtime_ns camera_id stream kind protected container video_codec width "
                       "height audio_codec start_us duration_us frame_count keyframe_count time_source time_uncertainty_us state "
                       "playable_bytes sha256",
        }
        for table, names in columns.items():
            found = {row["name"] for row in self.index.rows(f"PRAGMA table_info({table})")}
            self.assertLessEqual(set(names.split()), found, f"columns missing in {table}")

    def test_meta_tells_how_it_was_made(self):
        meta = self.index.meta()
        self.assertLessEqual({"toolVersion", "builtAt", "timeZone", "layouts"}, set(meta))
        json.loads(meta["layouts"])

    def test_readable_by_the_sqlite3_command(self):
        shown = subprocess.run(["sqlite3", "-readonly", self.index.file, "SELECT count(*) FROM segment"],
                               check=True, capture_output=True, text=True, timeout=30).stdout
        self.assertGreaterEqual(int(shown), len(truth()))

    def test_every_reference_holds(self):
        self.assertEqual(self.index.rows("PRAGMA foreign_key_check"), [])


class Layouts(EndToEndTest):
    def test_templates_of_both_volumes(self):
        for volume, template in zip(VOLUMES, (make_recordings.CLOCK_LAYOUT, make_recordings.EPOCH_LAYOUT)):
            with self.subTest(template):
                result = self.program("index", "layout", volume)
                self.assertIn(template, result.out, f"expected this template first\n{result}")

    def test_names_of_cameras_with_the_separator_in_them(self):
        folder, expected = self.folder / "source", {}
        cameras = ["car-park", "car-ramp", "north-gate", "south-gate"]
        for number, entry in enumerate(HEALTHY[:60]):
            camera, start = cameras[number % 4], make_recordings.FIRST_START + 2 * (number // 4)
            target = folder / f"2025/069/{camera}-{start}{os.path.splitext(entry['path'])[1]}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(corpus_file(entry), target)
            os.utime(target, (start + 2, start + 2))
            expected[str(target.relative_to(folder))] = (camera, start * 1_000_000)
        index = self.build_index(folder, status=(0, 3))
        self.assertEqual({row["path"]: (row["camera_name"], row["start_us"]) for row in index.segments()}, expected)

    def test_json(self):
        document = self.parse_json(self.program("index", "layout", VOLUMES[0], "--json"))
        self.assertIn(make_recordings.CLOCK_LAYOUT, json.dumps(document))

    def test_given_layout_overrides_inference(self):
        folder = self.folder / "source"
        entry = HEALTHY[0]
        odd = folder / "x12" / "cam_9" / "20250310-100000-7.mp4"
        odd.parent.mkdir(parents=True)
        shutil.copy2(corpus_file(entry), odd)
        index = self.build_index(folder, options=["--layout", "{*}/cam_{camera}/{yyyy}{MM}{dd}-{HH}{mm}{ss}-{sequence}.{ext}", "--time-zone", "Europe/Paris"])
        row = index.segments()[0]
        self.assertEqual(row["start_us"], entry["startMicroseconds"])
        self.assertIn("9", row["camera_key"])

    def test_what_no_given_layout_explains_is_inferred(self):
        folder = self.folder / "source"
        for number, entry in enumerate(HEALTHY[:6]):
            for name in (f"x12/cam_9/2025{number}", f"quai/2025-03-10/10.0{number}.00"):
                copy = (folder / name).with_name((folder / name).name + ".mp4")
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(corpus_file(entry).read_bytes() + bytes(len(name)))
        index = self.build_index(folder, status=(0, 3), options=["--layout", "{*}/cam_{camera}/{sequence}.{ext}"])
        cameras = {row["camera_key"] for row in index.segments() if row["bytes"].startswith(b"quai")}
        self.assertEqual(cameras, {"quai"})
        self.assertEqual({row["camera_key"] for row in index.segments() if row["bytes"].startswith(b"x12")}, {"9"})
        layouts = json.loads(index.meta()["layouts"])
        self.assertEqual([layout["template"] for layout in layouts],
                         ["{*}/cam_{camera}/{sequence}.{ext}", "{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}"])

    def test_the_local_hour_that_happens_twice(self):
        folder = self.folder / "source"
        expected = {}
        # 26 October 2025 in Paris: 02:10 in summer time, then 02:20 in winter time, an hour and ten minutes later.
        for name, start in [("01.50.00", 1761436200), ("02.10.00", 1761437400), ("02.20.00", 1761441600), ("03.05.00", 1761444300)]:
            path = f"gate/2025-10-26/{name}.mp4"
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(corpus_file(HEALTHY[0]), target)
            os.utime(target, (start + 2, start + 2))
            expected[path] = start * 1_000_000
        index = self.build_index(folder, options=["--time-zone", "Europe/Paris"])
        self.assertEqual({row["path"]: row["start_us"] for row in index.segments()}, expected)


class ListMergeCheck(EndToEndTest):
    def test_list_by_camera_and_time(self):
        index = self.build_index(VOLUMES[0], status=3, options=["--time-zone", "Europe/Paris"])
        row = next(row for row in index.segments() if row["path"].startswith("mp4h264/"))
        # The second of three segments of 2 s.
        result = self.program("index", "list", "--index", index.file, "--camera", row["camera_key"],
                              "--from", "2025-03-10T09:00:02.1Z", "--to", "2025-03-10T09:00:03.9Z")
        self.assertIn("10.00.02.mp4", result.out)
        self.assertNotIn("10.00.00.mp4", result.out)
        self.assertNotIn("10.00.04.mp4", result.out)

    def test_list_json(self):
        index = self.build_index(VOLUMES[0], status=3)
        document = self.parse_json(self.program("index", "list", "--index", index.file, "--json"))
        self.assertEqual(json.dumps(document).count('.mp4"') >= 3, True)

    def test_list_of_a_camera_that_is_not_there(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        self.refused("index", "list", "--index", index.file, "--camera", "no such camera", status=(5, 64), says="no such camera")

    def test_merge_of_two_disks(self):
        parts = [self.build_index(volume, name=f"{number}.ctrx", status=3, options=["--time-zone", "Europe/Paris"])
                 for number, volume in enumerate(VOLUMES)]
        merged = self.folder / "merged.ctrx"
        self.program("index", "merge", *[part.file for part in parts], "--index", merged, status=(0, 3))
        merged = Index(merged)
        self.assertEqual(merged.value("PRAGMA integrity_check"), "ok")
        for table in ("segment", "camera", "volume"):
            self.assertEqual(merged.value(f"SELECT count(*) FROM {table}"),
                             sum(part.value(f"SELECT count(*) FROM {table}") for part in parts), f"rows of {table}")
        facts = "path, size_bytes, container, start_us, duration_us, frame_count, state"
        expected = sorted(str(row) for part in parts for row in part.rows(f"SELECT {facts} FROM segment"))
        self.assertEqual(sorted(str(row) for row in merged.rows(f"SELECT {facts} FROM segment")), expected)

    def test_merge_of_an_index_with_itself_adds_nothing(self):
        folder, count = self.tree()
        index = self.build_index(folder)
        merged = self.folder / "merged.ctrx"
        self.program("index", "merge", index.file, index.file, "--index", merged, status=(0, 3))
        self.assertEqual(Index(merged).value("SELECT count(*) FROM segment"), count)

    def test_check_of_an_unchanged_tree(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        self.program("index", "check", "--index", index.file)

    def test_check_names_missing_and_changed_files(self):
        folder, _ = self.tree()
        index = self.build_index(folder, options=["--hash"])
        files = sorted(folder.rglob("*.mp4"))
        files[0].unlink()
        with files[1].open("ab") as changed:
            changed.write(b"x")
        result = self.program("index", "check", "--index", index.file, status=3)
        self.assertIn(files[0].name, result.out)
        self.assertIn(files[1].name, result.out)
        self.assertNotIn(files[2].name, result.out)

    def test_hashes_are_those_of_sha256sum(self):
        folder, _ = self.tree()
        index = self.build_index(folder, options=["--hash"])
        for row in index.segments():
            shown = subprocess.run(["sha256sum", folder / row["path"]], check=True, capture_output=True, text=True, timeout=30).stdout
            self.assertEqual((row["sha256"] or b"").hex(), shown.split()[0].lstrip("\\"))

    def test_a_rebuild_says_the_same(self):
        folder, _ = self.tree()
        facts = "SELECT path, size_bytes, mtime_ns, container, start_us, duration_us, frame_count, keyframe_count, state FROM segment ORDER BY path"
        first = self.build_index(folder).rows(facts)
        self.assertEqual(self.build_index(folder).rows(facts), first)

    def test_the_same_footage_on_two_disks_is_one_segment(self):
        folder, count = self.tree()
        copy = self.folder / "copy"
        shutil.copytree(folder, copy)
        index = self.build_index(folder, copy, status=(0, 3))
        self.assertEqual(index.value("SELECT count(*) FROM segment"), count)
        self.assertEqual(index.value("SELECT count(*) FROM finding WHERE code = 'duplicate'"), count)

    def test_two_cameras_of_one_name_stay_apart(self):
        # Different footage of the same time, under the same name, on two disks.
        sources = []
        for volume, camera in (("disk1", "mp4h264"), ("disk2", "mp4hevc")):
            for entry in HEALTHY:
                if entry["camera"] == camera:
                    target = self.folder / volume / entry["path"].replace(camera, "entrance")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(corpus_file(entry), target)
            sources.append(self.folder / volume)
        index = self.build_index(*sources, status=(0, 3), options=["--time-zone", "Europe/Paris"])
        self.assertEqual(index.value("SELECT count(*) FROM segment"), 6)
        cameras = {row["camera_key"]: row["source_path"] for row in index.segments()}
        self.assertEqual(len(cameras), 2, f"expected two cameras, found {cameras}")
        self.assertEqual(len(set(cameras.values())), 2)

    def test_as_an_unprivileged_user(self):
        folder, count = self.tree()
        target = self.folder / "results"
        target.mkdir(mode=0o777)
        target.chmod(0o777)
        self.program("index", "build", folder, "--index", target / "x.ctrx", wrap=as_nobody)
        self.assertEqual(Index(target / "x.ctrx").value("SELECT count(*) FROM segment"), count)


