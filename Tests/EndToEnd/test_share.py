"""Results on a share: a real Samba and a real NFS server, on loopback, and the cable that is pulled while clips are written."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from stick import Machine
from support import die_with_parent
from test_stick import PROMPT, SHELL, STICK, StickTest

PLACE = "/run/camtrace-rescue/share"
# What a person may choose: the comma separates mount's options, the quote a shell's words.
PASSWORD = 'se,cr "et é'

SAMBA = """[global]
server role = standalone server
interfaces = 127.0.0.1
bind interfaces only = yes
smb ports = 445
disable netbios = yes
private dir = {folder}
lock directory = {folder}
state directory = {folder}
cache directory = {folder}
pid directory = {folder}
ncalrpc dir = {folder}/rpc
log file = {folder}/log
passdb backend = tdbsam:{folder}/passdb.tdb
map to guest = bad user
guest account = root
load printers = no
printcap name = /dev/null
disable spoolss = yes
[clips]
path = {share}
read only = no
[everybody]
path = {share}
read only = no
guest ok = yes
"""

GANESHA = """NFS_CORE_PARAM {{ Protocols = 4; Bind_addr = 127.0.0.1; NFS_Port = 2049; Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false; }}
NFSv4 {{ Graceless = true; }}
EXPORT {{ Export_Id = 1; Path = {share}; Pseudo = /clips; Access_Type = RW; Squash = None; SecType = sys; FSAL {{ Name = VFS; }} }}
"""


class Shares(StickTest):
    def serve(self, program, port, command):
        if not shutil.which(program):
            raise unittest.SkipTest(f"{program} is not installed")
        log = open(self.folder / f"{program}.log", "wb")
        self.addCleanup(log.close)
        server = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                                  preexec_fn=die_with_parent)
        self.addCleanup(server.wait)
        self.addCleanup(os.killpg, server.pid, signal.SIGKILL)
        for _ in range(300):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if server.poll() is not None:
                break
            time.sleep(0.1)
        self.fail(f"{program} did not start\n{(self.folder / f'{program}.log').read_text()}")

    def samba(self):
        folder, share = self.folder / "samba", self.folder / "share"
        folder.mkdir()
        share.mkdir()
        file = folder / "smb.conf"
        file.write_text(SAMBA.format(folder=folder, share=share))
        subprocess.run(["smbpasswd", "-c", file, "-s", "-a", "root"], input=f"{PASSWORD}\n{PASSWORD}\n", check=True, capture_output=True, text=True, timeout=60)
        self.serve("smbd", 445, ["smbd", "--foreground", "--no-process-group", f"--configfile={file}"])
        return share

    def nfs(self):
        share = self.folder / "share"
        share.mkdir()
        file = self.folder / "ganesha.conf"
        file.write_text(GANESHA.format(share=share))
        self.serve("ganesha.nfsd", 2049, ["ganesha.nfsd", "-F", "-f", file, "-L", self.folder / "ganesha.log", "-p", self.folder / "ganesha.pid"])
        return share

    def recordings(self):
        """A disk of recordings, large enough that something happens in the midst of copying them, and their names."""
        source = self.folder / "source"
        for minute in range(24):
            file = source / f"yard/2026-11-20_10-{minute:02}-00.mkv"
            file.parent.mkdir(parents=True, exist_ok=True)
            if minute == 0:
                subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1280x960:rate=10:duration=3", "-c:v", "mjpeg", "-q:v", "2",
                                "-threads", "1", file], check=True, timeout=120)
                first = file
            else:
                shutil.copy(first, file)
        disk = self.make("recorder.img", 128 << 20)
        subprocess.run(["/usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-d", source, disk], check=True, timeout=120)
        return source, disk

    def machine(self, **options):
        machine = Machine(self.folder, [self.stick()], append=f"{SHELL} camtrace.language=en", network="id=net", **options)
        self.addCleanup(machine.switch_off)
        machine.wait(PROMPT)
        self.done(machine, f"{STICK} network up")
        return machine

    def clips(self, share, mount, pulled=True):
        """Index and clips on the share. `pulled`: the cable, in the middle; it ends with an error in good time, and goes on when it is back."""
        source, disk = self.recordings()
        machine = self.machine(disks={"recorder": disk})
        self.done(machine, mount)
        self.assertIn("share=mounted", self.done(machine, f"{STICK} status"))
        self.program(machine, "mount --all")
        place = re.search(r"(/\S+) ext4 ro", self.done(machine, "grep ' ext4 ro' /proc/mounts"))[1]
        index = f"{PLACE}/index.ctrx"
        build = f"index build {place} --index {index} --time-zone UTC"
        self.program(machine, build)
        extract = f"extract --index {index} --output {PLACE}/clips --container original"
        clips = share / "clips"
        if pulled:
            machine.type(f"camtrace-rescue {extract} --no-progress; echo \"ended with $?.\"\r")
            until = time.monotonic() + 120
            while len(list(clips.rglob("*.mkv"))) < 2:
                self.assertLess(time.monotonic(), until, "expected clips on the share")
                machine.listen(0.02)
            machine.qmp("set_link", name="net", up=False)
            started = time.monotonic()
            ended = machine.wait(r"(?s)(.*)ended with (\d+)\.", 500)
            self.assertLess(time.monotonic() - started, 300, "expected an end in good time")
            self.assertEqual(ended[2], "6", ended[1])
            self.assertIn("error: ", ended[1])
            self.done(machine, f"{STICK} status")
            machine.qmp("set_link", name="net", up=True)
            time.sleep(15)
            self.done(machine, mount)
        self.program(machine, extract)
        # Over what is there.
        self.program(machine, build)
        self.assertEqual(sorted(file.stat().st_size for file in clips.rglob("*.mkv")), sorted(file.stat().st_size for file in source.rglob("*.mkv")))
        checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=clips, capture_output=True, text=True, timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertEqual([file.name for file in share.rglob(".*") if file.is_file()], [], "expected nothing half written")
        self.done(machine, f"{STICK} share unmount")
        self.poweroff(machine)

    def test_smb(self):
        share = self.samba()
        word = PASSWORD.replace('"', '\\"')
        self.clips(share, f"echo \"{word}\" | {STICK} share mount //10.0.2.2/clips root")

    def test_smb_as_people_write_it(self):
        """Windows' slashes, a domain, a guest, a wrong password, a share that is not there."""
        self.samba()
        machine = self.machine()
        word = PASSWORD.replace('"', '\\"')
        write = f"touch {PLACE}/a && rm {PLACE}/a"
        self.done(machine, f"echo \"{word}\" | {STICK} share mount '\\\\10.0.2.2\\clips' 'WORKGROUP\\root' && {write}")
        # Another one takes its place.
        self.done(machine, f"{STICK} share mount //10.0.2.2/everybody && {write} && grep -c {PLACE} /proc/mounts")
        self.assertIn("Permission denied", self.done(machine, f"echo wrong | {STICK} share mount //10.0.2.2/clips root", status=1))
        self.assertIn("error: //10.0.2.2/nothing", self.done(machine, f"{STICK} share mount //10.0.2.2/nothing", status=1))
        self.assertIn("share=none", self.done(machine, f"{STICK} status"))
        self.done(machine, f"[ ! -e {PLACE} ]")

    def test_nfs(self):
        # Minutes pass until the kernel believes that a server of NFS has gone.
        self.clips(self.nfs(), f"{STICK} share mount 10.0.2.2:/clips", pulled="CAMTRACE_SOAK" in os.environ)


if __name__ == "__main__":
    unittest.main()
