"""A terminal that shows what a person would see: tmux is the eye and the fingers."""

import itertools
import re
import shutil
import subprocess
import time
import unittest

from support import in_mount_namespace

_numbers = itertools.count()


class Terminal:
    """80 columns, and a shell script in it. It has a namespace for mounts of its own, so that nothing outlives the test."""

    def __init__(self, test, script, lines, environment):
        if not shutil.which("tmux"):
            raise unittest.SkipTest("tmux is not installed")
        number = next(_numbers)
        self.socket = test.folder / f"tmux{number}"
        start = test.folder / f"start{number}"
        start.write_text("#!/bin/sh\n" + script)
        start.chmod(0o755)
        command = [*self.tmux(), "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", str(lines), start]
        subprocess.run(in_mount_namespace("", command), env=environment, check=True, timeout=30)
        test.addCleanup(self.close)

    def tmux(self, *words):
        return ["tmux", "-S", self.socket, *words]

    def screen(self):
        return subprocess.run(self.tmux("capture-pane", "-p"), check=True, capture_output=True, text=True, timeout=30).stdout

    def close(self):
        subprocess.run(self.tmux("kill-server"), check=False, capture_output=True, timeout=30)

    def wait(self, pattern, seconds=60):
        """Until the screen shows it."""
        until = time.monotonic() + seconds
        while not re.search(pattern, shown := self.screen()):
            if time.monotonic() > until:
                raise AssertionError(f"'{pattern}' did not come within {seconds} s\n{shown}")
            time.sleep(0.1)
        return shown

    def press(self, *keys, text=None, until=None, seconds=60):
        for key in keys:
            subprocess.run(self.tmux("send-keys", key), check=True, timeout=30)
        if text:
            subprocess.run(self.tmux("send-keys", "-l", text), check=True, timeout=30)
        return self.wait(until, seconds) if until else None
