"""The stick as a person meets it: its image, and machines that start from it. Not one byte of the machine's own disks may change."""

import pathlib
import re
import shutil
import subprocess
import time
import unittest

import guest
import stick
from disks import sha256
from stick import MIB, Machine
from support import EndToEndTest, run

STICK = "/usr/lib/camtrace-rescue/stick"
# The least that Microsoft's and shim's lists of revoked programs let start: a stick must go on to start for years.
SBAT = {"EFI/BOOT/BOOTX64.EFI": ("shim", 4), "EFI/BOOT/grubx64.efi": ("grub", 5)}
# A shell on the serial line in place of the menu, and the screen as a person has it.
SHELL = "camtrace.serial=shell"
PROMPT = r"camtrace-rescue:~# $"
# What is on the serial line once the menu is there: more than the one line that is said before.
MENU = r"(lecture seule|set read-only)\.\s+\S(?s:.){40}"

# Disks of a recorder that was switched off in the middle of its work.
MAKE = r"""
mkdir -p /mnt/a /mnt/b /mnt/c
echo 0 >/proc/sys/vm/dirty_writeback_centisecs
echo 720000 >/proc/sys/fs/xfs/xfssyncd_centisecs
recorder() { mount -t "$1" "$2" "$3" && mkdir "$3/recordings" && head -c 300000 /dev/urandom >"$3/recordings/a" && sync; }
step ext4 mke2fs -q -F -t ext4 -L EXT4 /disks/ext4
step xfs mkfs.xfs -q -f -L XFS /disks/xfs
step swap mkswap /disks/swap
step raid mdadm --create /dev/md1 --metadata=1.0 --level=1 --raid-devices=2 --assume-clean --run --homehost=any /disks/raid-a /disks/raid-b
step raid-ext4 mke2fs -q -F -t ext4 -L RAID /dev/md1
step lvm sh -c 'lvm pvcreate -q $(readlink -f /disks/lvm) && lvm vgcreate -q group $(readlink -f /disks/lvm) && lvm lvcreate -q -y -Wn -Zn -l 100%FREE -n video group && lvm vgmknodes'
step lvm-ext4 mke2fs -q -F -t ext4 -L LVM /dev/group/video
step a recorder ext4 /dev/group/video /mnt/c
step b recorder ext4 /disks/ext4 /mnt/a
step c recorder xfs /disks/xfs /mnt/b
for place in a b c; do echo "written just before" | dd of=/mnt/$place/last conv=fsync; done
cut_power
"""
SIZES = {"ext4": 24, "xfs": 304, "swap": 8, "raid-a": 24, "raid-b": 24, "lvm": 32}


class StickTest(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        stick.image()

    def stick(self, name="stick.img", size=1024 * MIB, options=None):
        return stick.copy(self.folder / name, size, options)

    def start(self, *sticks, shell=True, append=None, **others):
        """Switches a machine on; with `append` without a boot loader, which is quicker. Waits for the shell of the serial line."""
        machine = Machine(self.folder, sticks, append=append if append is None else f"{SHELL if shell else ''} {append}", **others)
        self.addCleanup(machine.switch_off)
        if shell:
            machine.wait(PROMPT)
        return machine

    def status(self, machine):
        status, said = machine.shell(f"{STICK} status")
        self.assertEqual(status, 0, said)
        return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)

    def done(self, machine, command, status=0):
        got, said = machine.shell(command)
        self.assertEqual(got, status, f"{command}\n{said}")
        return said

    def program(self, machine, arguments, status=0):
        """The program itself, once whoever is at the screen gives the session free for a moment."""
        return self.done(machine, "for try in $(seq 200); do camtrace-rescue " + arguments + " --no-progress >/run/out 2>/run/err; got=$?; "
                         "grep -q 'Another process' /run/err || break; sleep 0.2; done; cat /run/out /run/err; (exit $got)", status)

    def poweroff(self, machine):
        machine.type("poweroff\r")
        machine.wait_off(120)

    def make(self, name, size, label=None):
        file = self.folder / name
        with open(file, "wb") as disk:
            disk.truncate(size)
        if label:
            run(["/usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-L", label, file])
        return file


