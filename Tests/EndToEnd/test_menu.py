"""The menu, as a person meets it: its windows in a terminal, keys as they are typed, what it leaves on the disks."""

import json
import os
import re
import subprocess
import time
import unittest

from disks import DiskTest, knows, needs_loops, sha256
from support import Index, PROGRAM, in_mount_namespace
from terminal import Terminal


class MenuTerminal(Terminal):
    """The menu in a terminal; `before`: lines of shell that mount something there first."""

    def __init__(self, test, arguments, term="screen", lines=25, before="", **environment):
        self.status = test.folder / "status"
        words = " ".join(f"'{word}'" for word in [PROGRAM, "menu", *map(str, arguments)])
        super().__init__(
            test, f"export TERM={term}\n{before}{words} 2>'{test.folder}/complaints'\necho $? >'{self.status}'\nsleep 600\n", lines,
            test.environment(TERM=term, **environment))

    def ended(self, seconds=30):
        until = time.monotonic() + seconds
        while not self.status.exists() or not self.status.read_text():
            if time.monotonic() > until:
                raise AssertionError(f"the menu did not end\n{self.screen()}")
            time.sleep(0.1)
        return int(self.status.read_text())


class MenuTest(DiskTest):
    def setUp(self):
        super().setUp()
        self.session = self.folder / "session"

    def model(self, *arguments, **options):
        result = self.program("menu", "--json", "--session", self.session, *arguments, **options)
        document = self.parse_json(result)
        return {entry["id"]: entry for entry in document["entries"]}, document

    def chose(self, folder, **more):
        """As if that folder had been chosen as the destination before."""
        self.session.mkdir(exist_ok=True)
        destination = {"kind": "folder", "name": str(folder), "folder": str(folder), **more}
        (self.session / "menu.json").write_text(json.dumps({"destination": destination}))

    def assert_fits(self, screen, lines=25):
        rows = screen.rstrip("\n").split("\n")
        self.assertLessEqual(len(rows), lines)
        for row in rows:
            self.assertLessEqual(len(row), 80)
        frames = [row for row in rows if row.startswith("  │")]
        for row in frames:
            self.assertRegex(row, r"│\s*$", f"expected the frame to be whole\n{screen}")


