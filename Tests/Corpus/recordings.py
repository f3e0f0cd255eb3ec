"""The crash corpus: recordings as a dying recorder or disk leaves them, made by ffmpeg, with the truth about every frame.

For each camera (a container, a codec, an encoder's settings) there are four recordings of the same settings or nearly so:

    victim     what is damaged; whole, it is the truth
    sibling    a healthy recording of the same camera, other content; lies beside the victim
    stranger   another camera: same container and codec, another picture size; its bytes are what stale and foreign blocks hold
    killed     the victim's writer, really ended by SIGKILL

A frame is *on disk* when every byte of its payload survived at its place, and a key frame that survived stands before it in
its stream (or it is one): of what comes before the first, no decoder shows anything. Later frames whose references were lost
count as on disk.
"""

import dataclasses
import json
import pathlib
import random
import re
import signal
import subprocess
import time

RATE = 25
SECONDS = 10
GROUP = 25  # frames from one key frame to the next
PAGE, SECTOR = 4096, 512
SIZE, STRANGERS_SIZE = "640x360", "480x272"

# Frames of several pages, as cameras write them: damage that comes in pages tears frames and leaves most of them whole.
X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "2M", "-maxrate", "2M", "-bufsize", "500k", "-sc_threshold", "0", "-pix_fmt", "yuv420p"]
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-b:v", "2M", "-maxrate", "2M", "-bufsize", "500k", "-pix_fmt", "yuv420p"]
ENCODERS = {
    "h264": [*X264, "-bf", "0"],
    "h264 with B-frames": [*X264, "-preset", "veryfast", "-bf", "2"],
    "h264 in 4 slices": [*X264, "-bf", "0", "-slices", "4"],
    "hevc": [*X265, "-x265-params", f"log-level=none:bframes=0:scenecut=0:keyint={GROUP}:min-keyint={GROUP}:open-gop=0:pools=none:frame-threads=1"],
    "mpeg4": ["-c:v", "mpeg4", "-b:v", "2M", "-pix_fmt", "yuv420p"],
    "mjpeg": ["-c:v", "mjpeg", "-q:v", "14", "-pix_fmt", "yuvj420p"],
}
FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"


@dataclasses.dataclass(frozen=True)
class Camera:
    container: str
    video: str  # a key of ENCODERS
    muxer: str
    extension: str
    movflags: str = ""
    audio: str = ""
    is_quick: bool = False  # of the short run

    @property
    def codec(self):
        return self.video.split()[0]

    @property
    def title(self):
        return f"{self.container}, {self.video}" + (f", {self.audio}" if self.audio else "")

    @property
    def name(self):
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def cameras():
    """Every pair that ffmpeg can write, and those with a microphone."""
    made = []

    def add(container, muxer, extension, videos, movflags="", quick=()):
        for video in videos:
            video, _, audio = video.partition(" + ")
            made.append(Camera(container, video, muxer, extension, movflags, audio, is_quick=video + (f" + {audio}" if audio else "") in quick))

    everything = list(ENCODERS)
    add("MP4", "mp4", "mp4", [*everything, "h264 + aac"], quick=("h264", "hevc", "mpeg4", "mjpeg", "h264 + aac"))
    add("MP4 faststart", "mp4", "mp4", ["h264", "mjpeg", "h264 + aac"], "faststart", quick=("h264",))
    add("fMP4", "mp4", "mp4", [*everything, "h264 + aac"], FRAGMENTED, quick=("h264", "mpeg4"))
    if "hybrid_fragmented" in subprocess.run(["ffmpeg", "-v", "error", "-h", "muxer=mp4"], capture_output=True, text=True, timeout=60).stdout:
        add("hybrid MP4", "mp4", "mp4", ["h264"], FRAGMENTED.replace("empty_moov", "hybrid_fragmented"), quick=("h264",))
    add("Matroska", "matroska", "mkv", [*everything, "h264 + aac", "h264 + pcm_alaw"], quick=("h264", "mjpeg", "h264 + aac"))
    add("MPEG-TS", "mpegts", "ts", ["h264", "h264 with B-frames", "h264 in 4 slices", "hevc", "mpeg4", "h264 + aac"], quick=("h264", "hevc"))
    add("AVI", "avi", "avi", ["h264", "h264 with B-frames", "h264 in 4 slices", "mpeg4", "mjpeg", "h264 + pcm_alaw", "mjpeg + pcm_alaw"], quick=("h264", "mpeg4", "mjpeg + pcm_alaw"))
    add("Annex B", "h264", "h264", ["h264", "h264 with B-frames", "h264 in 4 slices"], quick=("h264", "h264 in 4 slices"))
    add("Annex B", "hevc", "h265", ["hevc"], quick=("hevc",))
    add("MPEG-4 raw", "m4v", "m4v", ["mpeg4"], quick=("mpeg4",))
    add("MJPEG raw", "mjpeg", "mjpeg", ["mjpeg"], quick=("mjpeg",))
    return made


