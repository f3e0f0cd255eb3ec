"""What the program says, in which language, and on which of its two outputs."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

from support import PROGRAM, EndToEndTest, run

FRENCH = re.compile(r"[éèêàùç]|\b(le|la|les|du|des|une|n'existe|n’existe|fichier|dossier|chemin)\b")
ENGLISH = re.compile(r"\b(the|does|not|exist|is|no such|file|folder)\b")


class Language(EndToEndTest):
    def sentences(self, env=None, *options):
        return self.program("index", "build", "/does/not/exist", "--index", self.folder / "x.ctrx", *options, status=5, env=env).err

    def expect_french(self, text):
        self.assertRegex(text, FRENCH)
        self.assertNotRegex(text.replace("/does/not/exist", "").replace("error:", "").replace("hint:", ""), ENGLISH)

    def test_english_by_default(self):
        text = self.sentences({"LANG": "C.UTF-8"})
        self.assertRegex(text, ENGLISH)
        self.assertNotRegex(text, FRENCH)

    def test_french_when_asked(self):
        self.expect_french(self.sentences({}, "--language", "fr"))

    def test_french_by_environment(self):
        for env in ({"LANG": "fr_FR.UTF-8"}, {"LANG": "en_GB.UTF-8", "LC_ALL": "fr_CA.UTF-8"}, {"LANG": "fr"}):
            with self.subTest(str(env)):
                self.expect_french(self.sentences(env))

    def test_the_option_wins_over_the_environment(self):
        self.assertRegex(self.sentences({"LANG": "fr_FR.UTF-8"}, "--language", "en"), ENGLISH)

    def test_lc_all_wins_over_lang(self):
        self.assertRegex(self.sentences({"LANG": "fr_FR.UTF-8", "LC_ALL": "en_GB.UTF-8"}), ENGLISH)

    def test_another_language_is_english(self):
        self.assertRegex(self.sentences({"LANG": "de_DE.UTF-8"}), ENGLISH)

    def test_the_json_keys_are_the_same_in_french(self):
        codes = []
        for language in ("en", "fr"):
            result = self.program("index", "build", "/does/not/exist", "--index", self.folder / "x.ctrx", "--json", "--language", language, status=5)
            codes.append(json.loads(result.out)["error"]["code"])
        self.assertEqual(codes[0], codes[1])


class GivenZone(EndToEndTest):
    """What was given on the command line is not asked for, and not called an assumption."""

    def test_a_zone_that_was_given_is_not_assumed(self):
        folder, _ = self.tree()
        for language, assumed, given in (("en", "assumed", "was given: Asia/Tokyo"), ("fr", "supposé", "a été donné : Asia/Tokyo")):
            options = ["--time-zone", "Asia/Tokyo", "--language", language]
            built = self.program("index", "build", folder, "--index", self.folder / f"{language}.ctrx", *options).out
            self.assertNotIn(assumed, built)
            self.assertNotIn("--time-zone", built)
            layout = self.program("index", "layout", folder, *options).out
            self.assertIn(given, layout)
            self.assertNotIn(assumed, layout)


class Help(EndToEndTest):
    COMMANDS = [[], ["index"], ["index", "build"], ["index", "layout"], ["index", "list"], ["index", "check"], ["index", "export"], ["index", "merge"],
                ["config"], ["config", "inspect"], ["config", "capture"], ["config", "restore"], ["config", "rollback"],
                ["extract"], ["repair"]]

    def test_every_command_explains_itself(self):
        for command in self.COMMANDS:
            with self.subTest(" ".join(command) or "the program"):
                result = self.program(*command, "--help")
                self.assertIn("--help", result.out)
                self.assertEqual(result.err, "")

    def test_french_help_is_french(self):
        words = re.compile(r"OVERVIEW|USAGE|SUBCOMMANDS|default:|values:|Show |See '|detailed")
        for command in [*self.COMMANDS, ["detect"], ["triage"], ["mount"], ["unmount"], ["carve"], ["check"], ["session"]]:
            with self.subTest(" ".join(command) or "the program"):
                help = self.program(*command, "--help", "--language", "fr").out
                self.assertRegex(help, r"UTILISATION : +camtrace-rescue")
                self.assertNotRegex(help, words)
                for line in help.splitlines():
                    self.assertLessEqual(len(line), 80, line)

    def test_french_usage_errors_are_french(self):
        for words in (["--foo"], ["lala"], ["index", "build"], ["index", "list", "--indexx", "a"], ["index", "build", "a", "--index"],
                      ["mount", "--mode", "x", "a"], ["extract", "--json=3"], ["extract", "--index", "a", "--output", "b", "c", "d"],
                      ["repair", "a", "--output", "b", "--clock-offset", "x"], ["carve", "a", "--output", "b", "--from", "x"]):
            with self.subTest(" ".join(words)):
                message = self.refused(*words, "--language", "fr", status=64).err
                self.assertNotRegex(message, r"(?i)unknown|missing|invalid|unexpected|value |please|did you mean|\bor\b|\band\b")

    def test_the_exit_statuses_are_in_the_help(self):
        text = self.program("--help").out
        for status in ("3", "4", "5", "6", "64", "130"):
            self.assertRegex(text, rf"(?m)^\s*{status}\s")

    def test_version(self):
        self.assertRegex(self.program("--version").out, r"\d+\.\d+")

    def test_a_link_is_a_command(self):
        folder, _ = self.tree()
        for name, words in (("camtrace-index", ["layout", str(folder)]), ("camtrace-extract", ["--help"])):
            link = self.folder / name
            os.symlink(PROGRAM, link)
            result = run([link, *words], env=self.environment())
            self.assertEqual(result.status, 0, str(result))
            self.assertTrue(result.out)


class Outputs(EndToEndTest):
    def test_progress_never_goes_to_standard_output(self):
        folder, _ = self.tree()
        result = self.program("index", "build", folder, "--index", self.folder / "x.ctrx")
        self.assertNotIn("\r", result.out)
        self.assertNotIn("\x1b", result.out)

    def test_json_documents(self):
        folder, _ = self.tree()
        file = self.folder / "x.ctrx"
        commands = [["index", "layout", folder], ["index", "build", folder, "--index", file], ["index", "list", "--index", file],
                    ["index", "check", "--index", file], ["extract", "--index", file, "--output", self.folder / "clips"],
                    ["extract", "--index", file, "--output", self.folder / "other", "--dry-run"]]
        for command in commands:
            with self.subTest(" ".join(map(str, command[:2]))):
                result = self.program(*command, "--json")
                document = self.parse_json(result)
                expected = "-".join(word for word in command[:2] if not word.startswith("-")) if command[0] == "index" else command[0]
                self.assertEqual(document["schema"].replace(" ", "-"), f"camtrace-rescue/{expected}/1")

    def test_no_colour_when_nobody_looks(self):
        folder, _ = self.tree()
        result = self.program("index", "layout", folder)
        self.assertNotIn("\x1b", result.out + result.err)

    def test_nothing_wider_than_the_terminal(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        for columns in ("80", "200"):
            for line in self.program("index", "list", "--index", index.file, env={"COLUMNS": columns}).out.splitlines():
                self.assertLessEqual(len(line), int(columns), line)

    def test_sentences_go_on_below_on_a_narrow_terminal(self):
        folder, _ = self.tree()
        (folder / "broken.mp4").write_bytes((folder / next(folder.rglob("*.mp4"))).read_bytes()[:9000])
        index = self.folder / ("a-long-name-for-an-index-" * 3 + ".ctrx")
        for language in ("en", "fr"):
            shown = self.on_terminal(72, "index", "build", folder, "--index", index, "--language", language)
            shown += self.on_terminal(72, "index", "list", "--index", index, "--language", language)
            shown += self.on_terminal(72, "index", "list", "--index", "/does/not/exist/at/all/under/this/rather/long/name.ctrx", "--language", language)
            self.assertIn("\nerror: ", shown)
            for line in shown.splitlines():
                # Commands are typed as they stand.
                if not line.strip().startswith("camtrace-rescue ") and str(index) not in line:
                    self.assertLessEqual(len(line), 72, line)
            self.assertRegex(shown, rf"(?m)^ *camtrace-rescue index list --index {index}$")

    def test_a_script_finds_one_sentence_in_one_line(self):
        result = self.program("index", "list", "--index", "/does/not/exist/at/all/under/this/rather/long/name.ctrx", status=5, env={"COLUMNS": "40"})
        self.assertEqual(len(result.err.splitlines()), 2)
        folder, _ = self.tree("a source with quite a long name, as people make them on their own disks, to say what is in it")
        index = self.build_index(folder)
        for segment in index.segments():
            self.assertIn(segment["path"], self.program("index", "list", "--index", index.file).out)

    def on_terminal(self, columns, *arguments):
        """What somebody reads who sits at a terminal of so many columns."""
        output, terminal = pty.openpty()
        self.addCleanup(os.close, output)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([PROGRAM, *map(str, arguments), "--no-progress"], stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal,
                                   env=self.environment())
        os.close(terminal)
        shown = b""
        while True:
            try:
                some = os.read(output, 4096)
            except OSError:  # EIO: the program has closed it
                break
            if not some:
                break
            shown += some
        process.wait(timeout=30)
        return "\n" + shown.decode().replace("\r\n", "\n")

    def test_without_a_home(self):
        folder, _ = self.tree()
        result = run([PROGRAM, "index", "build", folder, "--index", self.folder / "x.ctrx"], env={"PATH": "/usr/bin:/bin"})
        self.assertEqual(result.status, 0, str(result))

    def test_result_that_cannot_be_printed(self):
        folder, _ = self.tree()
        index = self.build_index(folder)
        with open("/dev/full", "w") as full:
            status = subprocess.run([PROGRAM, "index", "list", "--index", index.file], stdout=full, stderr=subprocess.PIPE, timeout=30,
                                    env=self.environment())
        self.assertNotEqual(status.returncode, 0, "expected the failed output to show in the exit status")
        self.assertNotIn(b"Fatal", status.stderr)