class Image(StickTest):
    def test_the_same_input_gives_the_same_image(self):
        again = stick.build(self.folder / "again.img")
        self.assertEqual(sha256(again), sha256(stick.image()))

    def test_what_is_on_it(self):
        table = subprocess.run(["/usr/sbin/sfdisk", "-d", stick.image()], check=True, capture_output=True, text=True, timeout=60).stdout
        starts = dict(re.findall(r'start= *(\d+),.*name="([^"]*)"', table)[i][::-1] for i in range(3))
        self.assertEqual(list(starts), ["CTR-BIOS", "CTR-ESP", "CTR-SESSION"])
        self.assertLessEqual(int(starts["CTR-SESSION"]) * 512, 96 * MIB)
        self.assertEqual((int(starts["CTR-ESP"]) * 512, int(starts["CTR-SESSION"]) * 512), (stick.ESP, stick.SESSION))

        place = self.folder / "esp"
        place.mkdir()
        stick.esp_tool("mcopy", "-s", "-n", stick.image(), "::/", place)
        for path, (name, minimum) in SBAT.items():
            section = self.folder / "sbat"
            subprocess.run(["objcopy", "-O", "binary", "--only-section=.sbat", place / path, section], check=True, timeout=60)
            generation = re.search(rf"^{name},(\d+),", section.read_text(errors="replace"), re.M)
            self.assertGreaterEqual(int(generation[1]), minimum, path)
        # The firmware of old machines knows the one, that of new ones may know the other only.
        shim = (place / "EFI/BOOT/BOOTX64.EFI").read_bytes()
        for authority in b"Microsoft Corporation UEFI CA 2011", b"Microsoft UEFI CA 2023":
            self.assertIn(authority, shim)

        # A licence for each package, and a sum for each file.
        packages = re.findall(r"^([a-z0-9.+-]+)\t(\S+)\t\S+\t\S+$", (place / "licences/PACKAGES.txt").read_text(), re.M)
        names = {name for name, _ in packages}
        for name in ("busybox-static", "dropbear-bin", "grub-efi-amd64-signed", "libc6", "ntfs-3g", "shim-signed", "udev"):
            self.assertIn(name, names)
        self.assertTrue([name for name in names if name.startswith("linux-image-6")], names)
        for name, _ in packages:
            if name != "package":
                self.assertGreater((place / f"licences/{name}.txt").stat().st_size, 100, name)
        summed = {line[66:] for line in (place / "camtrace/SHA256SUMS").read_text().splitlines()}
        found = {str(file.relative_to(place)) for file in place.rglob("*") if file.is_file()}
        self.assertEqual(found - summed, {"camtrace/SHA256SUMS", "camtrace/REGIONS", "camtrace/options.cfg"})
        self.assertEqual(summed - found, set())


