"""A machine of our own for what must not be tried on the host: QEMU without acceleration, the stick's initramfs, disks from files.

A scenario is a shell script that runs in the guest; each `step NAME COMMAND...` in it comes back as a `Step`.
"""

import atexit
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from support import PROGRAM, die_with_parent

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Sent before each scenario. Lengths stand before the text, so that no text can be taken for a mark.
PREAMBLE = r"""
stty -F /dev/ttyS1 raw -echo
mkdir -p /disks
for folder in /sys/block/sd*; do
    name=$(tail -c +5 "$folder/device/vpd_pg80" | tr -d ' \0')
    ln -s "/dev/${folder##*/}" "/disks/$name"
    for part in "$folder/${folder##*/}"?*; do
        if [ -e "$part" ]; then ln -s "/dev/${part##*/}" "/disks/$name-${part##*/sd?}"; fi
    done
done
step() {
    name=$1
    shift
    "$@" >/run/out 2>/run/err </dev/null
    status=$?
    { echo "@step $name $status $(wc -c </run/out) $(wc -c </run/err)"; cat /run/out /run/err; } >/dev/ttyS1
    return $status
}
cut_power() { echo @cut >/dev/ttyS1; sleep 1000; }
"""

# Where other work holds QEMU up for a moment, the kernel takes its own timer for broken. Page tables of its own for the
# kernel, against other tenants, cost an emulator a flush with every system call.
APPENDED = "console=ttyS0 quiet panic=-1 rootfstype=ramfs no_timer_check mitigations=off"

# A guest answers within seconds; a machine with other work may take many times as long.
TIMEOUT = 300


class Step:
    def __init__(self, name, status, out, err):
        self.name, self.status = name, status
        self.out, self.err = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    def __str__(self):
        return f"{self.name}: exit status {self.status}\n--- standard output\n{self.out[-3000:]}--- standard error\n{self.err[-3000:]}"


class Boot:
    def __init__(self, steps, seconds, was_cut, console):
        self.steps, self.seconds, self.was_cut, self.console = steps, seconds, was_cut, console

    def __getitem__(self, name):
        for step in self.steps:
            if step.name == name:
                return step
        raise AssertionError(f"the guest never came to '{name}', only to {[step.name for step in self.steps]}\n{self.console[-3000:]}")


_image = None


def image():
    """The kernel and the initramfs with the program under test, made once by each process."""
    global _image
    if _image is None:
        for tool in ("qemu-system-x86_64", "cpio", "busybox", "zstd"):
            if not shutil.which(tool):
                raise unittest.SkipTest(f"{tool} is not installed")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="guest."))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        made = subprocess.run(
            [ROOT / "Image/initramfs", "--program", PROGRAM, "--output", folder / "initrd"], capture_output=True, text=True, timeout=1200)
        if made.returncode:
            raise AssertionError(f"the initramfs could not be made\n{made.stdout}{made.stderr}")
        _image = ROOT / ".build/kernel/vmlinuz", folder / "initrd"
    return _image


def boot(scenario, disks, folder, memory=512, timeout=TIMEOUT, sata=None):
    """Runs a scenario in a machine with these disks (name -> file), to its end or to `cut_power`."""
    kernel, initrd = image()
    with tempfile.TemporaryDirectory(dir=folder, prefix="boot.") as place:
        place = pathlib.Path(place)
        (place / "scenario").write_text(f"{PREAMBLE}{scenario}\necho @end >/dev/ttyS1\n")
        command = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-m", str(memory), "-display", "none", "-nodefaults",
                   "-no-reboot", "-kernel", kernel, "-initrd", initrd, "-append", APPENDED, "-monitor", "none",
                   "-serial", f"file:{place}/console", "-serial", f"file:{place}/result",
                   "-fw_cfg", f"name=opt/camtrace.scenario,file={place}/scenario", "-device", "virtio-scsi-pci"]
        for number, (name, file) in enumerate(disks.items()):
            # Only QEMU's SATA disk answers questions about its health.
            device = "ide-hd,bus=ide.0" if name == sata else f"scsi-hd,scsi-id={number}"
            command += ["-drive", f"if=none,id=disk{number},file={file},format=raw,cache=unsafe",
                        "-device", f"{device},drive=disk{number},serial={name}"]
        started = time.monotonic()
        process = subprocess.Popen([os.fspath(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        was_cut = False
        try:
            while process.poll() is None:
                result = place / "result"
                if result.exists() and b"\n@cut\n" in b"\n" + result.read_bytes()[-6:]:
                    was_cut = True
                    break
                if time.monotonic() - started > timeout:
                    said = (place / "console").read_bytes()[-3000:] + b"\n" + result.read_bytes()[-3000:]
                    raise AssertionError(f"the guest did not end within {timeout} s\n{said.decode('utf-8', 'replace')}")
                time.sleep(0.1)
        finally:
            process.kill()
            said = process.communicate()[0]
        if process.returncode and not was_cut:
            raise AssertionError(f"QEMU ended with {process.returncode}\n{said.decode('utf-8', 'replace')}")
        console = (place / "console").read_bytes().decode("utf-8", "replace")
        result = (place / "result").read_bytes()
        if not was_cut and not result.endswith(b"@end\n"):
            raise AssertionError(f"the guest ended before its scenario\n{console[-3000:]}\n{result[-3000:].decode('utf-8', 'replace')}")
        return Boot(list(steps(result)), time.monotonic() - started, was_cut, console)


def steps(answer):
    while match := re.match(rb"@step (\S+) (\d+) (\d+) (\d+)\n", answer):
        name, status, out, err = match[1].decode(), *(int(number) for number in match.groups()[1:])
        text, answer = answer[match.end():], answer[match.end() + out + err:]
        yield Step(name, status, text[:out], text[out:out + err])