# ---- recording

def recorder(camera, file, content, size, seconds):
    """The command of one recording. `content` changes picture and sound."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi",
               "-i", f"testsrc2=size={size}:rate={RATE}:duration={seconds},hue=h={37 * content},noise=alls=12:allf=t:all_seed={content + 1}"]
    if camera.audio:
        command += ["-f", "lavfi", "-i", f"sine=frequency={300 + 50 * content}:sample_rate=8000:duration={seconds}", "-c:a", camera.audio, "-ac", "1"]
    command += [*ENCODERS[camera.video], "-g", str(GROUP), "-threads", "1"]
    if camera.movflags:
        command += ["-movflags", camera.movflags]
    return [*command, "-fflags", "+bitexact", "-f", camera.muxer, str(file)]


def record(camera, file, content, size=SIZE):
    subprocess.run(recorder(camera, file, content, size, SECONDS), check=True, timeout=300)


def record_and_kill(camera, file, content, when):
    """Ended by SIGKILL once the file is larger than `when`: what is on the disk then, for real."""
    process = subprocess.Popen(recorder(camera, file, content, SIZE, 60 * SECONDS), stderr=subprocess.DEVNULL)
    try:
        give_up = time.monotonic() + 120
        while not (file.exists() and file.stat().st_size >= when) and time.monotonic() < give_up:
            time.sleep(0.002)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


# ---- damage

def runs(dice, size, lengths, unit):
    """Ranges of whole units, well inside the file, one in each of as many equal stretches."""
    stretch = size // (len(lengths) + 2)
    for number, length in enumerate(lengths, start=1):
        start = stretch * number + dice.randrange(max(1, stretch - length * unit))
        yield start // unit * unit, min(size, start // unit * unit + length * unit)


def tail(size):
    """The last quarter and a bit, from a page on."""
    return size * 7 // 10 // PAGE * PAGE, size


def overwritten(content, ranges, filling):
    result = bytearray(content)
    for start, end in ranges:
        result[start:end] = filling[start:end].ljust(end - start, b"\0") if filling else bytes(end - start)
    return bytes(result)


def damages(name, victim, killed, stranger):
    """What became of the victim: damage -> bytes."""
    dice = random.Random(name)
    size = len(victim)
    old = stranger * (1 + size // len(stranger))  # what the blocks held before
    return {
        # The disk wrote whole pages of it, or lost the last ones, or not even that.
        "writer killed": killed[: min(len(killed), size * 9 // 10) - dice.randrange(SECTOR)],
        "cut": victim[: size * 6 // 10 + dice.randrange(PAGE)],
        "tail zeroed": overwritten(victim, [tail(size)], None),
        "tail stale": overwritten(victim, [tail(size)], old),
        "middle zeroed": overwritten(victim, runs(dice, size, [1, 4, 16], PAGE), None),
        # Larger than a frame: what was replaced inside of one frame only a decoder can tell.
        "middle foreign": overwritten(victim, runs(dice, size, [16, 24, 32], PAGE), old),
        "sector holes": overwritten(victim, runs(dice, size, [1] * 8, SECTOR), None),
        "header lost": overwritten(victim, [(0, PAGE)], None),
    }


# ---- the truth

@dataclasses.dataclass
class Frame:
    digest: str  # of its coded picture, see `digests`
    is_keyframe: bool
    payload: bytes  # as stored: of a transport stream, the packets that carry it
    ranges: list  # where its bytes lie in the whole file


# Coded pictures alone, in one form: parameter sets, delimiters and supplemental information may be moved by a muxer,
# lengths become start codes. The filters are ffmpeg's, so that none of our readers judges.
NORMAL_FORM = {
    "h264": "h264_mp4toannexb,filter_units=pass_types=1-5",
    "hevc": "hevc_mp4toannexb,filter_units=pass_types=0-31",
    "mpeg4": "remove_extra=freq=all",
    "mjpeg": "null",
}


def digests(file, codec):
    """The MD5 of each coded picture of a file, in decoding order."""
    result = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "quiet", "-i", file, "-map", "0:v:0", "-c", "copy", "-bsf:v", NORMAL_FORM[codec], "-f", "framemd5", "-"],
        capture_output=True, text=True, timeout=300)
    return framemd5(result.stdout)


def framemd5(text):
    """The sixth column of ffmpeg's list of hashes; side data may follow it."""
    return [line.split(",")[5].strip() for line in text.splitlines() if line and not line.startswith("#")]