class Firmware(StickTest):
    """From power-on to the menu, as it is shipped."""

    def test_bios_and_the_disks_of_a_recorder(self):
        disks = {}
        for name, size in SIZES.items():
            disks[name] = self.make(f"{name}.img", size * MIB)
        made = guest.boot(MAKE, disks, self.folder)
        for step in made.steps:
            self.assertEqual(step.status, 0, str(step))
        self.assertTrue(made.was_cut)
        before = {name: sha256(file) for name, file in disks.items()}

        machine = self.start(self.stick(), shell=False, disks=disks)
        machine.wait("executed automatically in 3s", 120)
        machine.screen("bios-grub")
        machine.wait(MENU)
        machine.listen(1)
        machine.screen("bios-menu")
        # Another terminal: a shell with nobody's help.
        machine.press("alt-f2")
        machine.listen(1)
        # Typed on AZERTY: the keys where a, q, w, m and é are; then what is said of the disks that are there.
        machine.press("q", "a", "z", "semicolon", "2", "ret")
        machine.listen(1)
        machine.screen("bios-shell")
        machine.switch_off()

        # The same with a shell on the serial line, to ask what came of the disks; first everything that reads them.
        machine = self.start(self.stick(options=f'set timeout=0\nset camtrace_options="{SHELL}"\n'), disks=disks)
        self.program(machine, "detect")
        looked = self.program(machine, "mount --all --mode overlay") + self.done(machine, "cat /proc/mdstat")
        self.program(machine, "unmount --all")
        for seen in "/mnt/camtrace-rescue/EXT4", "/mnt/camtrace-rescue/XFS", "/mnt/camtrace-rescue/LVM", "active (read-only) raid1":
            self.assertIn(seen, looked)
        state = self.status(machine)
        self.assertEqual((state["session"], state["exports"], state["network"], state["ssh"]), ("mounted", "absent", "down", "off"))
        writable = self.done(machine, "for disk in /dev/sd[a-z] /dev/sd[a-z][0-9]; do blockdev --getro $disk | grep -q 0 && echo $disk; done; true")
        self.assertEqual({name[:8] for name in writable.split()}, {state["stick"]}, "only the stick may be written to")
        self.assertEqual(self.done(machine, "cat /proc/swaps | tail -n +2; dmsetup ls | grep -v 'No devices'; grep ^md /proc/mdstat; true"), "")
        self.assertIn("Operation not permitted", self.done(machine, f"dd if=/dev/zero of=/dev/disk/by-label/EXT4 bs=512 count=1", status=1))
        self.assertIn("LANG=fr_FR.UTF-8", self.done(machine, "env"))
        self.note_measures(machine)
        self.poweroff(machine)
        self.assertEqual({name: sha256(file) for name, file in disks.items()}, before)

    def note_measures(self, machine):
        """Kernel to menu, and the memory in use there: what may not be exceeded on a machine that has nothing else to do."""
        seconds = re.search(r"menu on tty1 after ([0-9.]+) s", self.done(machine, "dmesg"))
        used = self.done(machine, "free -m").split()
        total, free = int(used[used.index("Mem:") + 1]), int(used[used.index("Mem:") + 3])
        print(f"kernel to menu {seconds[1]} s, memory in use {total - free} MiB of {total}", flush=True)
        self.assertLess(total - free, 256)

    def test_uefi_in_english(self):
        machine = self.start(self.stick(), shell=False, firmware="uefi")
        machine.wait("executed automatically in 3s", 120)
        machine.screen("uefi-grub")
        machine.type("\x1b[B\r")
        machine.wait(r"set read-only\.\s+\S(?s:.){40}")
        machine.listen(1)
        machine.screen("uefi-menu")

    def test_secure_boot_and_verify(self):
        image = self.stick(options=f'set timeout=0\nset default=verify-en\nset camtrace_options="{SHELL}"\n')
        source = self.make("source.img", 24 * MIB, "SOURCE")
        before = sha256(source)
        machine = self.start(image, firmware="secure", disks={"source": source})
        self.assertIn("[integrity]", self.done(machine, "mount -t securityfs none /sys/kernel/security; cat /sys/kernel/security/lockdown"))
        self.assertIn("Secure boot enabled", self.done(machine, "dmesg"))
        # A kernel that is locked down loads signed modules only, and ours are Debian's: file systems, loops, the device mapper.
        self.assertIn("SOURCE", self.program(machine, "detect"))
        self.program(machine, "mount $(readlink -f /dev/disk/by-label/SOURCE) --mode overlay")
        self.assertIn("/mnt/camtrace-rescue/SOURCE ext4", self.done(machine, "cat /proc/mounts; dmsetup ls"))
        self.program(machine, "unmount --all")
        self.assertEqual(sha256(source), before)
        self.assertIn("is as it was made", self.done(machine, f"{STICK} verify"))
        state = self.status(machine)
        self.assertEqual(state["session"], "mounted")
        # One byte of a file, one of the boot sector.
        self.done(machine, f"mount {state['stick']}2 /mnt && printf '\\001' | dd of=/mnt/licences/bash.txt bs=1 seek=100 conv=notrunc 2>/dev/null && umount /mnt")
        said = self.done(machine, f"{STICK} verify", status=1)
        self.assertIn("THE STICK IS DAMAGED: licences/bash.txt.", said)
        self.done(machine, f"printf '\\001' | dd of={state['stick']} bs=1 seek=99 conv=notrunc 2>/dev/null; sync")
        self.assertIn("licences/bash.txt boot-sector", self.done(machine, f"{STICK} verify", status=1))
        machine.screen("secure-verify")


