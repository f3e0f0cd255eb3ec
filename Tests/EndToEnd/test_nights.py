"""Nights with more misfortune than test_rescue's: a second power cut, half a mirror, bad sectors, a stick that is pulled out."""

import os
import random
import shutil
import time
import unittest

import stick
from disks import half_upgraded, sha256
from test_rescue import MENU, Console, RescueTest, packets


class Nights(RescueTest):

    def start(self, medium, disks, *usb, **options):
        machine = stick.Machine(self.folder, [medium], disks, append=MENU, arguments=self.plugged(*usb), **options)
        self.addCleanup(machine.switch_off)
        return machine, Console(self, machine)

    def test_power_cut_in_the_middle(self):
        """The session goes on after the reboot: what was chosen is known, what was written is not written again."""
        films, disks = self.recorder()
        before = {name: sha256(file) for name, file in disks.items()}
        usb = self.usb()
        medium = stick.copy(self.folder / "stick.img")
        machine, line = self.start(medium, disks, usb)
        self.mount(line)
        self.choose(line, "CLE")
        self.index(line)
        line.press("5", until=r"\[\*\] cam8")
        line.press("Enter", until="De quand à quand")
        line.press("Enter", until="Un clip par enregistrement")
        line.press("Enter", until="Lancer")
        line.press("Enter")
        time.sleep(1.5)
        machine.switch_off()
        line.close()
        machine, line = self.start(medium, disks, usb)
        self.mount(line)
        # The disk that was chosen before is the first to be offered.
        line.press("3", until="CLE")
        self.assertIn("CLE", line.current())
        line.press("Enter", until="seront écrits")
        line.press("Enter", until="libres")
        line.press("Enter", until=r"4 Reconstruire l'index.*\[fait\]")
        self.clips(line)
        self.end(line, machine)
        self.assertEqual({name: sha256(file) for name, file in disks.items()}, before, "a source disk was changed")
        self.assert_frames(films, self.contents(usb) / "camtrace-rescue/clips")

    def test_half_a_mirror(self):
        films, disks = self.recorder(mirrored=True)
        del disks["twin"]
        before = {name: sha256(file) for name, file in disks.items()}
        usb = self.usb()
        medium = stick.copy(self.folder / "stick.img")
        machine, line = self.start(medium, disks, usb)
        self.mount(line)
        self.choose(line, "CLE")
        self.index(line)
        self.clips(line)
        self.end(line, machine)
        self.assertEqual({name: sha256(file) for name, file in disks.items()}, before, "a source disk was changed")
        self.assert_frames(films, self.contents(usb) / "camtrace-rescue/clips")

    def test_one_percent_of_the_sectors_unreadable(self):
        films, disks = self.recorder(muxers=("mp4", "matroska"))
        before = {name: sha256(file) for name, file in disks.items()}
        dice = random.Random(7)
        sectors = disks["one"].stat().st_size // 512
        rules = self.folder / "blkdebug"
        # Not the first MiB: where nothing of the file system can be read, nothing can be mounted.
        rules.write_text("".join(f'[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "{dice.randrange(2048, sectors)}"\n\n' for _ in range(sectors // 100)))
        faulty = {**disks, "one": f"driver=blkdebug,config={rules},image.driver=raw,image.file.driver=file,image.file.filename={disks['one']}"}
        usb = self.usb()
        medium = stick.copy(self.folder / "stick.img")
        machine, line = self.start(medium, faulty, usb)
        self.mount(line)
        self.choose(line, "CLE")
        self.index(line, says=r"2[0-4] segments")
        self.clips(line, ends="Extraire des clips, pour VLC : Terminé, avec des pertes")
        self.end(line, machine)
        self.assertEqual({name: sha256(file) for name, file in disks.items()}, before, "a source disk was changed")
        clips = self.contents(usb) / "camtrace-rescue/clips"
        recorded = {packet for file in films.rglob("*.*") for packet in packets(file)}
        got = {packet for file in clips.rglob("cam*/*.mp4") for packet in packets(file)}
        self.assertEqual(got - recorded, set(), "expected nothing that was not recorded")
        self.assertGreater(len(got), len(recorded) // 2)

    def test_the_stick_is_pulled_out(self):
        """Everything is in memory: the menu stays, says what is missing, and goes on when the stick is back."""
        films, disks = self.recorder()
        before = {name: sha256(file) for name, file in disks.items()}
        medium = stick.copy(self.folder / "stick.img")
        machine, line = self.start(medium, disks)
        line.wait("0 Terminer")
        machine.pull("usb0")
        time.sleep(3)
        line.press("2", until="avec son journal rejoué")
        line.press("Enter", until="Lancer")
        line.press("Enter", until="Non fait|Refusé")
        line.press("Enter", until="0 Terminer")
        machine.plug("again", medium, driver="usb-storage", bus="usb.0", removable=True)
        time.sleep(8)
        self.mount(line)
        self.end_without_destination(line, machine)
        self.assertEqual({name: sha256(file) for name, file in disks.items()}, before, "a source disk was changed")

    def end_without_destination(self, line, machine):
        line.wait("0 Terminer")
        line.press("0", until="Éteindre la machine")
        line.press("Down", "Enter", until="Tout démonter : Terminé")
        line.press("Enter")
        # Whoever pulls the plug after the last sentence loses nothing; but it goes off by itself.
        machine.process.wait(timeout=120)

    def test_destinations_that_people_have(self):
        """NTFS, FAT32 and ext4: each takes the index."""
        films, disks = self.recorder()
        made = {"NTFS": ("mkfs.ntfs", "-q", "-F", "-L", "NTFS"), "FAT": ("mkfs.fat", "-F", "32", "-n", "FAT"), "EXT": ("mke2fs", "-q", "-F", "-t", "ext4", "-L", "EXT")}
        usb = {label: self.usb(f"{label}.img", 64, make) for label, make in made.items()}
        medium = stick.copy(self.folder / "stick.img")
        machine, line = self.start(medium, disks, *usb.values())
        self.mount(line)
        for number, label in enumerate(usb):
            # NTFS has no driver in the kernel: nobody can tell before that it holds no recordings.
            self.choose(line, label, serial=f"USB{number}" if label == "NTFS" else None)
            self.index(line)
        self.end_without_destination(line, machine)
        for label, type in (("FAT", "vfat"), ("EXT", "ext4")):
            self.assertTrue((self.contents(usb[label], type) / "camtrace-rescue/index.ctrx").stat().st_size > 10_000, label)
        self.tool("ntfsls", "-p", "camtrace-rescue", usb["NTFS"])
        self.assertIn("index.ctrx", self.tool("ntfsls", "-p", "camtrace-rescue", usb["NTFS"]))

    def test_the_three_cases_of_the_migration(self):
        """What the menu says first: disks of their own, `small`, one volume."""
        system = self.folder / "system"
        for path, text in half_upgraded().items():
            (system / path).parent.mkdir(parents=True, exist_ok=True)
            (system / path).write_text(text)
        films = self.folder / "films"
        self.film(films)
        both = self.folder / "both"
        shutil.copytree(system, both)
        shutil.copytree(films, both / "srv/films")

        def volume(tree, name, size=40):
            file = self.folder / name
            self.tool("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, file, f"{size}M")
            return file

        def disk(name, *parts):
            table = "label: gpt\n" + "".join(f"start={1 + 40 * number}MiB, size=40MiB\n" for number in range(len(parts)))
            return self.disk(name, table, {1 + number: part for number, part in enumerate(parts)}, size=2 + 40 * len(parts))

        root, data, one = volume(system, "root.part"), volume(films, "data.part"), volume(both, "both.part")
        cases = {
            "Les enregistrements sont sur leurs propres disques": {"system": disk("system.img", root), "data": disk("data.img", data)},
            "partagent un disque, mais pas un volume": {"disk": disk("small.img", root, data)},
            "sont sur un seul volume": {"disk": disk("one.img", one)},
        }
        medium = stick.copy(self.folder / "stick.img")
        for verdict, disks in cases.items():
            with self.subTest(verdict):
                before = {name: sha256(file) for name, file in disks.items()}
                machine, line = self.start(medium, disks)
                line.wait("0 Terminer")
                self.assertIn(verdict, line.screen())
                line.press("6", until="-- Restaurer la configuration")
                line.press("Escape", until="0 Terminer")
                machine.switch_off()
                line.close()
                self.assertEqual({name: sha256(file) for name, file in disks.items()}, before, "a source disk was changed")


# More of the same, which takes minutes: Scripts/soak.
if "CAMTRACE_SOAK" not in os.environ:
    del Nights.test_destinations_that_people_have


if __name__ == "__main__":
    unittest.main()