def packets(file):
    """Size and key flag of each packet of the picture, as ffprobe says."""
    result = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=size,flags", "-of", "json", file],
        capture_output=True, text=True, timeout=300, check=True)
    return [(int(packet["size"]), "K" in packet["flags"]) for packet in json.loads(result.stdout)["packets"]]


def frames_of(file, camera):
    """Every frame of a whole recording."""
    content = pathlib.Path(file).read_bytes()
    known = packets(file)
    hashes = digests(file, camera.codec)
    if camera.muxer == "mpegts":
        places = transport_frames(content)
    else:
        places = payload_ranges(file, content, [size for size, _ in known])
    if not len(known) == len(hashes) == len(places):
        raise AssertionError(f"{file}: {len(known)} packets, {len(hashes)} hashes, {len(places)} places")
    return [Frame(digest, is_keyframe, b"".join(content[start:end] for start, end in ranges), ranges)
            for (_, is_keyframe), digest, ranges in zip(known, hashes, places)]


def payload_ranges(file, content, sizes):
    """Where each packet's payload lies: it is stored in one piece, behind that of the one before."""
    payload = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", file, "-map", "0:v:0", "-c", "copy", "-f", "data", "-"],
                             capture_output=True, timeout=300, check=True).stdout
    places, taken, position = [], 0, 0
    for size in sizes:
        position = content.index(payload[taken:taken + size], position)
        places.append([(position, position + size)])
        taken += size
        position += size
    return places


def transport_frames(content):
    """The packets of each PES packet of the picture (ISO/IEC 13818-1 §2.4.3.2); ffmpeg writes a frame into each."""
    places = []
    for start in range(0, len(content) - 187, 188):
        packet = content[start:start + 188]
        if packet[0] != 0x47 or (packet[1] & 0x1F) << 8 | packet[2] != 0x100 or not packet[3] & 0x10:
            continue
        if packet[1] & 0x40:
            places.append([])
        if places:
            places[-1].append((start, start + 188))
    return places


def frames_on_disk(frames, damaged, shift=0):
    """Those whose bytes all survived, behind a key frame that did; and how many surviving ones stand before it.
    `shift`: how far the damaged file's payload lies from where the whole one has it."""
    found, early = [], 0
    for frame in frames:
        taken, survives = 0, True
        for start, end in frame.ranges:
            survives = survives and damaged[start + shift:end + shift] == frame.payload[taken:taken + end - start]
            taken += end - start
        if survives and (found or frame.is_keyframe):
            found.append(frame)
        elif survives:
            early += 1
    return found, early


def shift_between(frames, killed):
    """An unfinished file may lack what a finished one has in front (MP4 faststart)."""
    first = frames[0]
    start, end = first.ranges[0]
    return killed.index(first.payload[:end - start]) - start
