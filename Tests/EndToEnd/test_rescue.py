"""The night in the server room: a recorder loses its power while it writes, the stick is put in, and with the screen alone the
clips come to a USB disk. Every frame is compared with what was recorded, every source disk with what it was before."""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import time
import unittest

import guest
import stick
from disks import DiskTest, sha256, system_files
from terminal import Terminal
from test_config import old_system

MIB = 1 << 20

# Between the serial line's socket and the terminal that the test looks at.
RELAY = r"""
import os, select, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
os.system("stty raw -echo")
while True:
    ready = select.select([0, line], [], [])[0]
    if 0 in ready:
        line.sendall(os.read(0, 4096))
    if line in ready:
        data = line.recv(65536)
        if not data:
            break
        while data:
            data = data[os.write(1, data):]
"""

MENU = "camtrace.language=fr camtrace.keyboard=azerty"

# The recorder: eight cameras, four on each disk; each has finished two recordings and is in the midst of the third.
RECORDER = r"""
mkdir -p /mnt/films /mnt/one /mnt/two
mount -o ro,noload /disks/films /mnt/films
one=/disks/one
if [ -e /disks/twin ]; then
    one=/dev/md1
    mdadm --create $one --metadata=1.2 --level=1 --raid-devices=2 --assume-clean --run --homehost=any /disks/one /disks/twin || exit 1
fi
mke2fs -q -F -t ext4 -L VIDEO1 $one && mount $one /mnt/one || exit 1
mkfs.xfs -q -f -L VIDEO2 /disks/two && mount /disks/two /mnt/two || exit 1
cd /mnt/films
for camera in *; do
    case $camera in cam[1-4]) disk=/mnt/one ;; *) disk=/mnt/two ;; esac
    mkdir -p $disk/$camera
    set -- $(ls $camera)
    cp $camera/$1 $camera/$2 $disk/$camera/
    # What was written of the last one stands on the disk; the file is never closed.
    size=$(stat -c %s $camera/$3)
    head -c $((size * 2 / 3)) $camera/$3 >$disk/$camera/$3
done
for file in /mnt/one/*/* /mnt/two/*/*; do dd if=/dev/null of=$file conv=notrunc,fsync 2>/dev/null; done
step written sh -c 'find /mnt/one /mnt/two -name "*.*" | wc -l'
cut_power
"""


class Console(Terminal):
    """The serial line of a machine, as a technician's terminal shows it."""

    def __init__(self, test, machine):
        machine.serial.close()
        relay = test.folder / "relay.py"
        relay.write_text(RELAY)
        super().__init__(test, f"exec '{sys.executable}' '{relay}' '{machine.folder}/serial'\n", 24, test.environment(TERM="screen"))

    def wait(self, pattern, seconds=120):
        return super().wait(pattern, seconds)

    def press(self, *keys, seconds=120, **options):
        return super().press(*keys, seconds=seconds, **options)

    def current(self):
        """The row of a list that is shown in reverse: the current one."""
        shown = subprocess.run(self.tmux("capture-pane", "-p", "-e"), check=True, capture_output=True, text=True, timeout=30).stdout
        return "\n".join(re.findall(r"\x1b\[[0-9;]*7m(.*?)(?:\x1b\[0?m|\x1b\[27m|$)", shown, re.M))

    def picture(self, name):
        """What is shown, kept as text beside the screen's PNG."""
        if stick.SCREENS:
            pathlib.Path(stick.SCREENS).mkdir(parents=True, exist_ok=True)
            (pathlib.Path(stick.SCREENS) / f"{name}.txt").write_text(self.screen())


class Keyboard:
    """The machine's own screen and keyboard, an AZERTY one. What is shown is read from the console by a shell on the serial line."""

    KEYS = {"Enter": "ret", "Down": "down", "Up": "up", "End": "end", "Home": "home", "Escape": "esc", "F2": "f2"}

    def __init__(self, machine):
        self.machine = machine
        machine.wait(r"camtrace-rescue:~# $")

    def screen(self):
        status, text = self.machine.shell("base64 /dev/vcsu1", 60)
        signs = base64.b64decode(text).decode("utf-32-le", "replace")
        return "\n".join(signs[row:row + 80] for row in range(0, len(signs), 80))

    def wait(self, pattern, seconds=120):
        until = time.monotonic() + seconds
        while not re.search(pattern, shown := self.screen()):
            if time.monotonic() > until:
                raise AssertionError(f"'{pattern}' did not come within {seconds} s\n{shown}")
            time.sleep(0.3)
        return shown

    def press(self, *keys, until=None):
        for key in keys:
            self.machine.press(self.KEYS.get(key) or f"shift-{key}")
        return self.wait(until) if until else None

    def current(self):
        return self.screen()


