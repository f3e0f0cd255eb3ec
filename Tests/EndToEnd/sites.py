"""Made-up recorders: a tree of recordings, and what such a recorder would have written of each into its index."""

import datetime
import os
import pathlib
import struct
import subprocess
import zoneinfo

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
# 2026-03-28 20:00:00 UTC: the clocks of Paris go forward five hours later.
FIRST = 1774728000


class Recording:
    def __init__(self, number, camera, start, file, size, duration, frames):
        self.number, self.camera, self.start, self.file = number, camera, start, file
        self.size, self.duration, self.frames = size, duration, frames

    def local(self, zone=PARIS, offset=0):
        return datetime.datetime.fromtimestamp(self.start + offset, zone)

    def local_end(self, zone=PARIS):
        return datetime.datetime.fromtimestamp(int(self.start + self.duration), zone)

    @property
    def end(self):
        return self.start + self.duration


def make_clips(folder):
    """Four clips of different lengths: (bytes, seconds, frames)."""
    clips = []
    for tenths in (20, 25, 31, 44):
        file = folder / f"clip{tenths}.mp4"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size=96x64:rate=10:duration={tenths / 10}",
                        "-c:v", "libx264", "-preset", "veryfast", "-g", "10", "-pix_fmt", "yuv420p", "-threads", "1", str(file)],
                       check=True, timeout=60, stdin=subprocess.DEVNULL)
        clips.append((file.read_bytes(), tenths / 10, tenths))
        file.unlink()
    return clips


def padded(data, extra):
    """The same film, larger: a `free` box at the end (ISO/IEC 14496-12 §8.1.2)."""
    return data + struct.pack(">I4s", 8 + extra, b"free") + bytes(extra)


def record(root, clips, layout, cameras, count, first=FIRST, step=61, skew=7):
    """`count` recordings for each camera, in the order of time."""
    made = []
    number = 0
    for place in range(count):
        for offset, camera in enumerate(cameras):
            number += 1
            data, seconds, frames = clips[(place * 3 + offset) % len(clips)]
            data = padded(data, (number * 37) % 4001)
            start = first + place * step + offset * skew
            recording = Recording(number, camera, start, None, len(data), seconds, frames)
            recording.file = layout(recording)
            path = pathlib.Path(root, recording.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            end = int((start + seconds) * 1e9)
            os.utime(path, ns=(end, end))
            made.append(recording)
    return made


def sql_text(value):
    """A value as mysqldump writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, (int, float)):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
