"""Killed, interrupted, started again: what was there stays, what was begun goes on."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from support import PROGRAM, EndToEndTest, Index, clips, corpus_file, die_with_parent, run, truth

COUNT = 6000
TEN_MINUTES = ["--from", "2025-03-10T00:00:00Z", "--to", "2025-03-10T00:10:00Z"]  # 200 segments, each a clip
FACTS = "SELECT path, size_bytes, container, start_us, duration_us, frame_count, keyframe_count, state FROM segment ORDER BY path"


class Interruption(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        cls.source = pathlib.Path(tempfile.mkdtemp(prefix="many."))
        cls.addClassCleanup(shutil.rmtree, cls.source, ignore_errors=True)
        samples = [entry for entry in truth() if entry["damage"] == "healthy" and entry["camera"] in ("mp4h264", "mkvh264", "tsh264", "fmp4h264", "avih264")]
        for number in range(COUNT):
            entry = samples[number % len(samples)]
            hour, minute, second = number // 1200, number // 20 % 60, number % 20 * 3
            extension = entry["path"].rsplit(".", 1)[1]
            target = cls.source / f"{entry['camera']}/2025-03-10/{hour:02}.{minute:02}.{second:02}.{extension}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(corpus_file(entry), target)
            os.utime(target, (1741564800 + number * 3 + 2,) * 2)

    def build(self, file):
        return [PROGRAM, "index", "build", str(self.source), "--index", str(file), "--no-progress", "--jobs", "1", "--time-zone", "UTC"]

    def start(self, command):
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.environment(), preexec_fn=die_with_parent)

    def stop_midway(self, command, number, whole, began):
        """Sends the signal at a third, a half, … of the time the whole takes, until it hits a run that has begun and not ended."""
        for part in (0.5, 0.35, 0.65, 0.25, 0.8, 0.15, 0.5, 0.4):
            process = self.start(command)
            time.sleep(whole * part)
            if process.poll() is None and began():
                process.send_signal(number)
                out, err = process.communicate(timeout=60)
                if number == signal.SIGKILL or process.returncode != 0:
                    return process.returncode, out.decode(), err.decode()
            else:
                process.kill()
                process.communicate()
            self.clean_up()
        self.fail(f"the command, which takes {whole:.2f} s, could not be hit midway")

    def clean_up(self):
        for file in self.folder.glob("*x.ctrx*"):
            file.unlink()
        for file in self.folder.glob(".x.ctrx*"):
            file.unlink()
        run(["rm", "-rf", self.folder / "clips"])

    def reference(self):
        file = self.folder / "reference.ctrx"
        started = time.monotonic()
        self.assertEqual(run(self.build(file), env=self.environment()).status, 0)
        whole = time.monotonic() - started
        rows = Index(file).rows(FACTS)
        self.assertEqual(len(rows), COUNT)
        return rows, whole

    def expect_finished(self, file, rows):
        result = run(self.build(file), env=self.environment())
        self.assertEqual(result.status, 0, str(result))
        index = Index(file)
        self.assertEqual(index.value("PRAGMA integrity_check"), "ok")
        self.assertEqual(index.rows(FACTS), rows)
        left = sorted(name for name in os.listdir(self.folder) if "x.ctrx" in name)
        self.assertEqual(left, ["x.ctrx"], "expected nothing but the index")
        return result

    def begun(self):
        return any(name.startswith(".") and "x.ctrx" in name or name != "x.ctrx" and "x.ctrx" in name for name in os.listdir(self.folder))

    def some_rows_are_kept(self):
        # The work file's rows stand in its write-ahead log until they are many.
        log = self.folder / ".x.ctrx.partial-wal"
        return log.exists() and log.stat().st_size > 200_000

    def test_index_killed_and_resumed(self):
        rows, whole = self.reference()
        file = self.folder / "x.ctrx"
        self.stop_midway(self.build(file), signal.SIGKILL, whole, self.begun)
        self.assertFalse(file.exists(), "expected no index under its final name")
        self.expect_finished(file, rows)

    def test_index_killed_again_and_again(self):
        rows, whole = self.reference()
        file = self.folder / "x.ctrx"
        for part in (0.1, 0.3, 0.5, 0.2, 0.6):
            process = self.start(self.build(file))
            time.sleep(whole * part)
            process.kill()
            process.communicate()
            if file.exists():
                break
        self.expect_finished(file, rows)

    def test_index_interrupted(self):
        rows, whole = self.reference()
        file = self.folder / "x.ctrx"
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number.name):
                self.clean_up()
                status, out, err = self.stop_midway(self.build(file), number, whole, self.begun)
                self.assertEqual(status, 130, f"expected exit status 130\n{err}")
                self.assertFalse(file.exists(), "expected no index under its final name")
                self.expect_finished(file, rows)

    def test_the_old_index_stays_until_the_new_one_is_whole(self):
        rows, whole = self.reference()
        file = self.folder / "x.ctrx"
        os.rename(self.folder / "reference.ctrx", file)
        before = file.read_bytes()
        process = self.start(self.build(file))
        time.sleep(whole * 0.05)
        process.kill()
        process.communicate()
        if file.read_bytes() != before:
            self.assertEqual(Index(file).rows(FACTS), rows)
        self.expect_finished(file, rows)

    def test_resuming_reads_less_than_beginning(self):
        rows, whole = self.reference()
        file = self.folder / "x.ctrx"
        self.stop_midway(self.build(file), signal.SIGKILL, whole, self.some_rows_are_kept)
        trace = self.folder / "trace"
        command = ["strace", "-f", "-qq", "-e", "trace=openat,openat2", "-o", str(trace), *self.build(file)]
        self.assertEqual(run(command, env=self.environment(), timeout=300).status, 0)
        opened = sum(1 for line in trace.open(errors="replace") if "2025-03-10/" in line and " = -1 " not in line)
        self.assertLess(opened, COUNT, "expected files that were read before the kill not to be opened again")

    def test_two_builds_of_one_index_at_a_time(self):
        rows, whole = self.reference()
        file = self.folder / "x.ctrx"
        first = self.start(self.build(file))
        time.sleep(whole * 0.2)
        second = run(self.build(file), env=self.environment())
        first.communicate(timeout=120)
        self.assertIn(second.status, (0, 6), str(second))
        self.assertIn(first.returncode, (0, 6))
        self.assertIn(0, (first.returncode, second.status))
        self.assertEqual(Index(file).rows(FACTS), rows)

    def test_extraction_killed_and_resumed(self):
        self.reference()
        index = self.folder / "reference.ctrx"
        output = self.folder / "clips"
        command = [PROGRAM, "extract", "--index", str(index), "--output", str(output), *TEN_MINUTES, "--no-progress"]
        started = time.monotonic()
        whole_run = run(command, env=self.environment())
        self.assertEqual(whole_run.status, 0, str(whole_run))
        whole = time.monotonic() - started
        names = [file.relative_to(output) for file in clips(output)]
        self.assertGreaterEqual(len(names), 100)
        run(["rm", "-rf", output])
        self.stop_midway(command, signal.SIGKILL, whole, lambda: bool(clips(output)))
        self.assertFalse((output / "SHA256SUMS").exists() and (output / "manifest.json").exists(), "expected it to be marked incomplete")
        again = run(command, env=self.environment())
        self.assertEqual(again.status, 0, str(again))
        self.assertEqual([file.relative_to(output) for file in clips(output)], names)
        self.assertEqual(subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=output, timeout=60).returncode, 0)

    def test_extraction_interrupted(self):
        self.reference()
        output = self.folder / "clips"
        command = [PROGRAM, "extract", "--index", str(self.folder / "reference.ctrx"), "--output", str(output), *TEN_MINUTES, "--no-progress"]
        started = time.monotonic()
        self.assertEqual(run(command, env=self.environment(), timeout=120).status, 0)
        whole = time.monotonic() - started
        run(["rm", "-rf", output])
        status, _, err = self.stop_midway(command, signal.SIGINT, whole, lambda: bool(clips(output)))
        self.assertEqual(status, 130, err)
        again = run(command, env=self.environment(), timeout=120)
        self.assertEqual(again.status, 0, str(again))
        self.assertEqual(subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=output, timeout=60).returncode, 0)


class ClosedPipes(EndToEndTest):
    def test_a_reader_that_goes_away(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        shown = run(["bash", "-c", '"$0" index list --index "$1" | head -c 1 >/dev/null; echo "${PIPESTATUS[0]}"', PROGRAM, index.file],
                    env=self.environment())
        self.assertIn(shown.out.strip(), ("0", "141", "1"))
        self.assertNotIn("Fatal", shown.err)