def frames(file, decoder="framemd5"):
    """The sum of each decoded picture, without its time."""
    made = subprocess.run(["ffmpeg", "-nostdin", "-v", "quiet", "-i", file, "-map", "0:v", "-f", decoder, "-"], capture_output=True, text=True, timeout=120)
    return [line.split(",")[-1].strip() for line in made.stdout.splitlines() if line and not line.startswith("#")]


def packets(file):
    """The sum of each packet, as it would stand in a raw stream."""
    made = subprocess.run(["ffmpeg", "-nostdin", "-v", "quiet", "-i", file, "-map", "0:v", "-c", "copy", "-bsf:v", "h264_mp4toannexb", "-f", "framemd5", "-"],
                          capture_output=True, text=True, timeout=120)
    return [line.split(",")[-1].strip() for line in made.stdout.splitlines() if line and not line.startswith("#")]


class RescueTest(DiskTest):
    def setUp(self):
        super().setUp()
        for tool in ("qemu-system-x86_64", "ffmpeg"):
            if not shutil.which(tool):
                raise unittest.SkipTest(f"{tool} is not installed")

    def film(self, folder, muxers=("mp4", "matroska", "mpegts", "mp4"), cameras=8):
        """Three recordings of each camera, each camera with pictures of its own."""
        for camera in range(1, cameras + 1):
            muxer = muxers[camera % len(muxers)]
            end = {"mp4": "mp4", "matroska": "mkv", "mpegts": "ts"}[muxer]
            for number in range(3):
                place = folder / f"cam{camera}" / f"2026-11-20_{8 + number:02}-00-00.{end}"
                place.parent.mkdir(parents=True, exist_ok=True)
                picture = f"testsrc2=size=128x96:rate=10:duration=3,hue=h={45 * camera}:s={1 + number}"
                subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset", "ultrafast",
                                "-g", "10", "-pix_fmt", "yuv420p", "-threads", "1", "-f", muxer, place], check=True, timeout=120)

    def tool(self, *command):
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        return subprocess.run([shutil.which(command[0], path=path), *map(str, command[1:])], check=True, capture_output=True, text=True, timeout=120).stdout

    def empty(self, name, size):
        file = self.folder / name
        with open(file, "wb") as target:
            target.truncate(size * MIB)
        return file

    def recorder(self, mirrored=False, **options):
        """Its two disks, as the power cut left them, and what was recorded. `mirrored`: the first one with a twin."""
        films = self.folder / "films"
        self.film(films, **options)
        source = self.folder / "films.img"
        self.tool("mke2fs", "-q", "-F", "-t", "ext4", "-d", films, source, "32M")
        disks = {"one": self.empty("one.img", 48), "two": self.empty("two.img", 304)}
        if mirrored:
            disks["twin"] = self.empty("twin.img", 48)
        boot = guest.boot(RECORDER, {"films": source, **disks}, self.folder)
        self.assertTrue(boot.was_cut, boot.console[-2000:])
        self.assertEqual(boot["written"].out.strip(), "24")
        return films, disks

    def plugged(self, *files):
        """USB disks beside the stick, for QEMU."""
        words = []
        for number, file in enumerate(files):
            words += ["-drive", f"if=none,id=usbdisk{number},file={file},format=raw,cache=unsafe",
                      "-device", f"usb-storage,id=usbdisk{number},bus=usb.0,drive=usbdisk{number},removable=on,serial=USB{number}"]
        return words

    # ---- the way through the menu, each step from the main window back to it

    def mount(self, line, screens=lambda name: None):
        line.wait("0 Terminer")
        screens("menu")
        line.press("2", until="Lancer|avec son journal rejoué")
        if "Lancer" not in line.screen():
            line.press("Enter", until="Lancer")
        screens("mount")
        line.press("Enter", until="Terminé")
        line.press("Enter", until="Pas démonté proprement")
        screens("replay")
        line.press("Enter")
        # Each is unmounted, and mounted again with its log.
        while not re.search(r"3 Choisir où", shown := line.wait(r"Terminé|3 Choisir où")):
            line.press("Enter")
            until = time.monotonic() + 60
            while line.screen() == shown and time.monotonic() < until:
                time.sleep(0.1)

    def choose(self, line, name, screens=lambda name: None, serial=None):
        line.press("3", until=name)
        screens("destination")
        # Down to the row of that name, from the first one: the kernel names disks in the order in which they answer.
        line.press("Home")
        time.sleep(0.5)
        for _ in range(10):
            if name in line.current():
                break
            before, until = line.current(), time.monotonic() + 30
            line.press("Down")
            while line.current() == before and time.monotonic() < until:
                time.sleep(0.1)
        line.press("Enter", until="seront écrits")
        if serial:
            line.wait("numéro de série")
            line.press(text=serial)
        line.press("Enter", until="libres")
        line.press("Enter", until="0 Terminer")

    def index(self, line, says="24 segments", screens=lambda name: None):
        line.press("4", until="Fuseau horaire")
        line.press("Enter", until=says)
        screens("index")
        line.press("Enter", until="0 Terminer")

    def clips(self, line, ends="Extraire des clips, pour VLC : Terminé", screens=lambda name: None):
        line.press("5", until=r"\[\*\] cam8")
        screens("cameras")
        line.press("Enter", until="De quand à quand")
        line.press("Enter", until="Un clip par enregistrement")
        line.press("Enter", until="Lancer")
        line.press("Enter", until=ends)
        screens("clips")

    def end(self, line, machine):
        line.press("Enter", until="0 Terminer")
        line.press("0", until="Éteindre la machine")
        line.press("Down", "Enter", until="Tout démonter : Terminé")
        line.press("Enter")
        # Whoever pulls the plug after the last sentence loses nothing; but it goes off by itself.
        machine.process.wait(timeout=120)

    def usb(self, name="usb.img", size=96, make=("mkfs.exfat", "-L", "CLE")):
        file = self.empty(name, size)
        self.tool(*make, file)
        return file

    def contents(self, disk, type="exfat"):
        """Every file of a disk that the host's kernel cannot read, by a guest: packed, and unpacked here."""
        packed = self.empty("packed", 128)
        boot = guest.boot(
            f"mkdir -p /mnt/usb && mount -t {type} -o ro /disks/usb /mnt/usb && step pack tar -C /mnt/usb -cf /disks/packed .",
            {"usb": disk, "packed": packed}, self.folder)
        self.assertEqual(boot["pack"].status, 0, str(boot["pack"]))
        out = self.folder / "unpacked"
        shutil.rmtree(out, ignore_errors=True)
        with tarfile.open(packed) as archive:
            archive.extractall(out, filter="data")
        return out

    def assert_frames(self, films, clips):
        """Every frame of what was finished, nothing but frames of the same camera in what was cut, and most of those."""
        for camera in sorted(folder.name for folder in films.iterdir()):
            found = sorted(file for file in (clips / camera).iterdir() if file.suffix in (".mp4", ".mkv", ".ts"))
            self.assertEqual(len(found), 3, f"{camera}: {[file.name for file in found]}")
            for original in sorted((films / camera).iterdir()):
                hour = original.name[11:13]
                clip = next(file for file in found if f"_{hour}.00" in file.name)
                truth, got = frames(original), frames(clip)
                if hour == "10":
                    self.assertGreaterEqual(len(got), 15, f"{camera} {clip.name}: {len(got)} frames of 30, two thirds of the file")
                    self.assertEqual(got, truth[:len(got)], f"{camera}: another picture in {clip.name}")
                else:
                    self.assertEqual(got, truth, f"{camera}: {clip.name}")


