"""The stick in a machine as a person has it: QEMU without acceleration, the image on a USB disk, a screen, a keyboard, a serial line.

What is said on the serial line is read as it comes; the screen is kept as PNG in the folder that CAMTRACE_SCREENS names.
"""

import atexit
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from support import PROGRAM, die_with_parent

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCREENS = os.environ.get("CAMTRACE_SCREENS")
FIRMWARE = pathlib.Path("/usr/share/OVMF")

# Sectors of the partitions, as Scripts/build-image lays them out.
ESP, SESSION, MIB = 2 << 20, 82 << 20, 1 << 20

# As of guest.py: a machine with other work may take many times as long as a quiet one.
TIMEOUT = 300
# Escape sequences of terminals; the text between them is what matters.
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78cM]|[\x0e\x0f\r]")

_image = None


def image():
    """The image with the program under test, made once by each process."""
    global _image
    if _image is None:
        for tool in ("qemu-system-x86_64", "mformat", "sfdisk", "zstd"):
            if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
                raise unittest.SkipTest(f"{tool} is not installed")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="stick."))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _image = build(folder / "stick.img")
    return _image


def build(file):
    made = subprocess.run([ROOT / "Scripts/build-image", "--program", PROGRAM, "--output", file], capture_output=True, text=True, timeout=1800)
    if made.returncode:
        raise AssertionError(f"the image could not be made\n{made.stdout}{made.stderr}")
    return file


def copy(target, size=None, options=None):
    """A stick of its own, as large as said; `options`: lines for GRUB."""
    subprocess.run(["cp", "--sparse=always", image(), target], check=True, timeout=120)
    if size:
        os.truncate(target, size)
    if options:
        place = pathlib.Path(str(target) + ".options")
        place.write_text(options)
        esp_tool("mcopy", "-o", target, place, "::camtrace/options.cfg")
        place.unlink()
    return target


def esp_tool(tool, *arguments, **options):
    """An mtools command on the stick's start partition; the image stands among the arguments as its file's name."""
    flags = [word for word in arguments if str(word).startswith("-")]
    disk, *rest = [word for word in arguments if not str(word).startswith("-")]
    return subprocess.run([tool, *flags, "-i", f"{disk}@@{ESP}", *map(str, rest)], check=True, capture_output=True, timeout=120, **options).stdout


