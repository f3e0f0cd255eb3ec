"""What the end-to-end tests share: running the program, reading its index, asking the oracles.

CAMTRACE_RESCUE   the program under test
CAMTRACE_CORPUS   the tree that make_recordings.py made; never written to
"""

import ctypes
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.parse

PROGRAM = os.environ.get("CAMTRACE_RESCUE", "")
CORPUS = pathlib.Path(os.environ.get("CAMTRACE_CORPUS", "/nonexistent"))
VOLUMES = [str(CORPUS / "volume1"), str(CORPUS / "volume2")]
NOBODY = 65534

# No command may take longer on the small trees of these tests.
TIMEOUT = 60


def die_with_parent():
    """Between fork and exec: an interrupted test run leaves no process behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Result:
    def __init__(self, command, status, out, err, seconds):
        self.command, self.status, self.seconds = command, status, seconds
        self.out_bytes, self.err_bytes = out, err
        self.out, self.err = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    def __str__(self):
        shown = " ".join(map(str, self.command))
        return f"{shown}\nexit status {self.status}\n--- standard output\n{self.out[-3000:]}--- standard error\n{self.err[-3000:]}"


def run(command, timeout=TIMEOUT, env=None, cwd=None, input=None):
    """Runs a command to its end in a process group of its own, which never outlives the call."""
    started = time.monotonic()
    process = subprocess.Popen(
        [os.fspath(word) if isinstance(word, os.PathLike) else word for word in command],
        stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=env, cwd=cwd, start_new_session=True, preexec_fn=die_with_parent)
    try:
        out, err = process.communicate(input=input, timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"it did not end within {timeout} s: {' '.join(map(str, command))}\n{err.decode('utf-8', 'replace')[-2000:]}")
    return Result(command, process.returncode, out, err, time.monotonic() - started)


def as_nobody(command):
    """The command as an unprivileged user; as it is where we are one already."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--pdeathsig=KILL", *command]


def in_mount_namespace(script, command):
    """The command after a shell script of mounts, all of which are gone when it ends."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("mounting needs root")
    return ["unshare", "--mount", "--propagation", "private", "sh", "-euc", script + '\nexec "$@"', "sh", *command]


# ---- what the oracles say

def ffprobe(file, *options):
    result = run(["ffprobe", "-v", "error", "-of", "json", *options, file])
    return json.loads(result.out or "{}")


@functools.lru_cache(maxsize=None)
def probe_video(file):
    """codec_name, width, height, nb_read_frames of the picture, and the duration of the file."""
    answer = ffprobe(file, "-count_frames", "-select_streams", "v:0",
                     "-show_entries", "stream=codec_name,width,height,nb_read_frames:format=duration")
    stream = (answer.get("streams") or [{}])[0]
    return {**stream, "frames": int(stream.get("nb_read_frames", 0)), "duration": answer.get("format", {}).get("duration")}


@functools.lru_cache(maxsize=None)
def frame_hashes(file):
    """The MD5 of each decoded picture, in the order shown."""
    result = run(["ffmpeg", "-nostdin", "-v", "error", "-i", file, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"])
    return tuple(line.rsplit(",", 1)[1].strip() for line in result.out.splitlines() if line and not line.startswith("#"))


def decoder_complaints(file):
    return run(["ffmpeg", "-nostdin", "-v", "error", "-i", file, "-f", "null", "-"]).err


class Playback:
    def __init__(self, frames, ends, log):
        self.frames, self.ends, self.log = frames, ends, log


def play_with_vlc(file, folder, width, height, timeout=TIMEOUT):
    """Plays to the end, as an unprivileged user, on a screen that is a file: its size tells how many pictures were shown."""
    screen = pathlib.Path(tempfile.mkdtemp(dir=folder))
    os.chmod(screen, 0o777)
    command = ["cvlc", "-vv", "--intf", "dummy", "--no-interact", "--no-media-library", "--play-and-exit", "--rate", "8", "--aout", "dummy",
               "--vout", "yuv", "--yuv-chroma", "I420", "--yuv-file", str(screen / "shown.yuv"), "--no-spu",
               "--no-drop-late-frames", "--no-skip-frames", "--no-avcodec-hurry-up", "--avcodec-hw", "none", str(file)]
    result = run(as_nobody(["env", f"HOME={screen}", *command]), timeout=timeout)
    shown = screen / "shown.yuv"
    header, frame = 0, width * height * 3 // 2
    size = shown.stat().st_size - header if shown.exists() else 0
    shutil.rmtree(screen, ignore_errors=True)
    log = result.out + result.err
    return Playback(size // frame, log.count("main input debug: EOF reached"), log)


# ---- the index

class Index:
    """What the program wrote, read through the contract's schema alone."""

    def __init__(self, file):
        self.file = pathlib.Path(file)
        uri = f"file:{urllib.parse.quote(str(file))}?mode=ro"
        connection = sqlite3.connect(uri, uri=True)
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        self.connection = connection

    def rows(self, query, *arguments):
        return [dict(row) for row in self.connection.execute(query, arguments)]

    def value(self, query, *arguments):
        return self.connection.execute(query, arguments).fetchone()[0]

    def segments(self):
        """Rows with the camera's name and key, the volume's source, and the path as bytes."""
        rows = self.rows("SELECT s.*, c.key AS camera_key, c.name AS camera_name, v.source_path FROM segment s "
                         "LEFT JOIN camera c ON c.id = s.camera_id LEFT JOIN volume v ON v.id = s.volume_id ORDER BY s.id")
        for row in rows:
            row["bytes"] = stored_path(row["path"], row["path_encoding"])
        return rows

    def findings(self, segment_id=None):
        if segment_id is None:
            return self.rows("SELECT * FROM finding")
        return self.rows("SELECT * FROM finding WHERE segment_id = ?", segment_id)

    def meta(self):
        return {row["key"]: row["value"] for row in self.rows("SELECT key, value FROM meta")}


