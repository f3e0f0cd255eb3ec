"""What the tests of `detect` and `triage` share: images of disks, trees of systems, machines that were dumped."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import unittest

from support import EndToEndTest, corpus_file, run, truth

SYSROOTS = pathlib.Path(__file__).resolve().parent / "sysroots"
MIB = 1 << 20


def tool(name):
    """In /usr/sbin too, which is not in everybody's path."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not found:
        raise unittest.SkipTest(f"{name} is not installed")
    return found


def knows(filesystem):
    """Whether this kernel can read it, a driver that must be loaded first included."""
    if os.geteuid() == 0 and shutil.which("modprobe"):
        subprocess.run(["modprobe", "-q", filesystem], stderr=subprocess.DEVNULL, check=False)
    return any(line.split()[-1] == filesystem for line in open("/proc/filesystems"))


def needs_loops(filesystem=None):
    if os.geteuid() != 0 or not os.path.exists("/dev/loop-control"):
        raise unittest.SkipTest("loop devices need root")
    if filesystem and not knows(filesystem):
        raise unittest.SkipTest(f"this kernel has no driver for {filesystem}")


def videos(count):
    """So many different healthy recordings of the corpus."""
    healthy = [corpus_file(entry) for entry in truth() if entry["damage"] == "healthy" and entry["path"].endswith(".mp4")]
    return [healthy[number % len(healthy)] for number in range(count)]


def sha256(file):
    digest = hashlib.sha256()
    with open(file, "rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def package(name, version, status="install ok installed"):
    return f"Package: {name}\nStatus: {status}\nVersion: {version}\n\n"


def system_files(release="14.04", codename="trusty", library="2.19-0ubuntu6.15", camtrace="7.14.0.3", packages="", sources=None):
    status = package("libc6", library) + package("camtrace-server", camtrace) + packages
    return {
        "etc/passwd": "root:x:0:0::/root:/bin/sh\n", "sbin/init": "#!/bin/sh\n", "usr/share/doc/x": "x",
        "etc/os-release": f'ID=ubuntu\nPRETTY_NAME="Ubuntu {release} LTS"\nVERSION_ID="{release}"\n',
        "etc/lsb-release": f"DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE={release}\nDISTRIB_CODENAME={codename}\n",
        "etc/apt/sources.list": sources or f"deb http://archive.ubuntu.com/ubuntu {codename} main\n", "var/lib/dpkg/status": status,
    }


def half_upgraded():
    return system_files(
        library="2.23-0ubuntu11", packages=package("udev", "229-4ubuntu21", "install ok unpacked"),
        sources="deb http://a/ubuntu trusty main\ndeb http://a/ubuntu xenial main\n") | {"var/log/dist-upgrade/main.log": "x"}


class DiskTest(EndToEndTest):
    def file(self, name, size=0, pieces=()):
        """A sparse file with bytes at some places."""
        path = self.folder / name
        with open(path, "wb") as target:
            for offset, data in pieces:
                target.seek(offset)
                target.write(data)
            target.truncate(size or target.tell())
        return path

    def tree_of(self, files=None, recordings=0, below="records"):
        folder = self.folder / f"tree{len(list(self.folder.glob('tree*')))}"
        folder.mkdir()
        for name, text in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        for number, video in enumerate(videos(recordings)):
            (folder / below).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(video, folder / below / f"{number:04}.mp4")
        return folder

    def ext4(self, name="ext4.img", files=None, recordings=0, size="64M", options=(), **others):
        image = self.folder / name
        folder = self.tree_of(files, recordings, **others)
        subprocess.run([tool("mke2fs"), "-q", "-F", "-t", "ext4", *options, "-d", folder, image, size], check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return image

    def disk(self, name, script, parts, size=256):
        """A disk with a table, as sfdisk writes it, and images put in its partitions, by their number."""
        image = self.file(name, size * MIB)
        subprocess.run([tool("sfdisk"), "-q", image], input=script.encode(), check=True, timeout=60)
        table = json.loads(subprocess.run([tool("sfdisk"), "--json", image], stdout=subprocess.PIPE, check=True, timeout=60).stdout)
        for number, part in parts.items():
            entry = next(one for one in table["partitiontable"]["partitions"] if one["node"] == f"{image}{number}")
            with open(image, "r+b") as target:
                target.seek(entry["start"] * 512)
                target.write(part.read_bytes())
        return image

    def mounted(self, image, script, filesystem):
        """Runs a shell script in a mount of the image at $1, in a mount namespace that ends with it; a hard stop, if it wants one."""
        needs_loops(filesystem)
        place = self.folder / "mount"
        place.mkdir(exist_ok=True)
        result = run(["unshare", "--mount", "--propagation", "private", "sh", "-euc", f'mount -o loop "$1" "$2"; {script}; cd /; umount "$2"',
                      "sh", image, place])
        self.assertEqual(result.status, 0, result)
        return image

    def detect(self, *images, status=0, options=(), **others):
        before = [sha256(image) for image in images if os.path.isfile(image) and os.path.getsize(image) < 1 << 30]
        words = [word for image in images for word in ("--image", image)]
        document = self.parse_json(self.program("detect", "--json", *words, *options, status=status, **others))
        after = [sha256(image) for image in images if os.path.isfile(image) and os.path.getsize(image) < 1 << 30]
        self.assertEqual(after, before, "expected no byte of an image to change")
        self.nothing_is_left()
        return document

    def nothing_is_left(self):
        """No loop device over a file of this test, and no mount of it."""
        listed = run(["losetup", "--list", "--noheadings", "--output", "BACK-FILE"]).out
        self.assertNotIn(str(self.folder), listed, "expected no loop device to be left")
        self.assertNotIn(str(self.folder), pathlib.Path("/proc/self/mountinfo").read_text(), "expected no mount to be left")

    def one_volume(self, image, **others):
        """The content, the role and the evidence of an image without a table."""
        document = self.detect(image, **others)
        self.assertEqual(len(document["devices"]), 1)
        return document["devices"][0]

    def unpack(self, name, to=None):
        """A machine of sysroots/, as a folder: lines of `path: text` and `path -> target`."""
        root = self.folder / (to or name)
        for line in (SYSROOTS / f"{name}.txt").read_text().splitlines():
            if " -> " in line:
                path, target = line.split(" -> ")
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                os.symlink(target, root / path)
                continue
            path, _, text = line.partition(": ")
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            with open(root / path, "ab") as file:
                file.write(text.encode().decode("unicode_escape").encode("latin-1") if path.endswith("vpd_pg80") else text.encode())
                if not path.endswith("vpd_pg80"):
                    file.write(b"\n")
        return root
