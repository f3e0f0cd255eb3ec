"""The portable program where it is dropped on an old recorder: an empty chroot, and no system call newer than Linux 3.13."""

import ctypes
import errno
import json
import os
import pathlib
import platform
import shutil
import struct
import subprocess
import sys
import unittest

from disks import DiskTest, needs_loops, sha256, system_files
from support import TIMEOUT, Index, Result, clips, die_with_parent

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / ".build/portable/camtrace-rescue"

# x86-64: 3.13 ends with finit_module, 313; numbers from 2^30 on are those of x32.
NEWEST, X32 = 313, 1 << 30
GETRANDOM = 318


def filter_program():
    """Classic BPF on struct seccomp_data: `nr` at 0, `arch` at 4 (linux/seccomp.h, linux/filter.h)."""
    load, equal, above, answer = 0x20, 0x15, 0x25, 0x06
    allow, kill, missing = 0x7FFF0000, 0, 0x00050000 | errno.ENOSYS
    instructions = [
        (load, 0, 0, 4), (equal, 1, 0, 0xC000003E), (answer, 0, 0, kill),
        (load, 0, 0, 0), (above, 0, 1, NEWEST), (answer, 0, 0, missing), (answer, 0, 0, allow),
    ]
    return b"".join(struct.pack("HBBI", *one) for one in instructions), len(instructions)


def forget_new_calls():
    """Between fork and exec: from here on, calls newer than Linux 3.13 are answered by ENOSYS, in every child too."""
    code, count = filter_program()
    memory = ctypes.create_string_buffer(code)
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", count, ctypes.addressof(memory)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.addressof(program), 0, 0):  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
        raise OSError(ctypes.get_errno(), "seccomp")


class PortableTest(DiskTest):
    @classmethod
    def setUpClass(cls):
        if not PROGRAM.exists():
            raise unittest.SkipTest("there is no portable program: Scripts/build --flavour portable")
        if os.geteuid() != 0:
            raise unittest.SkipTest("chroot needs root")
        if platform.machine() != "x86_64":
            raise unittest.SkipTest("the numbers of system calls here are those of x86-64")

    def setUp(self):
        super().setUp()
        self.root = self.folder / "root"
        self.root.mkdir()
        shutil.copy2(PROGRAM, self.root / "camtrace-rescue")

    def run_old(self, *words, root=None, status=0):
        """On a kernel as old as the recorder's, and in the chroot unless another root is given."""

        def enter():
            die_with_parent()
            os.chroot(root or self.root)
            os.chdir("/")
            forget_new_calls()

        program = PROGRAM if root else "/camtrace-rescue"
        process = subprocess.run([program, *map(str, words)], env={"LANG": "C", "HOME": "/"}, stdin=subprocess.DEVNULL,
                                 capture_output=True, timeout=TIMEOUT, preexec_fn=enter)
        result = Result([program, *words], process.returncode, process.stdout, process.stderr, 0)
        self.assertEqual(result.status, status, str(result))
        return result

    def test_the_kernel_is_old_indeed(self):
        script = f"import ctypes; libc = ctypes.CDLL(None, use_errno=True); print(libc.syscall({GETRANDOM}, 0, 0, 0), ctypes.get_errno())"
        asked = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, timeout=TIMEOUT, preexec_fn=forget_new_calls)
        self.assertEqual(asked.stdout.split(), [b"-1", str(errno.ENOSYS).encode()])

    def test_in_an_empty_chroot(self):
        image = self.ext4(recordings=3)
        shutil.copy2(image, self.root / "disk.img")
        source, count = self.tree("root/source")
        found = json.loads(self.run_old("detect", "--json").out)
        self.assertEqual((found["devices"], found["volumes"]), ([], []))
        # There is no device for a loop here: what stands on it is told, what is in it is not.
        device = json.loads(self.run_old("detect", "--image", "/disk.img", "--json").out)["devices"][0]
        self.assertEqual((device["content"]["type"], device["role"]), ("ext4", "unknown"))
        self.assertEqual(sha256(self.root / "disk.img"), sha256(image))

        self.run_old("index", "build", "/source", "--index", "/recordings.ctrx", "--no-progress", "--json")
        self.run_old("extract", "--index", "/recordings.ctrx", "--output", "/clips", "--container", "original", "--no-progress")
        rows = Index(self.root / "recordings.ctrx").segments()
        expected = self.build_index(source).segments()
        same = ("path", "start_us", "duration_us", "frame_count", "state", "video_codec", "camera_key")
        self.assertEqual([[row[name] for name in same] for row in rows], [[row[name] for name in same] for row in expected])
        self.assertEqual(len(rows), count)
        self.assertEqual(sorted(sha256(clip) for clip in clips(self.root / "clips")),
                         sorted(sha256(file) for file in source.rglob("*") if file.is_file()))

    def test_looks_into_disks(self):
        needs_loops("ext4")
        image = self.disk("disk.img", "label: gpt\nstart=1MiB, size=60MiB\nstart=70MiB, size=60MiB\n",
                          {1: self.ext4("system.img", files=system_files(), size="60M"), 2: self.ext4("data.img", recordings=3, size="60M")},
                          size=140)
        before = sha256(image)
        old = json.loads(self.run_old("detect", "--image", image, "--json", root="/").out)
        self.nothing_is_left()
        self.assertEqual(sha256(image), before)
        self.assertEqual([part["role"] for part in old["devices"][0]["partitions"]], ["system", "data"])
        self.assertEqual(old, self.detect(image), "expected the same as on this kernel")