def stored_path(path, encoding):
    if encoding == "percent":
        return urllib.parse.unquote_to_bytes(path)
    return path.encode("utf-8", "surrogateescape")


# ---- the truth about the corpus

@functools.lru_cache(maxsize=None)
def truth():
    return json.loads((CORPUS / "truth.json").read_text())


def corpus_file(entry):
    return CORPUS / entry["volume"] / entry["path"]


def by_file(index):
    """The corpus' rows of an index, by (volume, path)."""
    found = {}
    for row in index.segments():
        found[(pathlib.Path(row["source_path"] or "").name, row["bytes"].decode("utf-8", "replace"))] = row
    return found


# ---- the test case

CRASH = re.compile(r"Fatal error|Crash:|Thread \d+ crashed|Program crashed|\*\*\* Signal|Stack trace|Swift runtime failure|^0x[0-9a-f]{8}", re.M)


class EndToEndTest(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="test."))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def environment(self, **changes):
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        home.chmod(0o777)
        base = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "LANG": "C.UTF-8", "TZ": "UTC"}
        return {**base, **{name: value for name, value in changes.items() if value is not None}}

    def program(self, *arguments, status=0, env=None, wrap=None, timeout=TIMEOUT, cwd=None):
        """Runs the program, expects one of the given exit statuses, and what holds for every command."""
        command = [PROGRAM, *arguments]
        if wrap:
            command = wrap(command)
        result = run(command, timeout=timeout, env=self.environment(**(env or {})), cwd=cwd)
        expected = (status,) if isinstance(status, int) else tuple(status)
        self.assertIn(result.status, expected, f"expected exit status {' or '.join(map(str, expected))}\n{result}")
        self.assertNotRegex(result.err + result.out, CRASH, f"expected no stack trace\n{result}")
        return result

    def refused(self, *arguments, status, says=None, silent=True, **options):
        """The program fails with this status, in one sentence that says what and one that says what next."""
        result = self.program(*arguments, status=status, **options)
        lines = result.err.splitlines()
        errors = [line for line in lines if line.startswith("error: ")]
        hints = [line for line in lines if line.startswith("hint: ")]
        self.assertEqual(len(errors), 1, f"expected one 'error:' line\n{result}")
        self.assertEqual(len(hints), 1, f"expected one 'hint:' line\n{result}")
        if silent:
            self.assertEqual(result.out, "", f"expected nothing on standard output\n{result}")
        if says:
            self.assertIn(says, errors[0] + hints[0], f"expected the sentence to name it\n{result}")
        return result

    def build_index(self, *sources, name="recordings.ctrx", status=0, options=(), **others):
        file = self.folder / name
        self.program("index", "build", *sources, "--index", file, "--no-progress", *options, status=status, **others)
        return Index(file)

    def parse_json(self, result):
        """Standard output as exactly one JSON document, whose first key is the schema."""
        document = json.loads(result.out)
        self.assertEqual(next(iter(document)), "schema", "expected 'schema' as the first key")
        self.assertRegex(document["schema"], r"^camtrace-rescue/[a-z -]+(/[a-z]+)?/1$")
        return document

    def tree(self, name="source"):
        """A healthy source of one camera, to be filled with odd things: its folder, and how many recordings it holds."""
        folder = self.folder / name
        healthy = [entry for entry in truth() if entry["camera"] == "mp4h264" and entry["damage"] == "healthy"]
        for entry in healthy:
            target = folder / entry["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(corpus_file(entry), target)
        return folder, len(healthy)


class CorpusTest(EndToEndTest):
    """Tests that only read the index of the whole corpus, which is built once for each file of tests."""

    index_file = None

    @classmethod
    def setUpClass(cls):
        if CorpusTest.index_file is None:
            folder = pathlib.Path(tempfile.mkdtemp(prefix="corpus-index."))
            unittest.addModuleCleanup(shutil.rmtree, folder, ignore_errors=True)
            file = folder / "corpus.ctrx"
            result = run([PROGRAM, "index", "build", *VOLUMES, "--index", file, "--time-zone", "Europe/Paris", "--no-progress"],
                         env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"})
            if result.status != 3:  # the corpus holds damaged recordings
                raise AssertionError(f"expected exit status 3\n{result}")
            CorpusTest.index_file = file
        cls.index = Index(CorpusTest.index_file)
        cls.by_file = by_file(cls.index)

    def row(self, entry):
        row = self.by_file.get((entry["volume"], entry["path"]))
        self.assertIsNotNone(row, f"{entry['volume']}/{entry['path']} is not in the index")
        return row

    def camera_key(self, name):
        entry = next(entry for entry in truth() if entry["camera"] == name)
        return self.row(entry)["camera_key"]


def clips(folder):
    """The extracted recordings below a folder, in the order of their names."""
    sidecars = {".srt", ".m3u8", ".xspf", ".json", ".txt", ".sig"}
    return sorted(file for file in pathlib.Path(folder).rglob("*")
                  if file.is_file() and file.suffix.lower() not in sidecars and file.name != "SHA256SUMS")
