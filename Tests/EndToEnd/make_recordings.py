#!/usr/bin/env python3
"""Makes a tree of small recordings, healthy and damaged, with ffmpeg.

    make_recordings.py DIR

Two volumes with two layouts; a camera for each pair of container and codec; for each camera three
contiguous segments, and one killed while it was written, one cut short, one whose tail was zeroed.
DIR/truth.json says what each of them really holds. The contents are the same in every run, but for
the length of the killed ones.
"""

import concurrent.futures
import dataclasses
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

RATE = 10  # frames a second
SECONDS = 2  # of each segment
WIDTH, HEIGHT = 160, 120
# 09:00:00 UTC on a winter's day: 10:00:00 in Paris, whose clock the first volume's names carry.
FIRST_START = 1741597200
PARIS = 3600

ENCODERS = {
    "h264": ["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-bf", "0", "-sc_threshold", "0", "-pix_fmt", "yuv420p"],
    "hevc": ["-c:v", "libx265", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p",
             "-x265-params", "log-level=none:bframes=0:scenecut=0:keyint=10:min-keyint=10:open-gop=0:pools=none:frame-threads=1"],
    "mpeg4": ["-c:v", "mpeg4", "-q:v", "4", "-pix_fmt", "yuv420p"],
    "mjpeg": ["-c:v", "mjpeg", "-q:v", "6", "-pix_fmt", "yuvj420p"],
    "vp8": ["-c:v", "libvpx", "-deadline", "realtime", "-b:v", "300k", "-pix_fmt", "yuv420p"],
}
B_FRAMES = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-sc_threshold", "0", "-pix_fmt", "yuv420p"]
FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"


@dataclasses.dataclass(frozen=True)
class Camera:
    name: str
    container: str  # as the index names it
    codec: str  # as ffprobe names it
    muxer: str
    extension: str
    movflags: str = ""
    audio: str = ""
    b_frames: bool = False

    @property
    def is_raw(self):
        return self.muxer in ("h264", "hevc", "m4v", "mjpeg")

    @property
    def encoder(self):
        return B_FRAMES if self.b_frames else ENCODERS[self.codec]


CAMERAS = [
    Camera("mp4h264", "mp4", "h264", "mp4", "mp4"),
    Camera("mp4hevc", "mp4", "hevc", "mp4", "mp4"),
    Camera("mp4mpeg4", "mp4", "mpeg4", "mp4", "mp4"),
    Camera("mp4mjpeg", "mp4", "mjpeg", "mp4", "mp4"),
    Camera("faststarth264", "mp4", "h264", "mp4", "mp4", movflags="faststart"),
    Camera("mp4aac", "mp4", "h264", "mp4", "mp4", audio="aac"),
    Camera("mp4bframes", "mp4", "h264", "mp4", "mp4", b_frames=True),
    Camera("fmp4h264", "fmp4", "h264", "mp4", "mp4", movflags=FRAGMENTED),
    Camera("fmp4hevc", "fmp4", "hevc", "mp4", "mp4", movflags=FRAGMENTED),
    Camera("mkvh264", "matroska", "h264", "matroska", "mkv"),
    Camera("mkvhevc", "matroska", "hevc", "matroska", "mkv"),
    Camera("mkvmpeg4", "matroska", "mpeg4", "matroska", "mkv"),
    Camera("mkvmjpeg", "matroska", "mjpeg", "matroska", "mkv"),
    Camera("mkvaac", "matroska", "h264", "matroska", "mkv", audio="aac"),
    Camera("webmvp8", "webm", "vp8", "webm", "webm"),
    Camera("tsh264", "mpegts", "h264", "mpegts", "ts"),
    Camera("tshevc", "mpegts", "hevc", "mpegts", "ts"),
    Camera("tsaac", "mpegts", "h264", "mpegts", "ts", audio="aac"),
    Camera("avih264", "avi", "h264", "avi", "avi"),
    Camera("avimpeg4", "avi", "mpeg4", "avi", "avi"),
    Camera("avimjpeg", "avi", "mjpeg", "avi", "avi"),
    Camera("rawh264", "h264", "h264", "h264", "h264"),
    Camera("rawhevc", "h265", "hevc", "hevc", "h265"),
    Camera("rawmpeg4", "mpeg4", "mpeg4", "m4v", "m4v"),
    Camera("rawmjpeg", "mjpeg", "mjpeg", "mjpeg", "mjpeg"),
]


def clock_path(camera, start):
    """<camera>/2025-03-10/10.00.00.mp4, local time in Paris"""
    local = datetime.datetime.fromtimestamp(start + PARIS, datetime.timezone.utc)
    return f"{camera.name}/{local:%Y-%m-%d}/{local:%H.%M.%S}.{camera.extension}"