def session_files(disk, folder, path="/"):
    """What is below a path of the sessions' partition, read without mounting it."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        part = pathlib.Path(place, "part")
        with open(disk, "rb") as source, open(part, "wb") as target:
            source.seek(SESSION)
            shutil.copyfileobj(_Limited(source, 256 * MIB), target, MIB)
        # A journal that was cut is replayed as the kernel does it.
        subprocess.run(["/usr/sbin/e2fsck", "-fp", part], capture_output=True, timeout=120)
        out = pathlib.Path(place, "out")
        out.mkdir()
        subprocess.run(["/usr/sbin/debugfs", "-R", f"rdump {path} {out}", part], check=True, capture_output=True, timeout=120)
        return {str(file.relative_to(out)): file.read_bytes() for file in out.rglob("*") if file.is_file()}


class _Limited:
    def __init__(self, file, left):
        self.file, self.left = file, left

    def read(self, count):
        data = self.file.read(min(count, self.left))
        self.left -= len(data)
        return data


class Machine:
    """A machine that is switched on. `disks`: name -> file; `sticks`: files on USB, the first one is started from."""

    def __init__(self, folder, sticks, disks=(), firmware="bios", memory=512, append=None, network=False, arguments=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder, prefix="machine."))
        self.heard, self.position, self.number, self.links = b"", 0, 0, []
        machine = "q35,smm=on" if firmware == "secure" else "q35"
        command = ["qemu-system-x86_64", "-machine", machine, "-accel", "tcg,thread=multi", "-m", str(memory), "-display", "none", "-nodefaults",
                   "-vga", "std", "-no-reboot", "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
                   "-chardev", f"socket,id=serial,path={self.folder}/serial,server=on,wait=off,logfile={self.folder}/serial.log",
                   "-serial", "chardev:serial", "-device", "qemu-xhci,id=usb", "-device", "virtio-scsi-pci,id=scsi"]
        if firmware != "bios":
            kind = ".ms" if firmware == "secure" else ""
            variables = self.folder / "variables.fd"
            shutil.copy2(FIRMWARE / f"OVMF_VARS_4M{kind}.fd", variables)
            command += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={FIRMWARE}/OVMF_CODE_4M{kind}.fd",
                        "-drive", f"if=pflash,format=raw,unit=1,file={variables}"]
            if firmware == "secure":
                command += ["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"]
        for number, file in enumerate(sticks):
            command += ["-drive", f"if=none,id=stick{number},file={file},format=raw,cache=unsafe",
                        "-device", f"usb-storage,id=usb{number},bus=usb.0,drive=stick{number},removable=on,serial=STICK{number}"
                        + (f",bootindex={number}" if append is None else "")]
        for number, (name, file) in enumerate(dict(disks).items()):
            source = file if str(file).startswith("driver=") else f"file={file},format=raw"
            command += ["-drive", f"if=none,id=disk{number},{source},cache=unsafe",
                        "-device", f"scsi-hd,id={name},bus=scsi.0,scsi-id={number},drive=disk{number},serial={name}"]
        if append is not None:
            # Without a boot loader, to save the time: what it would hand over is written here.
            command += ["-kernel", ROOT / ".build/kernel/vmlinuz", "-initrd", initramfs(self.folder.parent),
                        "-append", f"console=ttyS0,115200 console=tty0 quiet panic=-1 rootfstype=ramfs no_timer_check mitigations=off {append}"]
        if network:
            command += ["-nic", f"user,model=e1000e,{network}" if isinstance(network, str) else "user,model=e1000e"]
        self.started = time.monotonic()
        with open(self.folder / "qemu.log", "wb") as log:
            self.process = subprocess.Popen([os.fspath(word) for word in [*command, *arguments]], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        try:
            self.serial = self.connect("serial")
            self.monitor = self.connect("qmp").makefile("rwb")
            self.links.append(self.monitor)
            self.monitor.readline()
            self.qmp("qmp_capabilities")
        except OSError as error:
            self.switch_off()
            raise AssertionError(f"QEMU ended\n{(self.folder / 'qemu.log').read_text()}") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.switch_off()

    def connect(self, name):
        stop = time.monotonic() + 30
        while True:
            try:
                link = socket.socket(socket.AF_UNIX)
                link.connect(str(self.folder / name))
                link.settimeout(30)
                self.links.append(link)
                return link
            except OSError:
                link.close()
                if time.monotonic() > stop or self.process.poll() is not None:
                    raise AssertionError(f"QEMU did not start\n{(self.folder / 'qemu.log').read_text()}") from None
                time.sleep(0.05)

    def qmp(self, command, **arguments):
        self.monitor.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        self.monitor.flush()
        while True:
            answer = json.loads(self.monitor.readline() or '{"error": "QEMU has ended"}')
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise AssertionError(f"{command}: {answer['error']}")

    def switch_off(self):
        """As if the plug were pulled."""
        self.process.kill()
        self.process.wait()
        for link in self.links:
            link.close()

    # ---- the serial line

    def listen(self, seconds=0.1):
        self.serial.settimeout(seconds)
        try:
            data = self.serial.recv(65536)
            if not data:
                time.sleep(seconds)  # the machine is off
            self.heard += data
        except TimeoutError:
            pass

    def text(self):
        return ESCAPES.sub(b"", self.heard[self.position:]).decode("utf-8", "replace")

    def wait(self, pattern, timeout=TIMEOUT):
        """Until the pattern is in what the serial line said since the last one that was waited for."""
        stop = time.monotonic() + timeout
        while True:
            plain = ESCAPES.sub(b"", self.heard[self.position:]).decode("utf-8", "replace")
            if match := re.search(pattern, plain):
                self.position = len(self.heard)
                return match
            if self.process.poll() is not None or time.monotonic() > stop:
                why = "the machine went off" if self.process.poll() is not None else f"it did not come within {timeout} s"
                raise AssertionError(f"waited for {pattern!r}: {why}\n{plain[-3000:]}\n{(self.folder / 'qemu.log').read_text()[-1000:]}")
            self.listen()

    def type(self, text):
        self.serial.sendall(text.encode())

    def shell(self, command, timeout=TIMEOUT):
        """Runs a command in the shell of the serial line: its output and its exit status."""
        self.number += 1
        mark = f"@{self.number}"
        # Written in two pieces, so that the echo of the line is not taken for the answer.
        self.type(f"echo '{mark}''<'; {command}; echo \"$?{mark}\"'>'\r")
        match = self.wait(rf"{mark}<\n(?s:(.*?))(\d+){mark}>", timeout)
        return int(match[2]), match[1]

    def wait_off(self, timeout=TIMEOUT):
        stop = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > stop:
                raise AssertionError(f"the machine did not go off within {timeout} s\n{self.text()[-3000:]}")
            self.listen()
        return time.monotonic() - self.started

    # ---- the screen and the keyboard

    def screen(self, name):
        file = self.folder / f"{name}.png"
        self.qmp("screendump", filename=str(file), format="png")
        if SCREENS:
            os.makedirs(SCREENS, exist_ok=True)
            shutil.copy2(file, SCREENS)
        return file

    def press(self, *keys):
        """Keys by the places that they have on a QWERTY keyboard, `shift-a` at once."""
        for key in keys:
            self.qmp("send-key", keys=[{"type": "qcode", "data": each} for each in key.split("-")])
            time.sleep(0.1)

    def plug(self, name, file, **options):
        self.qmp("blockdev-add", **{"driver": "raw", "node-name": name, "file": {"driver": "file", "filename": str(file)}})
        self.qmp("device_add", id=name, drive=name, **options)

    def pull(self, name):
        self.qmp("device_del", id=name)


def initramfs(folder):
    """The initramfs of the image, taken out of it once."""
    file = pathlib.Path(folder) / "initramfs"
    if not file.exists():
        esp_tool("mcopy", image(), "::boot/initramfs", file)
    return file
