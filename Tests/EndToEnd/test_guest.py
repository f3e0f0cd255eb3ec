"""In machines of our own: what the host's kernel cannot do, and what a power cut leaves. Not one byte of a source disk may change."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import guest
from disks import DiskTest, half_upgraded, sha256, system_files
from support import CRASH, EndToEndTest, corpus_file, truth
from test_config import old_system

MIB = 1 << 20

# Disks of the machine and their sizes in MiB. mkfs.xfs wants 300, mkfs.btrfs 109.
SIZES = {
    "ext4-clean": 32, "ext4-dirty": 32, "ext4-orphan": 32, "xfs-clean": 304, "xfs-dirty": 304, "btrfs": 112, "vfat": 34,
    "raid-a": 40, "raid-b": 40, "half-a": 40, "half-b": 40, "lvm": 48, "stack-a": 64, "stack-b": 64, "clone-a": 32,
}

# Made by the kernel that will read them: the host has neither arrays nor a device mapper.
MAKE = r"""
mkdir -p /mnt/from /mnt/to
mount -o ro,noload /disks/contents /mnt/from
# What stands in a log only must not come to its place meanwhile.
echo 0 >/proc/sys/vm/dirty_writeback_centisecs
echo 720000 >/proc/sys/fs/xfs/xfssyncd_centisecs
fill() {
    mkdir -p "$3" && mount -t "$2" "$1" "$3" && mkdir "$3/recordings" && cp -r /mnt/from/* "$3/recordings/" && sync
}
make() {
    device=$1 label=$3 place=${4:-/mnt/to}
    case $2 in
        xfs) mkfs.xfs -q -f -L "$label" "$device" ;;
        btrfs) mkfs.btrfs -q -f -L "$label" "$device" ;;
        vfat) mkfs.vfat -n "$label" "$device" ;;
        *) mke2fs -q -F -t ext4 -L "$label" "$device" ;;
    esac && fill "$device" "$2" "$place"
}
clean() { make "$@" && umount /mnt/to; }
# In use when the power goes. Made first and written to last: what syncs one of them brings the logs of all to their places.
dirty() { make "$1" "$2" "$3" "/mnt/$3"; }
last() {
    for place; do echo "written just before" | dd of="/mnt/$place/last" conv=fsync || return 1; done
}
orphan() {
    make "$@" || return 1
    sh -c 'exec 4>/mnt/to/orphan; head -c 100000 /dev/zero >&4; rm /mnt/to/orphan; sync; xfs_io -x -c "shutdown -f" /mnt/to'
    umount /mnt/to
}
create() {
    device=$1 format=$2
    shift 2
    mdadm --create "$device" --metadata="$format" --level=1 --raid-devices=2 --assume-clean --run --homehost=any "$@"
}
group() { lvm pvcreate -q "$2" && lvm vgcreate -q "$1" "$2" && lvm lvcreate -q -y -Wn -Zn -l 100%FREE -n video "$1" && lvm vgmknodes; }
step ext4-clean clean /disks/ext4-clean ext4 EXT4-CLEAN
step ext4-orphan orphan /disks/ext4-orphan ext4 EXT4-ORPHAN
step xfs-clean clean /disks/xfs-clean xfs XFS-CLEAN
step btrfs clean /disks/btrfs btrfs BTRFS
step vfat clean /disks/vfat vfat VFAT
step clone clean /disks/clone-a ext4 CLONE
step raid create /dev/md1 1.2 /disks/raid-a /disks/raid-b
step raid-fs clean /dev/md1 ext4 RAID
step half create /dev/md2 1.0 /disks/half-a /disks/half-b
step half-fs clean /dev/md2 ext4 HALF
step lvm group plain $(readlink -f /disks/lvm)
step lvm-fs clean /dev/plain/video ext4 LVM
step stop-lvm lvm vgchange -an
step stop-raid mdadm --stop --scan
step stack create /dev/md3 1.2 /disks/stack-a-1 /disks/stack-b-1
step stack-lvm group stacked /dev/md3
step stack-dirty dirty /dev/stacked/video ext4 STACK
step ext4-dirty dirty /disks/ext4-dirty ext4 EXT4-DIRTY
step xfs-dirty dirty /disks/xfs-dirty xfs XFS-DIRTY
step last last STACK EXT4-DIRTY XFS-DIRTY
cut_power
"""

LEFT = r"""
left() {
    losetup -a
    dmsetup ls | grep -v '^No devices'
    grep '^md' /proc/mdstat
    grep camtrace /proc/mounts | grep -v camtrace-rescue/stick
    ls /mnt/camtrace-rescue 2>/dev/null
    for disk in /disks/*; do if [ "$(blockdev --getro "$disk")" = 1 ]; then echo "$disk is read-only"; fi; done
    return 0
}
# Killed when so many lines more are in the ledger: in the middle of what the last of them announces.
kill_after() {
    lines=$(($(cat /run/session/ledger.jsonl 2>/dev/null | wc -l) + $1))
    shift
    "$@" --session /run/session >/dev/null 2>&1 &
    while [ -e /proc/$!/exe ] && [ "$(cat /run/session/ledger.jsonl 2>/dev/null | wc -l)" -lt $lines ]; do sleep 0.05; done
    if [ -e /proc/$!/exe ]; then kill -9 $!; echo killed >>/run/killed; fi
    wait
    # What it had just started goes on for a moment.
    sleep 0.5
}
read_all() { find "$@" -name '*.mp4' | sort | xargs sha256sum; }
"""


class GuestTest(EndToEndTest):
    """The disks are made once for the whole file."""

    place = None

    @classmethod
    def setUpClass(cls):
        if GuestTest.place is None:
            guest.image()
            place = pathlib.Path(tempfile.mkdtemp(prefix="disks."))
            unittest.addModuleCleanup(shutil.rmtree, place, ignore_errors=True)
            cls.make_disks(place)
            GuestTest.place = place

    @classmethod
    def make_disks(cls, place):
        contents = place / "contents"
        GuestTest.recordings = cls.copy_recordings("mp4h264", contents)
        disks = {"contents": place / "contents.img"}
        cls.tool("truncate", "-s", "24M", disks["contents"])
        cls.tool("mke2fs", "-q", "-F", "-t", "ext4", "-d", contents, disks["contents"])
        for name, size in SIZES.items():
            disks[name] = place / f"{name}.img"
            cls.tool("truncate", "-s", f"{size}M", disks[name])
        for name in ("stack-a", "stack-b"):
            cls.tool("sfdisk", "-q", disks[name], input=b"label: gpt\nstart=1MiB, size=60MiB\n")
        made = guest.boot(MAKE, disks, place)
        for step in made.steps:
            assert step.status == 0, f"{step}\n{made.console[-2000:]}"
        assert made.was_cut and made["last"].status == 0
        # Else the tests below would show nothing.
        for name, trace in ("ext4-dirty", "needs_recovery"), ("ext4-orphan", "orphan_present|First orphan inode"):
            header = cls.tool("dumpe2fs", "-h", disks[name]).stdout.decode()
            assert re.search(trace, header), f"{name} was made without a trace of what it is for\n{header}"
        del disks["contents"]
        disks["clone-b"] = place / "clone-b.img"
        shutil.copy2(disks["clone-a"], disks["clone-b"])
        # Two file systems that exclude each other: an XFS superblock where ext4 leaves room for a boot sector.
        disks["ambivalent"] = place / "ambivalent.img"
        cls.tool("truncate", "-s", "304M", disks["ambivalent"])
        cls.tool("mke2fs", "-q", "-F", "-t", "ext4", disks["ambivalent"])
        with open(disks["xfs-clean"], "rb") as source, open(disks["ambivalent"], "r+b") as target:
            target.write(source.read(512))
        GuestTest.disks = disks

    @staticmethod
    def copy_recordings(camera, folder):
        """The healthy recordings of a camera, in a folder; their sums."""
        sums = []
        for entry in truth():
            if entry["camera"] == camera and entry["damage"] == "healthy":
                target = folder / entry["path"]
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(corpus_file(entry), target)
                sums.append(sha256(target))
        return sums

    @staticmethod
    def tool(*command, **options):
        found = shutil.which(command[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
        if not found:
            raise unittest.SkipTest(f"{command[0]} is not installed")
        return subprocess.run([found, *map(str, command[1:])], check=True, timeout=120, capture_output=True, **options)

    def boot_unchanged(self, scenario, *names, sata=None, **others):
        """Boots with these disks and expects each of them as it was, to the last bit."""
        disks = {name: self.disks[name] for name in names}
        before = {name: sha256(file) for name, file in disks.items()}
        boot = guest.boot(scenario, {**disks, **others}, self.folder, sata=sata)
        for name, file in disks.items():
            self.assertEqual(sha256(file), before[name], f"{name} was changed\n{boot.console[-3000:]}")
        for step in boot.steps:
            self.assertNotRegex(step.out + step.err, CRASH, f"expected no stack trace\n{step}")
        return boot

    def document(self, step, status=0):
        self.assertEqual(step.status, status, str(step))
        return json.loads(step.out)

    def states(self, step, status=0):
        """Label or path -> state."""
        return {volume["label"] or volume["path"]: volume["state"] for volume in self.document(step, status)["volumes"]}

    def assert_recordings(self, step, count):
        """Every recording `count` times, with its own bytes."""
        self.assertEqual(step.status, 0, str(step))
        found = sorted(line.split()[0] for line in step.out.splitlines())
        self.assertEqual(found, sorted(self.recordings * count), str(step))

    def assert_nothing_left(self, step):
        self.assertEqual(step.out, "", f"expected no mount, loop, mapping or array, and disks as they were found\n{step}")


class Unchanged(GuestTest):
    def test_plain_disks(self):
        names = ["ext4-clean", "ext4-dirty", "ext4-orphan", "xfs-clean", "xfs-dirty", "btrfs", "vfat", "clone-a", "clone-b", "ambivalent"]
        boot = self.boot_unchanged(LEFT + r"""
step detect camtrace-rescue detect --json
step triage camtrace-rescue triage --json
step looked left
step mount camtrace-rescue mount --all --session /run/session --json
step walls blockdev --getro /disks/ext4-dirty
step read read_all /mnt/camtrace-rescue
step layout camtrace-rescue index layout /mnt/camtrace-rescue/*
step index camtrace-rescue index build /mnt/camtrace-rescue/* --index /run/index.ctrx --json
step check camtrace-rescue index check --index /run/index.ctrx
step extract camtrace-rescue extract --index /run/index.ctrx --output /run/clips --container original
step repair camtrace-rescue repair /mnt/camtrace-rescue/VFAT/recordings/*/*/*.mp4 --output /run/repaired
step clips read_all /run/clips
step write sh -c 'for place in /mnt/camtrace-rescue/*; do echo x 2>/dev/null >"$place/x" && echo "$place"; done; true'
step again camtrace-rescue detect --json
step clone camtrace-rescue mount /disks/clone-a /disks/clone-b --session /run/session --json
step ambivalent camtrace-rescue mount /disks/ambivalent --session /run/session --json
step clones read_all /mnt/camtrace-rescue/CLONE /mnt/camtrace-rescue/CLONE-2
step unmount camtrace-rescue unmount --all --session /run/session --json
step carve camtrace-rescue carve /disks/ext4-dirty --output /run/carved --json
step carved read_all /run/carved
sleep 1
step left left
""", *names, sata="ext4-clean")
        detected = self.document(boot["detect"])
        health = {device["serial"]: device["health"]["state"] for device in detected["devices"]}
        self.assertEqual(health["ext4-clean"], "good", str(boot["detect"]))
        self.assertEqual(len(detected["devices"]), len(names))
        self.document(boot["triage"])
        self.assert_nothing_left(boot["looked"])
        plain = ["EXT4-CLEAN", "EXT4-DIRTY", "EXT4-ORPHAN", "XFS-CLEAN", "XFS-DIRTY", "BTRFS", "VFAT"]
        states = self.states(boot["mount"], status=3)
        self.assertEqual({name: states.get(name) for name in plain}, dict.fromkeys(plain, "mounted"), str(boot["mount"]))
        self.assertEqual(states.get("CLONE"), "refused")
        self.assertEqual(boot["walls"].out.strip(), "1")
        # What was written last is in the log of a dirty disk, and the log is not replayed: nothing else may be missing.
        found = [line.split()[0] for line in boot["read"].out.splitlines()]
        self.assertTrue(set(found) <= set(self.recordings))
        self.assertGreaterEqual(len(found), 5 * len(self.recordings), str(boot["read"]))
        for name in ("layout", "index", "check", "extract", "repair"):
            self.assertEqual(boot[name].status, 0, str(boot[name]))
        self.assertEqual(self.document(boot["index"])["segments"], len(self.recordings))
        for name in ("clips", "carved"):
            self.assert_recordings(boot[name], 1)
        self.assertEqual(boot["write"].out, "")
        self.assertEqual(len(self.document(boot["again"])["devices"]), len(names), "expected a loop to be no disk of its own")
        self.assertEqual(self.states(boot["clone"]), {"CLONE": "mounted"})
        self.assert_recordings(boot["clones"], 2)
        self.assertEqual(boot["ambivalent"].status, 4, str(boot["ambivalent"]))
        self.assertEqual(boot["unmount"].status, 0, str(boot["unmount"]))
        self.assert_nothing_left(boot["left"])


class Arrays(GuestTest):
    def test_assembled_read_only_and_taken_apart(self):
        # Of one array a member is missing; the names do not tell what belongs together.
        names = ["raid-a", "raid-b", "half-b", "lvm", "stack-a", "stack-b"]
        boot = self.boot_unchanged(LEFT + r"""
step detect camtrace-rescue detect --json
step dry camtrace-rescue mount --all --dry-run --session /run/session
step before left
step mount camtrace-rescue mount --all --session /run/session --json
step arrays cat /proc/mdstat
step loops losetup -a
step read read_all /mnt/camtrace-rescue
step lv-write dd if=/dev/zero of=/dev/mapper/plain-video bs=4096 count=1
step md-write dd if=/dev/zero of=/dev/md120 bs=4096 count=1
step again camtrace-rescue detect --json
step triage camtrace-rescue triage --json
step some camtrace-rescue unmount /mnt/camtrace-rescue/RAID --session /run/session
step unmount camtrace-rescue unmount --all --session /run/session --json
sleep 1
step left left
step by-member camtrace-rescue mount /disks/raid-b --session /run/session --json
step text camtrace-rescue unmount --all --session /run/session
step show camtrace-rescue session show --session /run/session
sleep 1
step left-again left
""", *names)
        self.assertIn("member", boot["detect"].out)
        self.assertEqual(boot["dry"].status, 0, str(boot["dry"]))
        self.assertEqual(boot["dry"].out.count("assembled"), 4, str(boot["dry"]))
        self.assert_nothing_left(boot["before"])
        mounted = self.document(boot["mount"])
        self.assertEqual(self.states(boot["mount"]), dict.fromkeys(["RAID", "HALF", "LVM", "STACK"], "mounted"))
        degraded = {tuple(len(each["members"]) for each in [one]) + (one["degraded"],) for one in mounted["assemblies"] if one["kind"] == "array"}
        self.assertEqual(degraded, {(2, False), (1, True)}, str(boot["mount"]))
        self.assertEqual(boot["arrays"].out.count("(read-only)"), 3, str(boot["arrays"]))
        found = [line.split()[0] for line in boot["read"].out.splitlines()]
        self.assertTrue(set(found) <= set(self.recordings))
        self.assertGreaterEqual(len(found), 3 * len(self.recordings), str(boot["read"]))
        for name in ("lv-write", "md-write"):
            self.assertNotEqual(boot[name].status, 0, str(boot[name]))
        again = self.document(boot["again"])
        self.assertEqual(len(again["devices"]), len(names), "expected a loop to be no disk of its own")
        stack = next(volume for volume in again["volumes"] if volume["label"] == "STACK")
        self.assertTrue(stack["standsOn"][0].startswith("/dev/md"), str(stack))
        self.document(boot["triage"])
        self.assertEqual(boot["some"].status, 0, str(boot["some"]))
        self.assertIn("/dev/md", boot["some"].out)
        self.assertEqual(boot["unmount"].status, 0, str(boot["unmount"]))
        self.assert_nothing_left(boot["left"])
        self.assertEqual(self.states(boot["by-member"]), {"RAID": "mounted"})
        self.assertEqual(boot["text"].status, 0, str(boot["text"]))
        self.assertEqual(boot["show"].status, 0, str(boot["show"]))
        self.assert_nothing_left(boot["left-again"])

    def test_killed_while_assembling(self):
        names = ["raid-a", "raid-b", "half-b", "lvm", "stack-a", "stack-b", "ext4-dirty"]
        boot = self.boot_unchanged(LEFT + r"""
for lines in 3 5 7 9; do
    kill_after $lines camtrace-rescue mount --all
    step unmount camtrace-rescue unmount --all --session /run/session
    sleep 0.7
    step left left
done
step killed cat /run/killed
step entries grep -c '"assembly"' /run/session/ledger.jsonl
""", *names)
        for step in boot.steps:
            if step.name == "left":
                self.assert_nothing_left(step)
            self.assertEqual(step.status, 0, str(step))
        self.assertGreater(len(boot["killed"].out.split()), 2)
        self.assertGreater(int(boot["entries"].out), 5)


class Overlays(GuestTest):
    def test_the_log_is_replayed_beside_the_disk(self):
        names = ["ext4-dirty", "ext4-orphan", "xfs-dirty", "stack-a", "stack-b"]
        boot = self.boot_unchanged(LEFT + r"""
step plain camtrace-rescue mount /disks/ext4-dirty --session /run/session
step plain-last cat /mnt/camtrace-rescue/EXT4-DIRTY/last
step plain-end camtrace-rescue unmount --all --session /run/session
step mount camtrace-rescue mount --all --mode overlay --session /run/session --json
step devices dmsetup status
step last cat /mnt/camtrace-rescue/EXT4-DIRTY/last /mnt/camtrace-rescue/XFS-DIRTY/last /mnt/camtrace-rescue/STACK/last
step write sh -c 'echo x >/mnt/camtrace-rescue/EXT4-DIRTY/x'
step read read_all /mnt/camtrace-rescue
step again camtrace-rescue detect --json
step unmount camtrace-rescue unmount --all --session /run/session --json
sleep 1
step left left
mkdir /run/small /run/large
mount -t tmpfs -o size=1m small /run/small
mount -t tmpfs -o size=32m large /run/large
step small camtrace-rescue mount /disks/xfs-dirty --mode overlay --overlay-store /run/small --session /run/session
sleep 1
step small-left left
step small-store busybox df -k /run/small
step large camtrace-rescue mount /disks/ext4-dirty --mode overlay --overlay-store /run/large --session /run/session
step large-store busybox df -k /run/large
step large-end camtrace-rescue unmount --all --session /run/session
sleep 1
step large-left left
for lines in 1 2 3; do
    kill_after $lines camtrace-rescue mount /disks/ext4-dirty /disks/xfs-dirty --mode overlay
    step after camtrace-rescue unmount --all --session /run/session
    sleep 0.7
    step after-left left
done
step killed cat /run/killed
""", *names)
        self.assertNotEqual(boot["plain-last"].status, 0, "expected that the file is in the log only: else this test shows nothing")
        self.assertEqual(self.states(boot["mount"]), dict.fromkeys(["EXT4-DIRTY", "EXT4-ORPHAN", "XFS-DIRTY", "STACK"], "mounted"))
        for volume in self.document(boot["mount"])["volumes"]:
            self.assertGreater(volume["overlay"]["usedBytes"], 0, str(volume))
            self.assertLess(volume["overlay"]["usedBytes"], volume["overlay"]["roomBytes"])
        self.assertEqual(boot["devices"].out.count(" snapshot "), 4, str(boot["devices"]))
        self.assertEqual(boot["last"].out, "written just before\n" * 3, str(boot["last"]))
        self.assertNotEqual(boot["write"].status, 0)
        again = self.document(boot["again"])
        self.assertEqual(len(again["devices"]), len(names), str(boot["again"]))
        self.assertEqual(len(again["volumes"]), 2, "expected an array and a logical volume, and no overlay")
        self.assertEqual(boot["unmount"].status, 0, str(boot["unmount"]))
        self.assert_nothing_left(boot["left"])
        self.assertNotEqual(boot["small"].status, 0, str(boot["small"]))
        self.assertIn("--overlay-store", boot["small"].out)
        self.assert_nothing_left(boot["small-left"])
        self.assertRegex(boot["small-store"].out, r"(?m)^small +1024 +0 ")
        self.assertEqual(boot["large"].status, 0, str(boot["large"]))
        self.assertNotRegex(boot["large-store"].out, r"(?m)^large +32768 +0 ")
        for name in ("large-left", "after-left"):
            for step in boot.steps:
                if step.name == name:
                    self.assert_nothing_left(step)
        self.assertGreater(len(boot["killed"].out.split()), 1)


class PowerCut(GuestTest):
    def test_the_session_goes_on_after_it(self):
        stick = self.folder / "stick.img"
        self.tool("truncate", "-s", "24M", stick)
        self.tool("mke2fs", "-q", "-F", "-t", "ext4", "-L", "CTR-SESSION", stick)
        names = ["ext4-dirty", "xfs-clean"]
        first = self.boot_unchanged("mkdir -p /stick; mount /disks/stick /stick\n" + r"""
step mount camtrace-rescue mount --all --session /stick/session --json
step mounted grep -c camtrace-rescue /proc/mounts
cut_power
""", *names, stick=stick)
        self.assertTrue(first.was_cut)
        self.assertEqual(self.states(first["mount"]), {"EXT4-DIRTY": "mounted", "XFS-CLEAN": "mounted"})
        self.assertEqual(first["mounted"].out.strip(), "2")
        second = self.boot_unchanged("mkdir -p /stick; mount /disks/stick /stick\n" + LEFT + r"""
step show camtrace-rescue session show --session /stick/session --json
step unmount camtrace-rescue unmount --all --session /stick/session --json
step left left
step mount camtrace-rescue mount --all --session /stick/session --json
step after camtrace-rescue session show --session /stick/session --json
step clean camtrace-rescue unmount --all --session /stick/session --json
sleep 1
step clean-left left
umount /stick
""", *names, stick=stick)
        entries = self.document(second["show"])["entries"]
        self.assertEqual([(entry["step"], entry["state"]) for entry in entries],
                         [("begin", "done"), ("detect", "done")] + [("mount", "intended"), ("mount", "done")] * 2)
        self.assertEqual(self.document(second["unmount"])["volumes"], [], "expected that nothing of the last boot counts as mounted")
        self.assert_nothing_left(second["left"])
        self.assertEqual(self.states(second["mount"]), {"EXT4-DIRTY": "mounted", "XFS-CLEAN": "mounted"})
        boots = {entry["boot"] for entry in self.document(second["after"])["entries"]}
        self.assertEqual(len(boots), 2)
        self.assertEqual(second["clean"].status, 0, str(second["clean"]))
        self.assert_nothing_left(second["clean-left"])
        self.tool("e2fsck", "-fn", stick)


class FailedMigration(GuestTest, DiskTest):
    """The power went in the middle of the upgrade; the stick is put in, the server installed anew, the stick put in again."""

    def system(self, name, files):
        """A system disk with one partition."""
        tree = self.folder / name
        for path, text in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        volume = self.folder / f"{name}.part"
        self.tool("mke2fs", "-q", "-F", "-t", "ext4", "-L", "SYSTEM", "-d", tree, volume, "40M")
        return self.disk(f"{name}.img", "label: gpt\nstart=1MiB, size=40MiB\n", {1: volume}, size=42)

    def part(self, image):
        """What is in the partition, as a file of its own."""
        copy = self.folder / "part.img"
        copy.write_bytes(image.read_bytes()[MIB:41 * MIB])
        return copy

    def test_from_the_first_boot_to_the_restored_configuration(self):
        stick = self.folder / "stick.img"
        self.tool("truncate", "-s", "24M", stick)
        self.tool("mke2fs", "-q", "-F", "-t", "ext4", "-L", "CTR-SESSION", stick)
        films = self.folder / "films"
        clean = self.copy_recordings("mp4mpeg4", films)
        data = self.folder / "data.img"
        self.tool("mke2fs", "-q", "-F", "-t", "ext4", "-L", "DATA", "-d", films, data, "32M")
        self.disks = {**GuestTest.disks, "data": data}
        stick_there = LEFT + "mkdir -p /run/camtrace-rescue/stick; mount /disks/stick /run/camtrace-rescue/stick\n"

        old = old_system(self.folder / "broken")
        broken = self.system("broken", half_upgraded())
        before = sha256(broken)
        first = self.boot_unchanged(stick_there + r"""
step triage camtrace-rescue triage --json
step mount camtrace-rescue mount --all --json
step check camtrace-rescue check camtrace-migration --root /mnt/camtrace-rescue/SYSTEM --json
step capture camtrace-rescue config capture /mnt/camtrace-rescue/SYSTEM --output /run/camtrace-rescue/stick/configuration.tgz --json
step unmount camtrace-rescue unmount --all
sleep 1
step left left
umount /run/camtrace-rescue/stick
""", "data", "xfs-dirty", stick=stick, system=broken)
        self.assertEqual(sha256(broken), before, "the broken system was changed")
        triage = self.document(first["triage"])
        self.assertEqual(triage["verdict"], "keep-data-disks", str(first["triage"]))
        self.assertEqual([step["id"] for step in triage["steps"]], ["mount", "replay", "index", "extract", "capture", "reinstall", "remount",
                                                                   "reload"])
        self.assertEqual(self.states(first["mount"]), dict.fromkeys(["SYSTEM", "DATA", "XFS-DIRTY"], "mounted"))
        self.assertEqual(self.document(first["capture"])["version"], "7.14.0.3")
        self.assert_nothing_left(first["left"])

        # Installed anew, with the same version: nothing of the configuration is there.
        fresh = self.system("fresh", system_files() | {"etc/hostname": "fresh\n"})
        second = self.boot_unchanged(stick_there + r"""
restore() { camtrace-rescue config restore /run/camtrace-rescue/stick/configuration.tgz --target /mnt/camtrace-rescue/SYSTEM "$@"; }
step system camtrace-rescue mount /disks/system-1 --mode read-write --confirm-serial system --json
step too-early restore
step mount camtrace-rescue mount /disks/data /disks/xfs-dirty
step hidden restore
step aside camtrace-rescue unmount /mnt/camtrace-rescue/XFS-DIRTY
step overlay camtrace-rescue mount /disks/xfs-dirty --mode overlay --json
step index camtrace-rescue index build /mnt/camtrace-rescue/DATA /mnt/camtrace-rescue/XFS-DIRTY --index /run/camtrace-rescue/stick/index.ctrx --json
step restore restore --json
step show camtrace-rescue session show --json
step unmount camtrace-rescue unmount --all
sleep 1
step left left
umount /run/camtrace-rescue/stick
""", "data", "xfs-dirty", stick=stick, system=fresh)
        self.assertEqual(self.states(second["system"]), {"SYSTEM": "mounted"})
        self.assertEqual(second["too-early"].status, 4, str(second["too-early"]))
        self.assertIn("camtrace-rescue mount", second["too-early"].err)
        self.assertEqual(second["mount"].status, 0, str(second["mount"]))
        self.assertEqual(second["hidden"].status, 4, str(second["hidden"]))
        self.assertIn("--mode overlay", second["hidden"].err)
        self.assertEqual(self.states(second["overlay"]), {"XFS-DIRTY": "mounted"})
        self.assertEqual(self.document(second["index"])["segments"], len(clean + self.recordings), str(second["index"]))
        self.assertEqual(self.document(second["restore"])["version"], "7.14.0.3")
        steps = [(entry["step"], entry["state"]) for entry in self.document(second["show"])["entries"]]
        self.assertEqual([state for step, state in steps if step == "restore"], ["refused", "refused", "intended", "done"])
        self.assert_nothing_left(second["left"])

        system = self.part(fresh)
        self.tool("e2fsck", "-fn", system)
        for path in ("etc/hostname", "etc/camtrace/cameras.xml", "var/backups/camtrace.sql", "etc/network/interfaces"):
            got = self.folder / "got"
            self.tool("debugfs", "-R", f"dump {path} {got}", system)
            self.assertEqual(got.read_bytes(), (old / path).read_bytes(), path)