class PowerCut(RescueTest):
    def test_from_power_on_to_the_clips(self):
        """The screen alone, from the boot loader on."""
        films, disks = self.recorder()
        before = {name: sha256(file) for name, file in disks.items()}
        usb = self.usb()
        medium = stick.copy(self.folder / "stick.img")
        with stick.Machine(self.folder, [medium], disks, arguments=self.plugged(usb)) as machine:
            line = Console(self, machine)
            screens = lambda name: line.picture(name)
            self.mount(line, screens)
            self.choose(line, "CLE", screens)
            self.index(line, screens=screens)
            self.clips(line, screens=screens)
            self.end(line, machine)
        self.assertEqual({name: sha256(file) for name, file in disks.items()}, before, "a source disk was changed")
        self.tool("fsck.exfat", "-n", usb)
        clips = self.contents(usb) / "camtrace-rescue/clips"
        checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=clips, capture_output=True, text=True, timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assert_frames(films, clips)
        ledger = next(data for name, data in stick.session_files(medium, self.folder, "/session").items() if name.endswith("ledger.jsonl"))
        steps = [json.loads(row)["step"] for row in ledger.decode().splitlines()]
        for step in ("detect", "mount", "unmount", "command"):
            self.assertIn(step, steps)


class OnTheScreen(RescueTest):
    def test_with_the_screen_and_the_keyboard_alone(self):
        """As far as the index; the pictures of README are of this run."""
        films, disks = self.recorder()
        before = {name: sha256(file) for name, file in disks.items()}
        usb = self.usb()
        medium = stick.copy(self.folder / "stick.img")
        with stick.Machine(self.folder, [medium], disks, append=MENU + " camtrace.serial=shell", arguments=self.plugged(usb)) as machine:
            line = Keyboard(machine)
            self.mount(line, machine.screen)
            self.choose(line, "CLE", machine.screen)
            self.index(line, screens=machine.screen)
            shown = line.wait(r"5 Extraire des clips.*\[à faire\]")
            machine.screen("next")
            for word in ("Échap", "résultats", "[à faire]", "│", "└"):
                self.assertIn(word, shown)
        self.assertEqual({name: sha256(file) for name, file in disks.items()}, before, "a source disk was changed")