class Damaged(StickTest):
    def test_a_damaged_initramfs_says_so(self):
        image = self.stick(options="set timeout=0\n")
        initramfs = stick.initramfs(self.folder)
        spoil(image, initramfs.read_bytes()[-4096:])
        machine = self.start(image, shell=False)
        machine.wait("the content of this stick is damaged", 180)
        machine.screen("damaged")

    def test_a_disk_too_small(self):
        # The image was cut while it was written: there is no room for sessions, nor a second copy of the table.
        image = self.stick(size=200 * MIB, options=f'set timeout=0\nset camtrace_options="{SHELL}"\n')
        machine = self.start(image)
        state = self.status(machine)
        self.assertEqual(state["session"], "ram")
        self.assertIn("note", state)
        said = self.done(machine, f"{STICK} grow", status=1)
        self.assertRegex(said, "^(error|erreur) ?: ")
        self.program(machine, "triage")


def spoil(image, text):
    """Changes one bit of the first place where this stands."""
    data = pathlib.Path(image)
    with open(data, "r+b") as file:
        content = file.read(stick.SESSION)
        place = content.index(text)
        file.seek(place)
        file.write(bytes([text[0] ^ 1]))


class Life(StickTest):
    """What happens to a stick in its life."""

    def test_power_cuts_and_a_full_stick(self):
        image = self.stick()
        machine = self.start(image, append="camtrace.language=en", disks={"source": self.make("source.img", 24 * MIB, "SOURCE")})
        self.program(machine, "mount $(readlink -f /dev/disk/by-label/SOURCE)")
        kept = self.done(machine, "cat /run/camtrace-rescue/stick/session/ledger.jsonl")
        # Full, too.
        self.done(machine, "dd if=/dev/zero of=/run/camtrace-rescue/stick/full bs=1M 2>/dev/null; sync; true")
        self.assertEqual(self.status(machine)["sessionFreeBytes"], "0")
        # The plug is pulled while it is written to.
        machine.type("while :; do echo more >/run/camtrace-rescue/stick/more; sync; rm /run/camtrace-rescue/stick/more; sync; done\r")
        time.sleep(3)
        machine.switch_off()

        machine = self.start(image, append="camtrace.language=en")
        self.assertEqual(self.status(machine)["session"], "mounted")
        ledger = self.done(machine, "cat /run/camtrace-rescue/stick/session/ledger.jsonl")
        # Every line that was there, and perhaps more.
        self.assertTrue(ledger.startswith(kept.rstrip("\n")), ledger)
        # What needs room there says that there is none.
        said = self.program(machine, "session export --output /run/camtrace-rescue/stick/copy.json", status=6)
        self.assertIn("no space left", said)
        # A few in vain: the ledger takes no harm.
        for _ in range(4):
            machine.shell("camtrace-rescue mount /dev/nothing --no-progress; camtrace-rescue triage --no-progress >/dev/null")
        self.done(machine, "rm /run/camtrace-rescue/stick/full")
        self.program(machine, "triage")
        # The rest of it becomes the exports partition.
        self.done(machine, f"{STICK} grow")
        state = self.status(machine)
        self.assertEqual(state["exports"], "mounted")
        self.assertGreater(int(state["exportsFreeBytes"]), 600 * MIB)
        self.done(machine, "echo kept >/run/camtrace-rescue/exports/été.txt; printf 'echo from the stick\\r\\n' >/run/camtrace-rescue/exports/autorun")
        self.done(machine, f"{STICK} exports unmount")
        self.poweroff(machine)
        checked = subprocess.run(["/usr/sbin/sfdisk", "-V", image], capture_output=True, text=True, timeout=60)
        self.assertIn("No errors", checked.stdout)
        self.assertNotIn("435452535402", subprocess.run(["/usr/sbin/sfdisk", "-d", image], capture_output=True, text=True, timeout=60).stdout)

        # The plug was pulled while `grow` wrote the first copy of the table: the second one is whole.
        with open(image, "r+b") as disk:
            disk.seek(1024 + 10 * 128)
            disk.write(b"half")
        # It goes on to start, by itself now; the file that is on it runs because the kernel's line says so.
        stick.esp_tool("mcopy", "-o", image, self.options('set timeout=0\nset default=autorun\nset camtrace_run="camtrace.run=echo one two"\n'
                                                          'set camtrace_options="camtrace.after=poweroff"\n'), "::camtrace/options.cfg")
        machine = self.start(image, shell=False)
        machine.wait_off()
        logs = [text.decode() for name, text in stick.session_files(image, self.folder).items() if name.endswith(".log")]
        self.assertEqual(len(logs), 1)
        self.assertRegex(logs[0], r"echo one two\none two\nautorun\nfrom the stick\ncode de retour 0\n")
        checked = subprocess.run(["/usr/sbin/sfdisk", "-V", image], capture_output=True, text=True, timeout=60)
        self.assertIn("No errors", checked.stdout, checked.stderr)

    def options(self, text):
        file = self.folder / "options.cfg"
        file.write_text(text)
        return file

    def test_disks_and_the_stick_come_and_go(self):
        image, disk = self.stick(), self.make("disk.img", 24 * MIB, "COMES")
        before = sha256(disk)
        machine = self.start(image, append="camtrace.language=en")
        machine.type("camtrace-rescue detect --watch --no-progress >/run/watched 2>/run/notes &\r")
        self.done(machine, "until grep -q . /run/notes; do sleep 0.1; done")
        machine.plug("comes", disk, driver="scsi-hd", bus="scsi.0", serial="COMES")
        self.done(machine, "until grep -q ^New: /run/watched; do sleep 0.1; done; udevadm settle; sleep 1")
        self.assertEqual(self.done(machine, "blockdev --getro /dev/disk/by-label/COMES").strip(), "1")
        machine.pull("comes")
        self.done(machine, "until grep -q ^Gone: /run/watched; do sleep 0.1; done")
        watched = self.done(machine, "kill -INT %1; wait %1; cat /run/watched")
        self.assertLess(watched.index("\nNew: "), watched.index("COMES"), watched)
        self.assertIn("\nGone: ", watched)
        self.assertEqual(sha256(disk), before)

        self.program(machine, "triage")
        self.done(machine, "echo before >/run/camtrace-rescue/stick/mark; sync")
        machine.pull("usb0")
        self.done(machine, f"until {STICK} status | grep -q session=lost; do sleep 0.1; done")
        self.assertEqual(self.status(machine)["stick"], "none")
        # Everything is in memory: it goes on.
        self.done(machine, "camtrace-rescue --version; camtrace-rescue detect >/dev/null")
        machine.plug("back", image, driver="usb-storage", bus="usb.0", removable=True)
        self.done(machine, f"until {STICK} status | grep -q session=mounted; do sleep 0.1; done")
        self.assertEqual(self.done(machine, "cat /run/camtrace-rescue/stick/mark").strip(), "before")
        self.done(machine, "echo after >/run/camtrace-rescue/stick/mark && sync")

    def test_a_stick_that_answers_late_and_three_keys(self):
        machine = self.start(append="camtrace.language=en")
        self.assertEqual(self.status(machine)["session"], "ram")
        machine.plug("late", self.stick(), driver="usb-storage", bus="usb.0", removable=True)
        self.done(machine, f"until {STICK} status | grep -q session=mounted; do sleep 0.1; done")
        machine.press("ctrl-alt-delete")
        machine.wait_off(120)

    def test_one_partition_is_written_to(self):
        """A system beside recordings, where a reinstallation left them: only its own partition may be written to, and only while it is mounted so."""
        parts = {1: self.make("system.part", 24 * MIB, "SYSTEM"), 2: self.make("data.part", 24 * MIB, "DATA")}
        disk = self.make("disk.img", 60 * MIB)
        subprocess.run(["/usr/sbin/sfdisk", "-q", disk], input="label: gpt\nstart=1MiB, size=24MiB\nstart=26MiB, size=24MiB\n", check=True, text=True, timeout=60)
        with open(disk, "r+b") as file:
            for number, part in parts.items():
                file.seek((1 if number == 1 else 26) * MIB)
                file.write(part.read_bytes())
        machine = self.start(self.stick(), append="camtrace.language=en", disks={"recorder": disk})
        names = [self.done(machine, f"readlink -f /dev/disk/by-label/{label}").strip() for label in ("SYSTEM", "DATA")]
        states = f"blockdev --getro {names[0].rstrip('1')} {names[0]} {names[1]} | tr '\\n' ' '"
        self.assertEqual(self.done(machine, states).split(), ["1", "1", "1"])
        self.program(machine, f"mount {names[1]}")
        self.program(machine, f"mount {names[0]} --mode read-write --confirm-serial recorder")
        place = "/mnt/camtrace-rescue/SYSTEM"
        self.assertEqual(self.done(machine, states).split(), ["0", "0", "1"])
        # udev looks again whenever somebody closes it.
        self.done(machine, f"udevadm trigger --action=change --subsystem-match=block; udevadm settle; echo written >{place}/file; sync")
        self.assertEqual(self.done(machine, states).split(), ["0", "0", "1"])
        self.program(machine, f"unmount {place}")
        self.assertEqual(self.done(machine, states).split(), ["1", "1", "1"])
        self.program(machine, "unmount --all")
        self.poweroff(machine)
        with open(disk, "rb") as file:
            file.seek(26 * MIB)
            self.assertEqual(file.read(24 * MIB), parts[2].read_bytes(), "the recordings' partition was changed")
            file.seek(MIB)
            parts[1].write_bytes(file.read(24 * MIB))
        self.assertIn("written", subprocess.run(["/usr/sbin/debugfs", "-R", "cat file", parts[1]], capture_output=True, text=True, timeout=60).stdout)

    def test_two_sticks_of_one_image(self):
        first, second = self.stick("first.img", options=f'set timeout=0\nset camtrace_options="{SHELL}"\n'), self.stick("second.img")
        before = sha256(second)
        machine = self.start(first, second)
        state = self.status(machine)
        self.assertEqual((state["stick"], state["session"]), ("none", "ram"))
        self.assertIn("plus", state["note"])
        self.assertEqual(sha256(second), before)
        machine.pull("usb1")
        self.done(machine, f"until {STICK} attach; do sleep 0.2; done")
        state = self.status(machine)
        self.assertEqual(state["session"], "mounted")
        self.assertNotIn("note", state)
        self.done(machine, f"{STICK} grow")
        self.poweroff(machine)
        # With ids of its own it is found beside its twin.
        machine = self.start(first, second)
        state = self.status(machine)
        self.assertEqual(state["session"], "mounted")
        self.assertEqual(self.done(machine, f"udevadm info -q property {state['stick']} | grep ID_SERIAL_SHORT").strip(), "ID_SERIAL_SHORT=STICK0")
        self.assertEqual(sha256(second), before)


