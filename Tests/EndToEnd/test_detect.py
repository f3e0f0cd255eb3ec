"""`detect` and `triage` on images of disks and on dumped machines: what is said, and that nothing is changed or left."""

import json
import os
import pathlib
import random
import signal
import struct
import subprocess
import time
import unittest
import zlib

from disks import MIB, SYSROOTS, DiskTest, half_upgraded, knows, needs_loops, sha256, system_files, tool
from support import PROGRAM, as_nobody, die_with_parent, run

DEVICE_KEYS = {"path", "serial", "model", "bus", "sizeBytes", "logicalSectorBytes", "rotational", "removable", "readOnly", "health", "table",
               "content", "partitions"}
VOLUME_KEYS = {"path", "uuid", "label", "sizeBytes", "content", "role", "evidence", "mountPoint"}
CONTENT_KEYS = {"kind", "type", "needsRecovery"}
SYSTEM_KEYS = {"volume", "distribution", "camtraceVersion", "state", "evidence"}
ROLES = {"system", "data", "system-and-data", "stick", "member", "swap", "other", "unknown"}


class FileSystems(DiskTest):
    def test_ext4_with_recordings(self):
        needs_loops("ext4")
        device = self.one_volume(self.ext4(recordings=3, options=["-L", "RECORDINGS", "-U", "01234567-89ab-4cde-8f01-23456789abcd"]))
        self.assertEqual((device["role"], device["table"]), ("data", "none"))
        self.assertEqual(device["content"]["type"], "ext4")
        self.assertEqual(device["content"]["uuid"], "01234567-89ab-4cde-8f01-23456789abcd")
        self.assertIs(device["content"]["needsRecovery"], False)
        self.assertIn("3 of 3 files", device["evidence"][0])

    def test_ext4_that_was_not_unmounted(self):
        xfs_io = tool("xfs_io")
        image = self.ext4(recordings=2, below="old")
        self.mounted(image, f'cp -r "$2/old" "$2/new"; sync "$2"; echo x > "$2/last"; {xfs_io} -x -c "shutdown -f" "$2"', "ext4")
        device = self.one_volume(image)
        self.assertIs(device["content"]["needsRecovery"], True)
        self.assertEqual(device["role"], "data")
        self.assertTrue(any("not unmounted cleanly" in why for why in device["evidence"]), device["evidence"])

    def test_ext4_with_an_orphan(self):
        """A plain read-only mount of it would write (FIELD-NOTES §7)."""
        xfs_io = tool("xfs_io")
        image = self.ext4(recordings=1)
        self.mounted(image, f'exec 3>"$2/open"; echo x >&3; rm "$2/open"; sync "$2"; {xfs_io} -x -c "shutdown" "$2"; exec 3>&-', "ext4")
        device = self.one_volume(image)
        self.assertIs(device["content"]["needsRecovery"], True)
        self.assertEqual(device["role"], "data")

    def xfs(self, script=":"):
        image = self.file("xfs.img", 320 * MIB)
        subprocess.run([tool("mkfs.xfs"), "-q", "-L", "xdata", image], check=True, timeout=60)
        folder = self.tree_of(recordings=3)
        return self.mounted(image, f'cp -r {folder}/records "$2/"; {script}', "xfs")

    def test_xfs(self):
        needs_loops("xfs")
        device = self.one_volume(self.xfs())
        self.assertEqual((device["content"]["type"], device["content"]["label"], device["role"]), ("xfs", "xdata", "data"))
        self.assertIs(device["content"]["needsRecovery"], False)

    def test_xfs_that_was_not_unmounted(self):
        needs_loops("xfs")
        xfs_io = tool("xfs_io")
        flushed = self.one_volume(self.xfs(f'sync; echo x > "$2/last"; {xfs_io} -x -c "shutdown -f" "$2"'))
        self.assertIs(flushed["content"]["needsRecovery"], True)
        # What the log holds is not seen: then nobody claims that there is nothing.
        hidden = self.one_volume(self.xfs(f'{xfs_io} -x -c "shutdown -f" "$2"'))
        self.assertIs(hidden["content"]["needsRecovery"], True)
        self.assertIn(hidden["role"], ("unknown", "data"))

    def test_btrfs(self):
        needs_loops("btrfs")
        image = self.file("btrfs.img", 128 * MIB)
        subprocess.run([tool("mkfs.btrfs"), "-q", "--rootdir", self.tree_of(recordings=3), image], check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        device = self.one_volume(image)
        self.assertEqual((device["content"]["type"], device["role"]), ("btrfs", "data"))
        self.assertIs(device["content"]["needsRecovery"], False)

    def test_vfat(self):
        image = self.file("fat.img", 64 * MIB)
        subprocess.run([tool("mkfs.vfat"), "-n", "EXPORTS", image], check=True, timeout=60, stdout=subprocess.DEVNULL)
        device = self.one_volume(image)
        self.assertEqual((device["content"]["type"], device["content"]["label"]), ("vfat", "EXPORTS"))
        if knows("vfat") and os.geteuid() == 0:
            self.assertEqual(device["role"], "other")
        else:
            self.assertEqual(device["role"], "unknown")
            self.assertTrue(device["evidence"])

    def test_swap(self):
        image = self.file("swap.img", 64 * MIB)
        subprocess.run([tool("mkswap"), "-q", image], check=True, timeout=60, stderr=subprocess.DEVNULL)
        device = self.one_volume(image)
        self.assertEqual((device["content"]["kind"], device["role"]), ("swap", "swap"))

    def test_videos_among_other_files_on_a_system(self):
        """A desktop has hundreds of settings; they must not use up the looks before the recordings' turn."""
        needs_loops("ext4")
        files = system_files() | {f"home/user/.config/app{n:03}/settings{k}": "x" * 300 for n in range(80) for k in range(12)}
        image = self.ext4(files=files, recordings=4, below="var/camtrace/records", size="128M")
        self.assertEqual(self.one_volume(image)["role"], "system-and-data")


class OtherContent(DiskTest):
    def test_encrypted(self):
        header = b"LUKS\xba\xbe" + struct.pack(">H", 1) + b"aes".ljust(32, b"\0") + b"cbc".ljust(32, b"\0") + b"sha1".ljust(32, b"\0")
        header = header.ljust(168, b"\0") + b"5d1d1a3e-0b1c-4c1d-9e8f-000000000001".ljust(40, b"\0")
        device = self.one_volume(self.file("luks.img", 64 * MIB, [(0, header)]))
        self.assertEqual((device["content"]["kind"], device["role"]), ("luks", "unknown"))
        self.assertIn("encrypted", device["evidence"][0])

    def raid_member(self):
        """The superblock 1.2 of a RAID1 (linux/raid/md_p.h), its checksum made as the kernel does."""
        sb = bytearray(256)
        struct.pack_into("<IIII", sb, 0, 0xA92B4EFC, 1, 0, 0)
        sb[16:32] = bytes(range(16))
        sb[32:64] = b"recorder:0".ljust(32, b"\0")
        struct.pack_into("<QIIQIII", sb, 64, 0, 1, 0, 0, 0, 2, 0)
        struct.pack_into("<QQQQ", sb, 128, 2048, 100000, 8, 0)
        struct.pack_into("<II", sb, 160, 0, 0)
        words = struct.unpack("<64I", sb)
        total = sum(words)
        struct.pack_into("<I", sb, 216, (total & 0xFFFFFFFF) + (total >> 32) & 0xFFFFFFFF)
        return bytes(sb)

    def test_a_part_of_an_array(self):
        image = self.file("member.img", 128 * MIB, [(4096, self.raid_member())])
        device = self.one_volume(image)
        self.assertEqual((device["content"]["kind"], device["content"]["type"]), ("raid-member", "linux_raid_member"))
        self.assertEqual(device["role"], "member")
        self.assertIn("not assembled", device["evidence"][-1])
        triage = self.parse_json(self.program("triage", "--json", "--image", image))
        self.assertEqual(triage["verdict"], "cannot-tell")

    def test_a_physical_volume_of_lvm(self):
        label = bytearray(512)
        label[0:8] = b"LABELONE"
        struct.pack_into("<Q", label, 8, 1)
        struct.pack_into("<I", label, 20, 32)
        label[24:32] = b"LVM2 001"
        label[32:64] = b"aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"
        crc = 0xF597A6CF
        table = [(lambda v: [v := (v >> 1) ^ 0xEDB88320 if v & 1 else v >> 1 for _ in range(8)][-1])(n) for n in range(256)]
        for byte in label[20:]:
            crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
        struct.pack_into("<I", label, 16, crc)
        device = self.one_volume(self.file("pv.img", 64 * MIB, [(512, bytes(label))]))
        self.assertEqual((device["content"]["kind"], device["role"]), ("lvm-pv", "member"))

    def test_signatures_that_contradict_each_other(self):
        image = self.file("two.img", 320 * MIB)
        subprocess.run([tool("mkfs.xfs"), "-q", image], check=True, timeout=60)
        other = self.ext4("other.img")
        with open(image, "r+b") as target:
            target.seek(1024)
            target.write(other.read_bytes()[1024:2048])
        device = self.one_volume(image)
        self.assertEqual((device["content"]["kind"], device["role"]), ("ambiguous", "unknown"))
        self.assertEqual({(one["type"], one["offsetBytes"]) for one in device["content"]["signatures"]}, {("xfs", 0), ("ext4", 1080)})
        self.assertIn("1080", device["evidence"][0])

    def test_nothing_to_recognise(self):
        rng = random.Random(7)
        for name, image, kind, role in [
            ("zeroes", self.file("zero.img", 32 * MIB), "empty", "other"),
            ("no bytes", self.file("none.img"), "empty", "other"),
            ("one byte", self.file("one.img", pieces=[(0, b"x")]), "unknown", "unknown"),
            ("random", self.file("random.img", pieces=[(0, rng.randbytes(4 * MIB))]), "unknown", "unknown"),
            ("a tebibyte of nothing", self.file("huge.img", 1 << 40), "empty", "other"),
        ]:
            with self.subTest(name):
                device = self.one_volume(image)
                self.assertEqual((device["content"]["kind"], device["role"]), (kind, role))
                self.assertTrue(device["evidence"])
        result = self.program("triage", "--image", self.folder / "none.img")
        self.assertIn("no recordings", result.out)

    def test_what_is_no_image(self):
        os.mkfifo(self.folder / "pipe")
        for path in [self.folder / "nothing", self.folder, self.folder / "pipe", "/dev/null", "/dev/zero"]:
            for command in ("detect", "triage"):
                with self.subTest(path=str(path), command=command):
                    self.refused(command, "--image", path, status=5, says=str(path), timeout=10)
        self.refused("detect", "--sysroot", self.folder, status=5, says="sys/block")
        self.refused("detect", "--watch", "--json", status=64, silent=False)
        self.refused("detect", "--watch", "--image", self.folder, status=64)


class Tables(DiskTest):
    def test_gpt(self):
        needs_loops("ext4")
        image = self.disk("gpt.img", 'label: gpt\nsize=64M,type=L,name="records"\nsize=64M\n', {1: self.ext4(recordings=2)})
        device = self.detect(image)["devices"][0]
        self.assertEqual(device["table"], "gpt")
        self.assertEqual([part["role"] for part in device["partitions"]], ["data", "other"])
        self.assertEqual(device["partitions"][0]["offsetBytes"], MIB)
        self.assertEqual(device["partitions"][0]["partitionName"], "records")

    def test_dos_with_logical_partitions(self):
        needs_loops("ext4")
        script = "label: dos\n1 : size=64M,type=83\n2 : size=160M,type=5\n5 : size=66M,type=83\n6 : size=20M,type=82\n"
        image = self.disk("dos.img", script, {1: self.ext4(), 5: self.ext4("data.img", recordings=2)})
        device = self.detect(image)["devices"][0]
        self.assertEqual(device["table"], "dos")
        self.assertEqual([(part["number"], part["role"]) for part in device["partitions"]], [(1, "other"), (5, "data"), (6, "other")])

    def test_an_image_that_was_cut_short(self):
        needs_loops("ext4")
        image = self.disk("cut.img", "label: gpt\nsize=64M\nsize=100M\nsize=60M\n", {1: self.ext4(recordings=2)})
        os.truncate(image, 120 * MIB)
        device = self.detect(image)["devices"][0]
        self.assertEqual(device["table"], "gpt")
        self.assertEqual([(part["number"], part["role"]) for part in device["partitions"]], [(1, "data"), (2, "other")])
        self.assertEqual(device["partitions"][1]["sizeBytes"], 55 * MIB)
        self.assertIn("cut short: its last 136 MiB are missing", self.program("detect", "--image", image, env={"COLUMNS": "400"}).out)

    def test_a_file_system_that_was_cut_short(self):
        needs_loops("ext4")
        image = self.ext4(recordings=2)
        os.truncate(image, 40 * MIB)
        device = self.one_volume(image)
        self.assertEqual(device["role"], "unknown")
        self.assertIn("its last 24.0 MiB are missing", device["evidence"][0])

    def test_sectors_of_4096_bytes(self):
        """An image does not tell how long its disk's sectors were."""
        image = self.folder / "4k.img"
        source = self.disk("512.img", "label: gpt\nsize=64M\n", {}).read_bytes()
        # The same table as a disk of such sectors has it: the header in its second, the entries in its third.
        header = bytearray(source[512:604])
        struct.pack_into("<QQ", header, 24, 1, 256 * MIB // 4096 - 1)
        struct.pack_into("<Q", header, 72, 2)
        entry = bytearray(source[1024:1152])
        struct.pack_into("<QQ", entry, 32, 256, 256 + 64 * MIB // 4096 - 1)
        entries = bytes(entry).ljust(128 * 128, b"\0")
        struct.pack_into("<I", header, 88, zlib.crc32(entries))
        struct.pack_into("<I", header, 16, 0)
        struct.pack_into("<I", header, 16, zlib.crc32(bytes(header)))
        image = self.file("4k.img", 256 * MIB, [(0, source[:512]), (4096, bytes(header)), (8192, entries), (MIB, self.ext4(recordings=2).read_bytes())])
        needs_loops("ext4")
        device = self.detect(image)["devices"][0]
        self.assertEqual([(part["offsetBytes"], part["sizeBytes"], part["role"]) for part in device["partitions"]], [(MIB, 64 * MIB, "data")])


class Systems(DiskTest):
    def triage(self, *images, **others):
        words = [word for image in images for word in ("--image", image)]
        document = self.parse_json(self.program("triage", "--json", *words, **others))
        self.nothing_is_left()
        return document

    def test_half_upgraded_with_data_on_another_disk(self):
        needs_loops("ext4")
        system, data = self.ext4("system.img", half_upgraded()), self.ext4("data.img", recordings=3)
        found = self.detect(system, data)["systems"]
        self.assertEqual([(one["state"], one["camtraceVersion"]) for one in found], [("migration-interrupted", "7.14.0.3")])
        self.assertEqual(found[0]["distribution"], "Ubuntu 14.04 LTS")
        document = self.triage(system, data)
        self.assertEqual(document["verdict"], "keep-data-disks")
        self.assertEqual([step["id"] for step in document["steps"]], ["mount", "index", "extract", "capture", "reinstall", "remount", "reload"])
        self.assertEqual([step["state"] for step in document["steps"]], ["next"] + ["waiting"] * 6)
        self.assertEqual(document["steps"][0]["command"], f"camtrace-rescue mount {data} {system}")
        self.assertIn("V7.14.0.3", document["steps"][4]["title"])

    def test_one_disk_a_volume_each(self):
        needs_loops("ext4")
        image = self.disk("one.img", "label: dos\nsize=64M,type=83\nsize=64M,type=83\n",
                          {1: self.ext4("system.img", half_upgraded()), 2: self.ext4("data.img", recordings=3)})
        self.assertEqual(self.triage(image)["verdict"], "reinstall-small")

    def test_one_volume_for_both(self):
        needs_loops("ext4")
        image = self.ext4("both.img", half_upgraded(), recordings=4, below="home/records")
        self.assertEqual(self.detect(image)["devices"][0]["role"], "system-and-data")
        self.assertEqual(self.triage(image)["verdict"], "set-disk-aside")

    def test_the_product_was_not_upgraded(self):
        """Everything is installed, no journal is dirty, and the recorder is not there: the second half of the migration is missing."""
        needs_loops("ext4")
        system = self.ext4("system.img", system_files("16.04", "xenial", "2.23-0ubuntu11"))
        self.assertEqual(self.detect(system)["systems"][0]["state"], "migration-interrupted")
        self.assertEqual(self.triage(system, self.ext4("data.img", recordings=3))["verdict"], "keep-data-disks")

    def test_whole(self):
        needs_loops("ext4")
        images = [self.ext4("system.img", system_files()), self.ext4("data.img", recordings=3)]
        document = self.triage(*images)
        self.assertEqual((document["verdict"], document["steps"]), ("nothing-to-do", []))
        # Beside a disk that nobody understands, nobody says so.
        images.append(self.file("random.img", pieces=[(0, random.Random(3).randbytes(1 << 20)), (127 * MIB, b"x" * MIB)]))
        self.assertEqual(self.triage(*images)["verdict"], "cannot-tell")

    def test_the_unseen_beside_the_system(self):
        """What cannot be seen on the disk that would be reinstalled may be the recordings."""
        needs_loops("ext4")
        image = self.disk("one.img", "label: dos\nsize=64M,type=83\nsize=100M,type=83\n", {1: self.ext4("system.img", half_upgraded())})
        with open(image, "r+b") as target:
            target.seek(70 * MIB)
            target.write(random.Random(5).randbytes(8 * MIB))
        document = self.triage(image, self.ext4("data.img", recordings=3))
        self.assertEqual(document["verdict"], "cannot-tell")

    def test_versions_that_contradict_each_other(self):
        needs_loops("ext4")
        image = self.ext4(files=system_files() | {"opt/camtrace/VERSION": "7.14.0.2\n"})
        system = self.detect(image, image)["systems"]
        self.assertEqual(len(system), 1, "expected an image that is named twice to be looked at once")
        self.assertIsNone(system[0]["camtraceVersion"])
        text = self.program("detect", "--image", image, env={"COLUMNS": "200"}).out
        self.assertIn("several versions", text)
        self.assertIn("opt/camtrace/VERSION: 7.14.0.2", text)
        self.assertIn("dpkg, camtrace-server: 7.14.0.3", text)

    def test_only_recordings(self):
        needs_loops("ext4")
        document = self.triage(self.ext4(recordings=2))
        self.assertEqual(document["verdict"], "keep-data-disks")

    def test_a_corrected_profile(self):
        needs_loops("ext4")
        profile = json.loads((pathlib.Path(__file__).resolve().parents[2] / "Sources/CamTrace/Profiles/camtrace.json").read_text())
        profile |= {"isConfirmed": True, "packagePrefixes": ["other-recorder"]}
        file = self.folder / "profile.json"
        file.write_text(json.dumps(profile))
        image = self.ext4(files=system_files())
        self.assertIsNone(self.detect(image, options=["--profile", file])["systems"][0]["camtraceVersion"])
        file.write_text("{}")
        self.refused("detect", "--image", image, "--profile", file, status=(5, 64), says=str(file))


class Dumps(DiskTest):
    def test_machines(self):
        for golden in sorted(SYSROOTS.glob("*.json")):
            with self.subTest(golden.stem):
                root = self.unpack(golden.stem)
                document = self.parse_json(self.program("detect", "--json", "--sysroot", root))
                self.assertEqual(document, json.loads(golden.read_text()))
                for language in ("en", "fr"):
                    text = self.program("detect", "--sysroot", root, "--language", language, env={"COLUMNS": "80"}).out
                    self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
                    self.assertNotRegex(text, "\x1b")
                self.parse_json(self.program("triage", "--json", "--sysroot", root))
        self.assertEqual({file.stem for file in SYSROOTS.glob("*.json")}, {file.stem for file in SYSROOTS.glob("*.txt")})

    def test_a_dump_of_this_machine(self):
        script = pathlib.Path(__file__).resolve().parents[2] / "Scripts/dump-machine"
        for options in ([], ["--anonymous"]):
            with self.subTest(options=options):
                folder = self.folder / f"dump{len(options)}"
                result = run([script, folder, *options])
                self.assertEqual(result.status, 0, result)
                self.assertEqual(run([script, folder]).status, 6, "expected a dump not to be overwritten")
                dumped = self.parse_json(self.program("detect", "--json", "--sysroot", folder))
                live = self.parse_json(self.program("detect", "--json"))

                def known(document):
                    return [(one["path"], one["sizeBytes"], one["bus"], one["rotational"], len(one["partitions"])) for one in document["devices"]
                            if not one["path"].startswith("/dev/loop")]
                self.assertEqual(known(dumped), known(live))
                self.assertFalse([file for file in folder.rglob("*") if file.is_symlink() and file.readlink().is_absolute()])

    def test_a_hostile_dump(self):
        root = self.unpack("laptop")
        block = root / "sys/devices/pci0000:00/0000:00:1d.0/0000:3b:00.0/nvme/nvme0/block/nvme0n1"
        (block / "size").unlink()
        (block / "size").symlink_to("size")
        (root / "sys/block/sda").symlink_to("sda")
        (root / "sys/block/sdb").mkdir()
        (root / "sys/block/sdb/size").write_bytes(b"\xff" * 5000)
        os.mkfifo(root / "sys/block/sdb/ro")
        (root / "run/udev/data/b259:2").write_bytes(b"E:ID_FS_LABEL_ENC=\\x1b[2J\\x\\xZZ\xff\nE:=\nE:\n" + b"x" * 100000)
        result = self.program("detect", "--json", "--sysroot", root, timeout=20)
        self.parse_json(result)


class Promises(DiskTest):
    def test_keys_of_the_contract(self):
        needs_loops("ext4")
        image = self.disk("gpt.img", "label: gpt\nsize=64M\n", {1: self.ext4(files=half_upgraded(), recordings=4, below="srv")})
        document = self.detect(image, self.ext4("plain.img", recordings=1))
        self.assertEqual(list(document), ["schema", "devices", "volumes", "systems"])
        self.assertEqual(document["schema"], "camtrace-rescue/detect/1")
        volumes = document["volumes"] + [part for device in document["devices"] for part in device["partitions"]]
        for device in document["devices"]:
            self.assertLessEqual(DEVICE_KEYS, set(device))
            self.assertIn(device["health"]["state"], ("good", "worn", "failing", "unknown"))
            self.assertIsInstance(device["health"]["evidence"], list)
        for volume in volumes:
            self.assertLessEqual(VOLUME_KEYS, set(volume))
            self.assertLessEqual(CONTENT_KEYS, set(volume["content"]))
            self.assertIn(volume["role"], ROLES)
            self.assertTrue(volume["evidence"], "expected every role to have its evidence")
        for system in document["systems"]:
            self.assertLessEqual(SYSTEM_KEYS, set(system))
        triage = self.parse_json(self.program("triage", "--json", "--image", image))
        self.assertEqual(list(triage), ["schema", "verdict", "reasons", "steps"])
        for step in triage["steps"]:
            self.assertEqual(set(step), {"id", "title", "command", "state", "waitsFor"})

    def test_both_languages_in_80_columns(self):
        needs_loops("ext4")
        image = self.ext4(files=half_upgraded(), recordings=4, below="srv")
        link = pathlib.Path("/tmp") / f"i{os.getpid()}.img"
        link.symlink_to(image)
        self.addCleanup(link.unlink)
        texts = {}
        for language in ("en", "fr"):
            for command in ("detect", "triage"):
                text = self.program(command, "--image", link, "--language", language, env={"COLUMNS": "80"}).out
                prose = [line for line in text.splitlines() if "camtrace-rescue " not in line and str(image) not in line]
                self.assertEqual([line for line in prose if len(line) > 80], [])
                texts[language, command] = text
        self.assertIn("MIGRATION INTERRUPTED", texts["en", "detect"])
        self.assertIn("MIGRATION INTERROMPUE", texts["fr", "detect"])
        self.assertIn("Retirer le disque", texts["fr", "triage"])
        self.assertNotRegex(texts["fr", "detect"] + texts["fr", "triage"], r"\b(the|with|recordings)\b")

    def test_without_rights(self):
        """Exit 0, and a sentence for what was not seen."""
        image = self.ext4(recordings=2)
        image.chmod(0o644)
        for command in ("detect", "triage"):
            document = self.parse_json(self.program(command, "--json", "--image", image, wrap=as_nobody))
            if command == "detect":
                device = document["devices"][0]
                self.assertEqual((device["content"]["type"], device["role"]), ("ext4", "unknown"))
                self.assertIn("root", device["evidence"][-1])
            else:
                self.assertEqual(document["verdict"], "cannot-tell")
        for document in (self.parse_json(self.program("detect", "--json", wrap=as_nobody)),):
            for volume in document["devices"]:
                if not volume["partitions"] and volume.get("role") == "unknown":
                    self.assertTrue(volume["evidence"])
        image.chmod(0o600)
        if os.geteuid() == 0:
            self.refused("detect", "--image", image, status=5, says=str(image), wrap=as_nobody)

    def test_nothing_is_left_after_a_kill(self):
        needs_loops("ext4")
        # Many images make it long enough to be hit at any point.
        images = [self.ext4(f"d{number}.img", recordings=3, size="16M") for number in range(6)]
        before = [sha256(image) for image in images]
        words = [word for image in images for word in ("--image", image)]
        for number in range(12):
            process = subprocess.Popen([PROGRAM, "detect", "--json", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env=self.environment(), preexec_fn=die_with_parent)
            time.sleep(0.01 + 0.02 * number)
            process.send_signal(signal.SIGKILL)
            process.wait()
        # The kernel lets go of them a moment later.
        for _ in range(50):
            if str(self.folder) not in run(["losetup", "--list", "--noheadings", "--output", "BACK-FILE"]).out:
                break
            time.sleep(0.1)
        self.nothing_is_left()
        self.assertEqual([sha256(image) for image in images], before)


class Hostile(DiskTest):
    def test_a_label_that_would_clear_the_screen(self):
        image = self.ext4(options=["-L", "X"])
        with open(image, "r+b") as target:
            target.seek(1024 + 0x78)
            target.write(b"\x1b[2J\x07\xff\n\x9b31m")
        for command in ("detect", "triage"):
            result = run([PROGRAM, command, "--image", image], env=self.environment())
            self.assertEqual(result.status, 0, result)
            self.assertNotRegex(result.out_bytes, rb"[\x00-\x09\x0b-\x1f]")
        self.assertIn("\x1b[2J", self.one_volume(image)["content"]["label"])

    def test_links_do_not_leave_the_volume(self):
        needs_loops("ext4")
        tree = self.tree_of({name: text for name, text in system_files().items() if "release" not in name})
        os.symlink("../../../../../../etc/os-release", tree / "etc/os-release")
        os.symlink("/etc/passwd", tree / "etc/lsb-release")
        os.symlink("loop", tree / "etc/loop")
        os.symlink("..", tree / "var/lib/up")
        os.symlink("/", tree / "camtrace")
        image = self.folder / "links.img"
        subprocess.run([tool("mke2fs"), "-q", "-F", "-t", "ext4", "-d", tree, image, "32M"], check=True, timeout=60, stdout=subprocess.DEVNULL)
        system = self.detect(image)["systems"][0]
        self.assertIsNone(system["distribution"])

    def test_what_must_not_be_opened(self):
        """A FIFO would wait for ever, a device would act."""
        needs_loops("ext4")
        for kind in ("fifo", "device"):
            with self.subTest(kind):
                tree = self.tree_of(system_files())
                (tree / "etc/passwd").unlink()
                if kind == "fifo":
                    os.mkfifo(tree / "etc/passwd")
                    os.remove(tree / "etc/os-release")
                    os.mkfifo(tree / "etc/os-release")
                else:
                    os.mknod(tree / "etc/passwd", 0o20600, os.makedev(1, 9))
                image = self.folder / f"{kind}.img"
                subprocess.run([tool("mke2fs"), "-q", "-F", "-t", "ext4", "-d", tree, image, "32M"], check=True, timeout=60, stdout=subprocess.DEVNULL)
                self.assertEqual(self.detect(image, timeout=20)["systems"], [])

    def test_a_deep_tree(self):
        needs_loops("ext4")
        tree = self.tree_of()
        deep = tree
        for _ in range(300):
            deep = deep / "d"
        deep.mkdir(parents=True)
        for number in range(2000):
            (tree / f"many{number}").mkdir()
        image = self.folder / "deep.img"
        subprocess.run([tool("mke2fs"), "-q", "-F", "-t", "ext4", "-N", "4000", "-d", tree, image, "64M"], check=True, timeout=60, stdout=subprocess.DEVNULL)
        self.assertEqual(self.one_volume(image, timeout=30)["role"], "other")

    def mutations(self, image, heads, rounds, seed):
        """Bytes of the heads at random; the kernel may refuse, the program answers, quickly, and leaves nothing."""
        rng = random.Random(seed)
        pristine = {start: image.read_bytes()[start:start + length] for start, length in heads}
        for number in range(rounds):
            with open(image, "r+b") as target:
                for start, length in heads:
                    data = bytearray(pristine[start])
                    for _ in range(rng.choice((1, 1, 2, 4, 16))):
                        data[rng.randrange(length)] = rng.choice((0, 0xFF, 0x80, 0x7F, rng.randrange(256)))
                    target.seek(start)
                    target.write(data)
            result = run([PROGRAM, "detect", "--json", "--image", image], timeout=30, env=self.environment())
            self.assertEqual(result.status, 0, f"round {number} of seed {seed}\n{result}")
            json.loads(result.out)
        self.nothing_is_left()

    def test_broken_ext4(self):
        needs_loops("ext4")
        self.mutations(self.ext4(files=system_files(), recordings=2, size="8M", options=["-b", "1024"]), [(1024, 1024), (2048, 256)], 60, 1)

    def test_broken_xfs(self):
        needs_loops("xfs")
        image = self.file("xfs.img", 320 * MIB)
        subprocess.run([tool("mkfs.xfs"), "-q", image], check=True, timeout=60)
        self.mutations(image, [(0, 272), (512, 128)], 60, 2)

    def test_broken_btrfs(self):
        needs_loops("btrfs")
        image = self.file("btrfs.img", 128 * MIB)
        subprocess.run([tool("mkfs.btrfs"), "-q", "--rootdir", self.tree_of(recordings=1), image], check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.mutations(image, [(65536, 512)], 40, 3)

    def test_broken_tables(self):
        gpt = self.disk("gpt.img", "label: gpt\nsize=16M\nsize=16M\n", {}, size=64)
        self.mutations(gpt, [(446, 66), (512, 92), (1024, 256)], 60, 4)
        dos = self.disk("dos.img", "label: dos\n1 : size=16M\n2 : size=40M,type=5\n5 : size=16M\n", {}, size=64)
        self.mutations(dos, [(446, 66), (17 * MIB + 446, 66)], 60, 5)


if __name__ == "__main__":
    unittest.main()
