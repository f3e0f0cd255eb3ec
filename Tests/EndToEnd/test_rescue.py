"""The night in the server room: a recorder loses its power while it writes, the stick is put in, and with the screen alone the
clips come to a USB disk. Every frame is compared with what was recorded, every source disk with what it was before."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import unittest

import guest
import stick
from disks import DiskTest, sha256
from terminal import Terminal

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

# The recorder: eight cameras, four on each disk; each has finished two recordings and is in the midst of the third.
RECORDER = r"""
mkdir -p /mnt/films /mnt/one /mnt/two
mount -o ro,noload /disks/films /mnt/films
mke2fs -q -F -t ext4 -L VIDEO1 /disks/one && mount /disks/one /mnt/one || exit 1
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


def frames(file, decoder="framemd5"):
    """The sum of each decoded picture, without its time."""
    made = subprocess.run(["ffmpeg", "-nostdin", "-v", "quiet", "-i", file, "-map", "0:v", "-f", decoder, "-"], capture_output=True, text=True, timeout=120)
    return [line.split(",")[-1].strip() for line in made.stdout.splitlines() if line and not line.startswith("#")]


class RescueTest(DiskTest):
    def setUp(self):
        super().setUp()
        for tool in ("qemu-system-x86_64", "ffmpeg"):
            if not shutil.which(tool):
                raise unittest.SkipTest(f"{tool} is not installed")

    def film(self, folder, muxers=("mp4", "matroska", "mpegts", "mp4")):
        """Three recordings of each of eight cameras, each camera with pictures of its own."""
        for camera in range(1, 9):
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

    def recorder(self):
        """Its two disks, as the power cut left them, and what was recorded."""
        films = self.folder / "films"
        self.film(films)
        source = self.folder / "films.img"
        self.tool("mke2fs", "-q", "-F", "-t", "ext4", "-d", films, source, "32M")
        disks = {"one": self.empty("one.img", 48), "two": self.empty("two.img", 304)}
        boot = guest.boot(RECORDER, {"films": source, **disks}, self.folder)
        self.assertTrue(boot.was_cut, boot.console[-2000:])
        self.assertEqual(boot["written"].out.strip(), "24")
        return films, disks

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
            found = sorted((clips / camera).glob("*.m*")) + sorted((clips / camera).glob("*.ts"))
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
        films, disks = self.recorder()
        before = {name: sha256(file) for name, file in disks.items()}
        usb = self.usb()
        medium = stick.copy(self.folder / "stick.img")
        plugged = ("-drive", f"if=none,id=usbdisk,file={usb},format=raw,cache=unsafe",
                   "-device", "usb-storage,id=usbdisk,bus=usb.0,drive=usbdisk,removable=on,serial=USB1")
        with stick.Machine(self.folder, [medium], disks, arguments=plugged) as machine:
            line = Console(self, machine)
            line.wait("0 Terminer")
            machine.screen("menu")
            line.press("2", until="avec son journal rejoué")
            line.press("Enter", until="Lancer")
            machine.screen("mount")
            line.press("Enter", until="Terminé")
            line.press("Enter", until="Pas démonté proprement")
            machine.screen("replay")
            line.press("Enter", until="Terminé")
            # Two disks: each is unmounted, and mounted again with its log.
            while "à faire" not in line.screen():
                line.press("Enter")
                line.wait("Terminé|à faire")
            line.press("3", until="CLE")
            machine.screen("destination")
            line.press("Enter", until="seront écrits")
            line.press("Enter", until="libres")
            line.press("Enter", until=r"4 Reconstruire l'index.*\[à faire\]")
            line.press("4", until="Fuseau horaire")
            line.press("Enter", until="24 segments")
            machine.screen("index")
            line.press("Enter", until=r"5 Extraire des clips.*\[à faire\]")
            line.press("5", until=r"\[\*\] cam8")
            machine.screen("cameras")
            line.press("Enter", until="De quand à quand")
            line.press("Enter", until="Un clip par enregistrement")
            line.press("Enter", until="Lancer")
            line.press("Enter", until="Extraire des clips, pour VLC : Terminé")
            machine.screen("clips")
            line.press("Enter", until="0 Terminer")
            line.press("0", until="Éteindre la machine")
            line.press("Down", "Enter", until="Tout démonter : Terminé")
            line.press("Enter")
            machine.wait_off()
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