class OddMachines(StickTest):
    def test_24_disks_one_of_errors_only_and_no_clock(self):
        disks = {f"disk{number}": self.make(f"disk{number}.img", 4 * MIB, f"DISK{number}") for number in range(23)}
        faults = self.folder / "faults.cfg"
        faults.write_text('[inject-error]\nevent = "read_aio"\nerrno = "5"\n')
        disks["broken"] = f"driver=blkdebug,config={faults},image.driver=file,image.filename={self.make('broken.img', 4 * MIB)}"
        before = {name: sha256(file) for name, file in disks.items() if name != "broken"}
        machine = self.start(self.stick(), append="camtrace.language=fr", disks=disks, arguments=["-rtc", "base=1970-01-01"])
        self.assertEqual(self.done(machine, "ls /sys/block | grep -c sd").strip(), "25")
        state = self.status(machine)
        self.assertEqual((state["session"], state["clock"]), ("mounted", "wrong"))
        seen = self.program(machine, "detect")
        for number in range(23):
            self.assertIn(f'"DISK{number}"', seen)
        self.assertIn("broken", seen)
        writable = self.done(machine, "for disk in /dev/sd[a-z]; do blockdev --getro $disk | grep -q 0 && echo $disk; done; true")
        self.assertEqual(writable.split(), [state["stick"]])
        self.assertEqual({name: sha256(file) for name, file in disks.items() if name != "broken"}, before)

    def test_no_disk_no_stick_and_the_network(self):
        machine = self.start(append="camtrace.language=en camtrace.keyboard=bepo", network="restrict=on")
        state = self.status(machine)
        self.assertEqual((state["stick"], state["session"], state["network"]), ("none", "ram", "down"))
        self.assertIn("note", state)
        # A keyboard that nobody has: the language's.
        self.done(machine, "maps=/usr/share/keymaps; dumpkmap >/run/1; loadkmap <$maps/qwerty.bmap; dumpkmap >/run/2; loadkmap <$maps/azerty.bmap; "
                  "dumpkmap >/run/3; cmp /run/1 /run/2 && ! cmp -s /run/1 /run/3")
        self.program(machine, "detect")
        self.program(machine, "triage")
        self.assertIn("error: ", self.done(machine, f"{STICK} grow", status=1))
        self.assertIn("error: ", self.done(machine, f"{STICK} ssh on", status=1))
        self.assertIn("10.0.2.15", self.done(machine, f"{STICK} network up"))
        said = self.done(machine, f"{STICK} ssh on")
        self.assertIn("ssh root@10.0.2.15", said)
        first = re.search(r"password: (\S{12})", said)[1]
        self.assertEqual(self.status(machine)["ssh"], "on")
        self.assertNotEqual(re.search(r"password: (\S{12})", self.done(machine, f"{STICK} ssh on"))[1], first)
        self.assertRegex(self.done(machine, f"echo secret | {STICK} share mount //10.0.2.77/nothing user", status=1), "error: .*could not be mounted")
        self.done(machine, f"{STICK} ssh off && {STICK} network down")
        state = self.status(machine)
        self.assertEqual((state["ssh"], state["network"]), ("off", "down"))
        self.assertIn("root:!:", self.done(machine, "cat /etc/shadow"))