def epoch_path(camera, start):
    """2025/069/<camera>-1741597200.mp4"""
    utc = datetime.datetime.fromtimestamp(start, datetime.timezone.utc)
    return f"{utc:%Y}/{utc:%j}/{camera.name}-{start}.{camera.extension}"


CLOCK_LAYOUT = "{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}"
EPOCH_LAYOUT = "{yyyy}/{DDD}/{camera}-{epoch}.{ext}"
VOLUMES = [("volume1", clock_path), ("volume2", epoch_path)]


def source(camera, seconds):
    """Arguments that make a picture of the camera's own colours, and a tone where it has a microphone."""
    hue = 14 * CAMERAS.index(camera)
    arguments = ["-f", "lavfi", "-i", f"testsrc2=size={WIDTH}x{HEIGHT}:rate={RATE}:duration={seconds},hue=h={hue}"]
    if camera.audio:
        arguments += ["-f", "lavfi", "-i", f"sine=frequency={300 + hue}:sample_rate=16000:duration={seconds}",
                      "-c:a", camera.audio, "-b:a", "32k", "-ac", "1"]
    return arguments


def ffmpeg(*arguments, **options):
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments]
    return subprocess.run(command, check=True, timeout=120, stdin=subprocess.DEVNULL, **options)


def encode_segments(camera, folder):
    """Four contiguous segments of one recording, as the recorder's own segmenter would cut them."""
    options = []
    if camera.movflags:
        options = ["-segment_format_options", f"movflags={camera.movflags}"]
    timing = ["-reset_timestamps", "1"]
    if camera.is_raw:
        timing = ["-bsf:v", "dump_extra"]  # each segment carries its parameter sets
    ffmpeg(*source(camera, 4 * SECONDS), *camera.encoder, "-g", str(RATE), "-threads", "1",
           "-f", "segment", "-segment_time", str(SECONDS), *timing, "-segment_format", camera.muxer, *options,
           str(folder / f"%d.{camera.extension}"))
    return [folder / f"{number}.{camera.extension}" for number in range(4)]


def record_and_kill(camera, file, seconds):
    """What is on the disk when the recorder dies after `seconds` of real time."""
    movflags = ["-movflags", camera.movflags] if camera.movflags and camera.movflags != "faststart" else []
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-re", *source(camera, 60), *camera.encoder, "-g", str(RATE), "-threads", "1",
               *movflags, "-flush_packets", "1", "-f", camera.muxer, str(file)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        give_up = time.monotonic() + 60
        while not (file.exists() and file.stat().st_size) and time.monotonic() < give_up:
            time.sleep(0.02)
        time.sleep(seconds)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def make_camera(camera, volume, place, work):
    folder = work / camera.name
    folder.mkdir(parents=True)
    healthy = encode_segments(camera, folder)
    spare = healthy.pop().read_bytes()
    killed = folder / f"killed.{camera.extension}"
    record_and_kill(camera, killed, SECONDS + 1)

    entries = [(file.read_bytes(), "healthy") for file in healthy]
    entries.append((killed.read_bytes(), "killed"))
    entries.append((spare[: len(spare) * 6 // 10], "cut"))
    kept = len(spare) * 7 // 10
    entries.append((spare[:kept] + bytes(len(spare) - kept), "zeroed"))

    truth = []
    for number, (content, damage) in enumerate(entries):
        start = FIRST_START + (number * SECONDS if damage == "healthy" else 60 * number)
        path = place(camera, start)
        target = volume / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        os.utime(target, (start + SECONDS, start + SECONDS))
        truth.append({
            "volume": volume.name, "path": path, "camera": camera.name, "container": camera.container, "codec": camera.codec,
            "audio": camera.audio, "damage": damage, "startMicroseconds": start * 1_000_000,
            "width": WIDTH, "height": HEIGHT, "frames": RATE * SECONDS, "seconds": SECONDS,
        })
    return truth


def make_tree(root, cameras=CAMERAS, workers=8):
    root = pathlib.Path(root)
    work = root / "work"
    truth = []
    # More workers than cores: each spends most of its time waiting for its recorder's clock.
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        pending = []
        for number, camera in enumerate(cameras):
            name, place = VOLUMES[number % 2]
            pending.append(pool.submit(make_camera, camera, root / name, place, work))
        for future in pending:
            truth += future.result()
    subprocess.run(["rm", "-rf", str(work)], check=True)
    # What else lies on a recorder's disk.
    for name, _ in VOLUMES:
        folder = root / name
        folder.mkdir(exist_ok=True)
        (folder / "readme.txt").write_text("not a recording\n")
        (folder / "empty.mp4").write_bytes(b"")
    (root / "truth.json").write_text(json.dumps(truth, indent=1))
    return truth


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    pathlib.Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    made = make_tree(sys.argv[1])
    print(f"{len(made)} segments of {len({entry['camera'] for entry in made})} cameras")