class Offered(MenuTest):
    """What it would offer, without a screen."""

    def test_nothing_to_rescue(self):
        entries, document = self.model("--image", self.file("zeroes.img", 8 << 20))
        self.assertEqual(entries["mount"]["state"], "waiting")
        self.assertEqual(entries["index"]["state"], "waiting")
        self.assertEqual(entries["clips"]["state"], "waiting")
        self.assertEqual(document["restore"]["state"], "waiting", "expected the guard to hold")
        self.assertTrue(document["restore"]["reason"])
        self.assertEqual(document["next"], "destination")
        self.assertFalse(self.session.exists(), "expected nothing to be written")

    def test_recordings(self):
        entries, document = self.model("--image", self.ext4(recordings=2))
        self.assertEqual(entries["mount"]["state"], "ready")
        self.assertEqual(document["next"], "mount")

    def test_french(self):
        entries, document = self.model("--image", self.ext4(recordings=2), "--language", "fr")
        self.assertEqual(entries["mount"]["title"], "Monter les enregistrements, en lecture seule")
        self.assertIn("montez d'abord", entries["index"]["reason"])

    def test_no_terminal(self):
        self.refused("menu", "--image", self.ext4(recordings=1), "--session", self.session, status=64, says="terminal")

    def test_no_image(self):
        self.refused("menu", "--json", "--image", self.folder / "none.img", status=5, says="none.img", silent=False)

    def test_without_newt(self):
        """Every other command runs where the library is missing; the menu says what is."""
        needs_loops()
        found = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, env={"PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}).stdout
        libraries = re.findall(r"libnewt\.so\.0\.52 .*=> (\S+)", found)
        if not libraries:
            raise unittest.SkipTest("libnewt is not installed")
        script = "\n".join(f"mount --bind /dev/null {library}" for library in libraries)
        terminal = lambda command: in_mount_namespace(script, ["script", "-qec", " ".join(map(str, command)), "/dev/null"])
        result = self.program("menu", "--image", self.ext4(recordings=1), "--session", self.session, status=5, wrap=terminal)
        self.assertIn("libnewt0.52", result.out)


class Way(MenuTest):
    """From the first look to the clips, in windows."""

    def setUp(self):
        super().setUp()
        needs_loops("ext4")
        self.image = self.ext4(recordings=3, options=("-L", "DATA"))
        self.before = sha256(self.image)
        self.out = self.folder / "usb"
        self.out.mkdir()

    def start(self, **options):
        return MenuTerminal(self, ["--image", self.image, "--session", self.session, *options.pop("arguments", ())], **options)

    def test_to_the_clips_in_french(self):
        terminal = self.start(LANG="fr_FR.UTF-8")
        first = terminal.wait(r"2 Monter les enregistrements.*\[à faire\]")
        self.assertIn("CamTrace Rescue", first)
        self.assert_fits(first)
        terminal.press("4", until="Pas encore : montez d'abord")
        terminal.press("Enter", until="à faire")
        terminal.press("2", until="Rien n'a encore été fait")
        self.assertEqual(terminal.screen().count("Lancer"), 1)
        self.assert_fits(terminal.press("Enter", until=r"en lecture seule : Terminé"))
        terminal.press("Enter", until=r"3 Choisir où vont les résultats.*\[à faire\]")
        terminal.press("3", until="Un dossier que vous nommez")
        terminal.press("End", "Enter", until="Le chemin complet")
        terminal.press("BSpace", text=str(self.out))
        terminal.press("Enter", until="libres")
        terminal.press("Enter", until=r"4 Reconstruire l'index.*\[à faire\]")
        self.assert_fits(terminal.press("4", until="Fuseau horaire"))
        self.assert_fits(terminal.press("Enter", until="Reconstruire l'index : Terminé"))
        terminal.press("Enter", until=r"5 Extraire des clips.*\[à faire\]")
        terminal.press("5", until=r"\[\*\]")
        terminal.press("Enter", until="De quand à quand")
        terminal.press("Enter", until="octet pour octet")
        terminal.press("End", "Enter", until="Lancer")
        self.assert_fits(terminal.screen())
        terminal.press("Enter", until="Extraire des clips, pour VLC : Terminé")
        terminal.press("Enter", until="1 Examiner")
        clips = self.out / "camtrace-rescue/clips"
        checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=clips, capture_output=True, text=True, timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        originals = {sha256(file) for file in (self.folder / "tree0").rglob("*.mp4")}
        self.assertEqual({sha256(file) for file in clips.rglob("*.mp4")}, originals, "expected the files as they were recorded")
        terminal.press("0", until="Quitter le menu")
        terminal.press("End", "Enter", until="Tout démonter : Terminé")
        terminal.press("Enter")
        self.assertEqual(terminal.ended(), 0)
        self.assertEqual(sha256(self.image), self.before, "the disk was changed")
        self.assertEqual((self.folder / "complaints").read_text(), "")

    def test_what_was_chosen_is_remembered(self):
        """After a power cut nothing is asked twice."""
        terminal = self.start()
        terminal.wait("1 Look at the disks")
        terminal.press("3", until="A folder that you name")
        terminal.press("End", "Enter", until="The whole path")
        terminal.press("BSpace", text=str(self.out))
        terminal.press("Enter", until="free")
        terminal.close()
        (self.folder / "status").unlink(missing_ok=True)
        again = self.start()
        again.wait(r"3 Choose where results go\s+\[done\]")

    def test_without_colour_on_a_serial_line(self):
        terminal = self.start(term="vt220", lines=24)
        self.assert_fits(terminal.wait(r"0 End"), lines=24)
        shown = terminal.press("1", until="Because")
        self.assert_fits(shown, lines=24)
        self.assertIn("Arrow down: more", shown)
        terminal.press("Escape", until="0 End")

    def test_the_guard_is_said(self):
        terminal = self.start()
        terminal.wait("6 Configuration")
        terminal.press("6", until="-- Restore the configuration")
        terminal.press("Down", "Down", "Enter", until="(?s)Restore the configuration.*Back")

    def test_a_shell_is_one_key_away(self):
        terminal = self.start(SHELL="/bin/sh")
        terminal.wait("0 End")
        terminal.press("F2", until="To come back to the menu, type: exit")
        terminal.press(text="echo in-the-$((40+2))\n", until="in-the-42")
        terminal.press(text="exit\n", until="0 End")

    def test_the_terminal_goes_away(self):
        """A serial line is pulled out: nothing runs on, nothing holds the session."""
        self.ends_with_its_terminal(lambda terminal: terminal.wait("0 End"))

    def test_it_goes_away_while_a_shell_has_it(self):
        def shell(terminal):
            terminal.wait("0 End")
            terminal.press("F2", until="To come back to the menu, type: exit")

        self.ends_with_its_terminal(shell)

    def ends_with_its_terminal(self, before):
        terminal = self.start()
        before(terminal)
        found = lambda: subprocess.run(["pgrep", "-f", str(self.session)], capture_output=True, text=True, timeout=30).stdout.split()
        self.assertTrue(found())
        terminal.close()
        until = time.monotonic() + 20
        while found() and time.monotonic() < until:
            time.sleep(0.2)
        self.assertEqual(found(), [], "expected the menu to end with its terminal")
        self.program("session", "show", "--session", self.session)

    def test_a_hostile_name(self):
        """What a disk is called must not move the cursor."""
        image = self.ext4("hostile.img", recordings=1, options=("-L", "\x1b[2J\x1b[HX"))
        terminal = MenuTerminal(self, ["--image", image, "--session", self.session])
        terminal.wait("0 End")
        shown = terminal.press("1", until="Because|hostile")
        self.assert_fits(shown)
        self.assertIn("Look at the disks", shown)


class OnTheStick(MenuTest):
    """With a script in the place of the stick's own."""

    def start(self, status, lang="en_GB.UTF-8", **options):
        if not knows("overlay") or os.geteuid() != 0:
            raise unittest.SkipTest("this needs root and overlay")
        self.asked = self.folder / "asked"
        tool = self.folder / "stick"
        tool.write_text(f"#!/bin/sh\necho \"$@\" >>'{self.asked}'\ncase $1 in status) cat <<'END'\n{status}\nEND\n;; esac\n")
        tool.chmod(0o755)
        before = (f"mkdir -p {self.folder}/over && mount -t tmpfs none {self.folder}/over && mkdir -p {self.folder}/over/up/camtrace-rescue "
                  f"{self.folder}/over/work && cp {tool} {self.folder}/over/up/camtrace-rescue/ && mount -t overlay none "
                  f"-o lowerdir=/usr/lib,upperdir={self.folder}/over/up,workdir={self.folder}/over/work /usr/lib\n")
        return MenuTerminal(
            self, ["--image", self.file("zeroes.img", 8 << 20), "--session", self.session], before=before, LANG=lang, **options)

    def test_what_it_says_of_itself(self):
        terminal = self.start("stick=none\nsession=ram\nexports=absent\nclock=wrong\nnote=error: more than one stick is plugged in: sda sdb.", lines=24)
        first = terminal.wait("The clock here is wrong")
        self.assert_fits(first, lines=24)
        self.assertIn("0 End", first)
        shown = terminal.press("8", until="more than one stick is plugged in")
        self.assert_fits(shown, lines=24)
        self.assertIn("lost when the power goes", shown)
        terminal.press("Home", "Enter", until="Look for the stick again: Done")
        self.assertIn("attach", self.asked.read_text().split())

    def test_a_clock_that_is_right_is_not_mentioned(self):
        terminal = self.start("stick=/dev/sdz\nsession=mounted\nexports=absent\nclock=plausible", lang="fr_FR.UTF-8")
        self.assertNotIn("Horloge", terminal.wait("0 Terminer"))
        shown = terminal.press("8", until="Vérifier cette clé")
        self.assertNotIn("Rechercher la clé", shown)

    def test_a_folder_in_memory_is_no_destination(self):
        memory = self.folder / "memory"
        memory.mkdir()
        terminal = self.start("stick=none\nsession=ram")
        terminal.wait("0 End")
        # Nothing else mounted there: the overlay's own tmpfs.
        terminal.press("3", until="A folder that you name")
        terminal.press("End", "Enter", until="The whole path")
        terminal.press("BSpace", text=f"{self.folder}/over")
        # A long path moves where the lines end.
        terminal.press("Enter", until=r"lost\W+when\W+the\W+power\W+goes")
        terminal.press("Enter", until=r"3 Choose where results go\s+\[next\]")


class Keys(MenuTest):
    def test_the_digits_of_a_french_keyboard_without_shift(self):
        terminal = MenuTerminal(self, ["--image", self.file("zeroes.img", 8 << 20), "--session", self.session], LANG="fr_FR.UTF-8")
        terminal.wait("0 Terminer")
        for key, window in (("&", "Parce que"), ("é", "Pas maintenant"), ('"', "Un dossier que vous nommez"), ("'", "Pas encore : montez"),
                            ("(", "Pas encore : reconstruisez"), ("-", "Annuler la dernière"), ("è", "Copier d'abord"), ("_", "Pas ici"),
                            ("à", "Démonter, et rester ici")):
            terminal.press(text=key, until=window)
            terminal.press("Escape", until="1 Examiner")
        terminal.press(text="ç", until="Pour revenir au menu, tapez : exit")


class Carving(MenuTest):
    def test_a_wiped_volume_is_offered(self):
        """It has no UUID, and neither has a destination that is a folder."""
        out = self.folder / "usb"
        out.mkdir()
        self.chose(out)
        wiped = self.file("wiped.img", 8 << 20)
        terminal = MenuTerminal(self, ["--image", wiped, "--session", self.session])
        terminal.wait("0 End")
        terminal.press("7", until="Find recordings on a formatted")
        terminal.press("Home", "Enter", until=r"Which volume\?")
        # Its row, whatever of a long path fits into it.
        self.assertIn(str(wiped)[:30], terminal.screen())
        terminal.press("Enter", until="Hours for a large disk")

    def test_a_folder_that_cannot_be_made_is_told(self):
        out = self.folder / "usb"
        out.mkdir()
        (out / "camtrace-rescue").write_text("in the way")
        self.chose(out)
        terminal = MenuTerminal(self, ["--image", self.file("wiped.img", 8 << 20), "--session", self.session])
        terminal.wait("0 End")
        terminal.press("7", until="Find recordings on a formatted")
        terminal.press("Home", "Enter", until=r"Which volume\?")
        terminal.press("Enter", until=r"(?s)camtrace-rescue.*Back")


class PulledOut(MenuTest):
    """A disk that is gone leaves a mount that still says it can be written to."""

    def test_its_mount_is_no_destination(self):
        needs_loops("ext4")
        place, image = self.folder / "place", self.ext4("usb.img", recordings=0)
        place.mkdir()
        self.chose(place, kind="disk")
        mounts = f"mount -o loop {image} {place}\n"
        # As when it is pulled out: the node is gone, the mount stands.
        gone = "mount -t tmpfs none /mnt\nfor node in null zero urandom; do touch /mnt/$node; mount --bind /dev/$node /mnt/$node; done\nmount --rbind /mnt /dev\n"
        zeroes = self.file("zeroes.img", 8 << 20)
        for script, state in ((mounts, "done"), (mounts + gone, "ready")):
            with self.subTest(state):
                entries, _ = self.model("--image", zeroes, wrap=lambda command: in_mount_namespace(script, command))
                self.assertEqual(entries["destination"]["state"], state)


class AnotherRecorder(MenuTest):
    """The same USB disk at the next recorder: its index does not take the place of the first one's."""

    def test_each_has_its_index(self):
        needs_loops("ext4")
        source, _ = self.tree()
        out = self.folder / "usb"
        index = out / "camtrace-rescue/index.ctrx"
        index.parent.mkdir(parents=True)
        self.program("index", "build", source, "--index", index, "--no-progress")
        before = sha256(index)
        image = self.ext4("next.img", recordings=3, options=("-L", "NEXT"))
        self.program("mount", image, "--session", self.session)
        self.addCleanup(self.program, "unmount", "--all", "--session", self.session)
        self.chose(out)
        terminal = MenuTerminal(self, ["--image", image, "--session", self.session])
        terminal.wait(r"4 Rebuild the index.*\[next\]")
        shown = terminal.press("4", until="Keep it, and write index-2.ctrx")
        self.assertIn("are not mounted now", shown)
        self.assert_fits(shown)
        terminal.press("Enter", until="Time zone")
        terminal.press("Enter", until="Rebuild the index: Done")
        terminal.press("Enter", until=r"5 Take clips out.*\[next\]")
        self.assertEqual(sha256(index), before, "expected the first index as it was")
        self.assertEqual(Index(index.parent / "index-2.ctrx").value("SELECT count(*) FROM segment"), 3)
        terminal.press("4", until="Time zone")
        terminal.press("Escape", until="1 Look")
        terminal.press("5", until="Of which index")
        terminal.press("Enter", until=r"\[\*\]")
        terminal.press("Enter", until="From when to when")
        terminal.press("Enter", until="byte for byte")
        terminal.press("End", "Enter", until="index-2.ctrx")

    def test_it_is_replaced_where_a_person_says_so(self):
        needs_loops("ext4")
        source, _ = self.tree()
        out = self.folder / "usb"
        index = out / "camtrace-rescue/index.ctrx"
        index.parent.mkdir(parents=True)
        self.program("index", "build", source, "--index", index, "--no-progress")
        image = self.ext4("next.img", recordings=3)
        self.program("mount", image, "--session", self.session)
        self.addCleanup(self.program, "unmount", "--all", "--session", self.session)
        self.chose(out)
        terminal = MenuTerminal(self, ["--image", image, "--session", self.session], LANG="fr_FR.UTF-8")
        terminal.wait(r"4 Reconstruire")
        terminal.press("4", until="Le garder, et écrire index-2.ctrx")
        terminal.press("End", "Enter", until="Fuseau horaire")
        terminal.press("Enter", until="Reconstruire l'index : Terminé")
        self.assertEqual(Index(index).value("SELECT count(*) FROM segment"), 3)
        self.assertEqual(sorted(file.name for file in index.parent.glob("*.ctrx")), ["index.ctrx"])


class AnotherExtraction(MenuTest):
    """Clips are taken out more than once: of another hour, as evidence, of the next recorder."""

    def setUp(self):
        super().setUp()
        source, _ = self.tree()
        self.out = self.folder / "usb"
        self.index = self.out / "camtrace-rescue/index.ctrx"
        self.index.parent.mkdir(parents=True)
        self.program("index", "build", source, "--index", self.index, "--no-progress")
        self.clips = self.out / "camtrace-rescue/clips"
        self.words = ["extract", "--index", self.index, "--output", self.clips, "--no-progress"]

    def test_from_the_menu(self):
        self.chose(self.out)
        terminal = MenuTerminal(self, ["--image", self.file("zeroes.img", 8 << 20), "--session", self.session])
        terminal.wait("5 Take clips out")
        for form, folder in (("Home", "clips"), ("End", "clips-2"), ("Home", "clips-3")):
            terminal.press("5", until=r"\[\*\]")
            terminal.press("Enter", until="From when to when")
            terminal.press("Enter", until="byte for byte")
            terminal.press(form, "Enter", until="Arrow down|Start")
            terminal.press("Enter", until="Take clips out, for VLC: Done")
            terminal.press("Enter", until="1 Look")
            written = self.clips.parent / folder
            self.assertTrue((written / "manifest.json").exists(), f"expected {folder}, found {sorted(self.clips.parent.iterdir())}")
            result = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=written, capture_output=True, timeout=60)
            self.assertEqual(result.returncode, 0)

    def test_an_interrupted_one_goes_on_where_it_was(self):
        self.program(*self.words, "--container", "original")
        manifest = json.loads((self.clips / "manifest.json").read_text())
        (self.clips / "manifest.json").unlink()
        line = {"request": manifest["requestKey"], "run": "", "clips": [], "losses": []}
        (self.clips / ".camtrace-rescue-extract.jsonl").write_text(json.dumps(line) + "\n")
        self.program(*self.words, "--container", "original", "--next-folder")
        self.assertTrue((self.clips / "manifest.json").exists(), "expected it to go on in its folder")
        (self.clips / "manifest.json").unlink()
        (self.clips / ".camtrace-rescue-extract.jsonl").write_text(json.dumps(line) + "\n")
        self.program(*self.words, "--next-folder")
        self.assertFalse((self.clips / "manifest.json").exists(), "expected another request to keep away from it")
        self.assertTrue((self.clips.parent / "clips-2/manifest.json").exists())

    def test_killed_before_the_first_clip(self):
        """A folder with nothing but locks and partial files is nobody's."""
        self.clips.mkdir()
        (self.clips / ".manifest.json.lock").touch()
        self.program(*self.words, "--next-folder")
        self.assertTrue((self.clips / "manifest.json").exists())

    def test_somebody_elses_files_are_left(self):
        self.clips.mkdir()
        (self.clips / "holiday.mp4").write_text("mine")
        self.program(*self.words, "--next-folder")
        self.assertEqual([file.name for file in self.clips.iterdir()], ["holiday.mp4"])
        self.assertTrue((self.clips.parent / "clips-2/manifest.json").exists())

    def test_a_dry_run_refuses_what_the_run_would(self):
        self.program(*self.words)
        self.program(*self.words, "--dry-run")
        before = sorted(self.clips.parent.rglob("*"))
        for more in ([], ["--dry-run"]):
            self.refused(*self.words, "--subtitles", *more, status=6, says="manifest.json")
        plan = self.parse_json(self.program(*self.words, "--subtitles", "--next-folder", "--dry-run", "--json"))
        self.assertEqual(plan["output"], str(self.clips) + "-2")
        self.assertEqual(sorted(self.clips.parent.rglob("*")), before)