class WriteStick(StickTest):
    """The script that writes a stick, in a machine with a stick to write to."""

    def test_it_writes_a_stick_and_nothing_else(self):
        place = self.folder / "carried"
        place.mkdir()
        shutil.copy2(stick.ROOT / "Scripts/write-stick", place)
        # Its beginning is enough: to read the zeroes behind takes minutes here.
        with open(stick.image(), "rb") as source:
            (place / "stick.img").write_bytes(source.read(90 * MIB))
        (place / "write").write_text('exec bash /mnt/write-stick "$1" /mnt/stick.img --program /usr/bin/camtrace-rescue --yes-erase "$2"\n')
        carried = self.make("carried.img", 160 * MIB)
        subprocess.run(["/usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-d", place, carried], check=True, timeout=120)
        target, recorder, small = self.make("target.img", 400 * MIB), self.make("recorder.img", 400 * MIB), self.make("small.img", 48 * MIB)
        source, _ = self.tree()
        subprocess.run(["/usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-d", source, recorder], check=True, timeout=120)
        others = {"recorder": recorder, "small": small}
        before = {name: sha256(file) for name, file in others.items()}
        machine = self.start(self.stick(), target, recorder, small, append="camtrace.language=en", disks={"carried": carried})
        self.done(machine, "mount -o ro /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_carried /mnt")
        find = "for disk in a b c d e; do [ $(udevadm info -q property /dev/sd$disk | sed -n s/ID_SERIAL_SHORT=//p) = {} ] && echo /dev/sd$disk; done; true"
        names = {serial: self.done(machine, find.format(serial)).strip() for serial in ("STICK1", "STICK2", "STICK3")}
        for device in names.values():
            self.done(machine, f"{STICK} allow {device}")
        self.assertIn("neither on USB", self.done(machine, "sh /mnt/write /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_carried carried", status=4))
        self.assertIn("recordings", self.done(machine, f"sh /mnt/write {names['STICK2']} STICK2", status=4))
        self.assertIn("MiB", self.done(machine, f"sh /mnt/write {names['STICK3']} STICK3", status=6))
        self.assertIn("serial number", self.done(machine, f"sh /mnt/write {names['STICK1']} STICK2", status=4))
        self.done(machine, "losetup /dev/loop0 /mnt/stick.img")
        self.assertIn("no disk of its own", self.done(machine, "sh /mnt/write /dev/loop0 x", status=4))
        said = self.done(machine, f"sh /mnt/write {names['STICK1']} STICK1")
        self.assertIn("The stick is ready", said)
        machine.screen("write-stick")
        machine.switch_off()
        self.assertEqual({name: sha256(file) for name, file in others.items()}, before)
        # Behind the table everything is as in the image.
        with open(target, "rb") as one, open(stick.image(), "rb") as other:
            one.seek(MIB)
            other.seek(MIB)
            self.assertEqual(one.read(89 * MIB), other.read(89 * MIB))
        self.assertIn("No errors", subprocess.run(["/usr/sbin/sfdisk", "-V", target], capture_output=True, text=True, timeout=60).stdout)


if __name__ == "__main__":
    unittest.main()