class Restored(RescueTest):
    """The migration that failed, its second night: the system was installed anew beside the recordings (`small`)."""

    def test_the_configuration_comes_back_by_the_menu(self):
        old = old_system(self.folder / "old")
        packed = self.folder / "usb"
        (packed / "camtrace-rescue").mkdir(parents=True)
        self.program("config", "capture", old, "--output", packed / "camtrace-rescue/configuration.tgz")
        usb = self.folder / "usb.img"
        self.tool("mke2fs", "-q", "-F", "-t", "ext4", "-L", "CLE", "-d", packed, usb, "64M")
        fresh = self.folder / "fresh"
        for path, text in (system_files() | {"etc/hostname": "fresh\n"}).items():
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_text(text)
        films = self.folder / "films"
        self.film(films, cameras=2)
        parts = {}
        for number, (label, tree) in enumerate({"SYSTEM": fresh, "VIDEO": films}.items(), 1):
            parts[number] = self.folder / f"{label}.part"
            self.tool("mke2fs", "-q", "-F", "-t", "ext4", "-L", label, "-d", tree, parts[number], "40M")
        disk = self.disk("recorder.img", "label: gpt\nstart=1MiB, size=40MiB\nstart=41MiB, size=40MiB\n", parts, size=82)
        medium = stick.copy(self.folder / "stick.img")
        with stick.Machine(self.folder, [medium], {"RECORDER1": disk}, append=MENU, arguments=self.plugged(usb)) as machine:
            line = Console(self, machine)
            line.wait("0 Terminer")
            # Not before the recordings are mounted.
            line.press("6", until="-- Restaurer la configuration")
            line.press("Escape", until="0 Terminer")
            line.press("2", until="Lancer")
            line.press("Enter", until="Terminé")
            line.press("Enter", until="0 Terminer")
            self.choose(line, "CLE")
            line.press("6", until="(?m)^[^-]* Restaurer la configuration")
            line.press("Down", "Down", "Enter", until=r"configuration\.tgz")
            line.press("Enter", until="SYSTEM")
            line.picture("restore-target")
            line.press("Enter", until="numéro de série")
            line.press(text="RECORDER1")
            line.press("Enter", until="Terminé")
            line.picture("restore-mounted")
            line.press("Enter", until="Terminé|Lancer")
            for _ in range(3):
                if "Lancer" in line.screen():
                    break
                line.press("Enter", until="Terminé|Lancer")
                time.sleep(1)
            line.picture("restore-plan")
            line.press("Enter", until="Restaurer la configuration.* : Terminé")
            line.picture("restored")
            self.end(line, machine)
        image = disk.read_bytes()
        self.assertEqual(image[41 * MIB:81 * MIB], parts[2].read_bytes(), "the recordings' partition was changed")
        system = self.folder / "system.part"
        system.write_bytes(image[MIB:41 * MIB])
        self.tool("e2fsck", "-fn", system)
        for path in ("etc/hostname", "etc/camtrace/cameras.xml", "var/backups/camtrace.sql", "etc/network/interfaces"):
            got = self.folder / "got"
            self.tool("debugfs", "-R", f"dump {path} {got}", system)
            self.assertEqual(got.read_bytes(), (old / path).read_bytes(), path)


if __name__ == "__main__":
    unittest.main()
