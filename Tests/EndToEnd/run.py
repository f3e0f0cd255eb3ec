#!/usr/bin/env python3
"""Tests/EndToEnd/run.py [--program FILE] [--corpus DIR] [--result FILE] [NAME...]

Runs the end-to-end tests on the built program: each test_*.py in a process of its own, two at a time.
NAME picks tests whose name contains it. With --corpus the recordings are made there, or taken if they
are there already; else they live as long as the run. --result receives the three counts as JSON.
"""

import argparse
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODULE_TIMEOUT = 900


class Recorder(unittest.TestResult):
    """One line for each test as it ends, readable by the process that started this one."""

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        self.outcome, self.message = "passed", ""

    def note(self, outcome, message):
        order = ["passed", "skipped", "failed"]
        if order.index(outcome) > order.index(self.outcome):
            self.outcome = outcome
        self.message += message

    def failed(self, test, error):
        message = self._exc_info_to_string(error, test)
        if hasattr(self, "outcome"):
            self.note("failed", message)
        else:  # outside of any test, in setUpClass and the like
            self.report(str(test), "failed", message, 0)

    addFailure = addError = failed

    def addSubTest(self, test, subtest, error):
        if error:
            self.note("failed", f"{subtest}\n{self._exc_info_to_string(error, test)}")

    def addSkip(self, test, reason):
        if not hasattr(self, "outcome"):  # a whole class was skipped
            self.startTest(test)
            self.note("skipped", reason)
            self.stopTest(test)
        else:
            self.note("skipped", reason)

    def stopTest(self, test):
        super().stopTest(test)
        self.report(test.id(), self.outcome, self.message, time.monotonic() - self.started)
        del self.outcome

    @staticmethod
    def report(name, outcome, message, seconds):
        print(json.dumps({"name": name, "outcome": outcome, "message": message, "seconds": round(seconds, 2)}), flush=True)


def run_module(name, patterns):
    sys.path.insert(0, str(HERE))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a ^C is for the process that started this one, which ends it
    suite = unittest.defaultTestLoader.loadTestsFromName(name)
    if patterns:
        suite = unittest.TestSuite(flatten(suite, patterns))
    suite.run(Recorder())


def flatten(suite, patterns):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test, patterns)
        elif any(fnmatch.fnmatch(test.id(), f"*{pattern}*") for pattern in patterns):
            yield test


def digest(tree):
    """Every name, size, time and byte below a folder, as one number."""
    total = hashlib.sha256()
    for folder, folders, files in os.walk(tree):
        folders.sort()
        for name in sorted(files):
            file = os.path.join(folder, name)
            status = os.stat(file)
            total.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
            with open(file, "rb") as content:
                total.update(hashlib.sha256(content.read()).digest())
    return total.hexdigest()


def remove(folder):
    """Also while a process that was just killed still ends."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


class Tally:
    def __init__(self):
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}
        self.failures, self.skips = [], []

    def add(self, name, outcome, message, seconds):
        if outcome == "skipped" and os.environ.get("CI"):
            outcome, message = "failed", f"skipped, which is a failure in CI: {message}"
        self.counts[outcome] += 1
        print(f"{outcome:8}{seconds:7.2f} s  {name}", flush=True)
        if outcome == "failed":
            print("\n".join(f"    {line}" for line in message.strip().splitlines()), flush=True)
            self.failures.append(name)
        if outcome == "skipped":
            self.skips.append(f"{name}: {message}")


def watch_module(name, patterns, environment, tally, running):
    """Runs one file of tests; a test process that dies or hangs is a failure, not a gap."""
    process = subprocess.Popen(
        [sys.executable, "-B", __file__, "--module", name, *patterns], env=environment, cwd=environment["TMPDIR"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    running.append(process)
    stop = time.monotonic() + MODULE_TIMEOUT
    timer = threading.Timer(MODULE_TIMEOUT, process.kill)
    timer.start()
    try:
        for line in process.stdout:
            try:
                tally.add(**json.loads(line))
            except ValueError:
                print(line, end="", flush=True)
        if process.wait() != 0:
            why = f"took more than {MODULE_TIMEOUT} s" if time.monotonic() >= stop else f"exit status {process.returncode}"
            tally.add(name, "failed", f"the test process ended early: {why}", 0)
    finally:
        timer.cancel()
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--program", default=os.environ.get("CAMTRACE_RESCUE", str(ROOT / ".build/stick/camtrace-rescue")))
    parser.add_argument("--corpus")
    parser.add_argument("--result")
    parser.add_argument("--module")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.module:
        return run_module(options.module, options.names)
    if not os.access(options.program, os.X_OK):
        sys.exit(f"error: there is no program at {options.program}\nhint: run Scripts/build, or name one with --program")

    def stop(number, _):
        # Once is enough: a second signal must not cut the tidying short.
        for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        print(f"interrupted by {signal.Signals(number).name}", file=sys.stderr, flush=True)
        sys.exit(128 + number)

    for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="camtrace-e2e."))
    running, tally = [], Tally()
    try:
        folder.chmod(0o755)
        # Unprivileged users run it too, and the project may lie where they cannot go.
        program = folder / "camtrace-rescue"
        shutil.copy2(options.program, program)
        program.chmod(0o755)
        corpus = pathlib.Path(options.corpus) if options.corpus else folder / "corpus"
        if not (corpus / "truth.json").exists():
            corpus.mkdir(parents=True, exist_ok=True)
            made = subprocess.run([sys.executable, "-B", HERE / "make_recordings.py", corpus], timeout=600)
            if made.returncode:
                sys.exit("error: the recordings could not be made\nhint: is ffmpeg there? Scripts/test installs it")
        before = digest(corpus)

        scratch = folder / "tmp"
        scratch.mkdir()
        scratch.chmod(0o1777)
        environment = {**os.environ, "CAMTRACE_RESCUE": str(program), "CAMTRACE_CORPUS": str(corpus.resolve()), "TMPDIR": str(scratch),
                       "PYTHONDONTWRITEBYTECODE": "1"}
        modules = sorted(file.stem for file in HERE.glob("test_*.py"))
        pool = concurrent.futures.ThreadPoolExecutor(2)
        try:
            for future in [pool.submit(watch_module, name, options.names, environment, tally, running) for name in modules]:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        unchanged = digest(corpus) == before
        tally.add("the recordings were only read", "passed" if unchanged else "failed", "a file of the corpus was changed", 0)
    finally:
        for process in running:
            process.kill()  # what it started dies with it, see die_with_parent
            process.wait()
        remove(folder)

    for skip in tally.skips:
        print(f"skipped: {skip}")
    for failure in tally.failures:
        print(f"failed: {failure}")
    if options.result:
        pathlib.Path(options.result).write_text(json.dumps(tally.counts))
    counts = tally.counts
    print(f"end to end: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
