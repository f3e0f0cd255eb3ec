"""What each tool recovers of the crash corpus, frame by frame."""

import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess

import recordings

OURS = "camtrace-rescue"
# The tools of others, in the order of the table, and what has to be installed for each.
PEERS = ["ffmpeg", "mkvmerge", "photorec", "foremost"]
QUICK_PEERS = ["ffmpeg", "mkvmerge"]
TIMEOUT = 120


@dataclasses.dataclass
class Score:
    recovered: int = 0  # frames on disk that the output holds
    wrong: int = 0  # packets that are no frame of the recording
    repeated: int = 0  # frames that are there more than once
    complaints: int = 0  # lines of ffmpeg when it decodes the output
    torn: int = 0  # pictures that are shown otherwise than in the whole recording, for want of what they refer to
    status: int = 0


@dataclasses.dataclass
class Cell:
    camera: recordings.Camera
    damage: str
    on_disk: int
    early: int  # whole frames before the first key frame that survived
    scores: dict
    indexed: int | None  # the frames that our index counts

    def holds(self):
        """What we owe: nearly all of what is on the disk, not less than any other tool, and nothing else."""
        ours = self.scores[OURS]
        best = max((score.recovered for tool, score in self.scores.items() if tool != OURS), default=0)
        return ours.wrong == 0 and ours.repeated == 0 and ours.recovered >= best and ours.recovered * 100 >= self.on_disk * 99


# ---- the tools

def run(command, folder, timeout=TIMEOUT):
    try:
        return subprocess.run([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout).returncode
    except subprocess.TimeoutExpired:
        return -1


def commands(program, damaged, output):
    """Each tool as one would use it on one file."""
    return {
        OURS: [program, "repair", damaged, "--output", output, "--no-progress"],
        "ffmpeg": ["ffmpeg", "-nostdin", "-v", "quiet", "-y", "-fflags", "+genpts", "-i", damaged, "-map", "0:v:0?", "-map", "0:a:0?", "-c", "copy",
                   output / f"out{damaged.suffix}"],
        "mkvmerge": ["mkvmerge", "-q", "-o", output / "out.mkv", damaged],
        # It carves what it is given as if it were a disk, and logs into the folder that it runs in.
        "photorec": ["photorec", "/log", "/d", output / "recup", "/cmd", damaged, "wholespace,search"],
        "foremost": ["foremost", "-Q", "-t", "all", "-i", damaged, "-o", output / "carved"],
    }


def installed_peers():
    return [tool for tool in PEERS if shutil.which(tool)]


def pictures_of(file, codec):
    """The coded pictures of one output, as MD5s; None for what is no video."""
    if file.suffix == ".jpg":
        if codec != "mjpeg":
            return None
        content = file.read_bytes()
        return [hashlib.md5(content[:content.rfind(b"\xff\xd9") + 2]).hexdigest()]
    if file.suffix in (".txt", ".xml", ".json", ".log", ".se2", ".ses"):
        return None
    return recordings.digests(file, codec)


def decoded(file):
    """The MD5 of each picture shown, and how often the decoder complained."""
    result = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-i", file, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"],
        capture_output=True, text=True, timeout=TIMEOUT, errors="replace")
    return recordings.framemd5(result.stdout), len(result.stderr.splitlines())


def score(command, output, frames, on_disk, codec, pictures, looks_closely):
    output.mkdir(parents=True)
    result = Score(status=run(command, output))
    originals = collections.Counter(frame.digest for frame in frames)
    surviving = collections.Counter(frame.digest for frame in on_disk)
    got = collections.Counter()
    for file in sorted(path for path in output.rglob("*") if path.is_file() and path.stat().st_size):
        found = pictures_of(file, codec)
        if found:
            got.update(found)
            if looks_closely:
                shown, complaints = decoded(file)
                result.complaints += complaints
                result.torn += sum((collections.Counter(shown) - pictures).values())
    result.recovered = sum((got & surviving).values())
    result.wrong = sum(count for digest, count in got.items() if digest not in originals)
    result.repeated = sum((got - originals).values()) - result.wrong
    shutil.rmtree(output, ignore_errors=True)
    return result


def indexed_frames(program, folder, damaged, work):
    index = work / "index.ctrx"
    run([program, "index", "build", folder, "--index", index, "--time-zone", "UTC", "--no-progress"], work)
    if not index.exists():
        return None
    with sqlite3.connect(f"file:{index}?mode=ro", uri=True) as database:
        row = database.execute("SELECT frame_count FROM segment WHERE path = ?", (damaged.name,)).fetchone()
    index.unlink()
    return row[0] if row else None


# ---- one camera

def make(camera, folder):
    """The four recordings; kept from an earlier run where they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"{name}.{camera.extension}" for name in ("victim", "sibling", "stranger", "killed")}
    if not (folder / "made").exists():
        recordings.record(camera, files["victim"], 0)
        recordings.record(camera, files["sibling"], 1)
        recordings.record(camera, files["stranger"], 2, recordings.STRANGERS_SIZE)
        recordings.record_and_kill(camera, files["killed"], 0, files["victim"].stat().st_size * 8 // 10)
        (folder / "made").touch()
    return files


def score_camera(camera, program, work, peers, wanted_damages):
    files = make(camera, work / "recordings" / camera.name)
    frames = recordings.frames_of(files["victim"], camera)
    pictures = collections.Counter(decoded(files["victim"])[0])
    contents = {name: file.read_bytes() for name, file in files.items()}
    shift = recordings.shift_between(frames, contents["killed"])
    cells = []
    for damage, content in recordings.damages(camera.name, contents["victim"], contents["killed"], contents["stranger"]).items():
        if wanted_damages and damage not in wanted_damages:
            continue
        on_disk, early = recordings.frames_on_disk(frames, content, shift if damage == "writer killed" else 0)
        place = work / "cells" / camera.name / damage.replace(" ", "-")
        folder = place / "disk"
        folder.mkdir(parents=True, exist_ok=True)
        # The sibling is the recording before; names and times as a recorder gives them.
        damaged = folder / f"2025-03-10_10-00-10.{camera.extension}"
        sibling = folder / f"2025-03-10_10-00-00.{camera.extension}"
        damaged.write_bytes(content)
        shutil.copyfile(files["sibling"], sibling)
        os.utime(sibling, (1741600810, 1741600810))
        os.utime(damaged, (1741600820, 1741600820))
        output = place / "out"
        scores = {}
        for tool, command in commands(program, damaged, output).items():
            if tool == OURS or tool in peers:
                scores[tool] = score(command, output, frames, on_disk, camera.codec, pictures, tool == OURS)
        indexed = indexed_frames(program, folder, damaged, place)
        if damaged.read_bytes() != content or sibling.read_bytes() != contents["sibling"]:
            raise AssertionError(f"{damaged} or its sibling was changed")
        cells.append(Cell(camera, damage, len(on_disk), early, scores, indexed))
        shutil.rmtree(place)
    return cells


def score_all(program, work, cameras, peers, damages=(), workers=2, note=lambda text: None):
    cells = []
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        pending = {pool.submit(score_camera, camera, program, work, peers, damages): camera for camera in cameras}
        try:
            for future in concurrent.futures.as_completed(pending):
                cells += future.result()
                note(pending[future].title)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    order = {camera: number for number, camera in enumerate(cameras)}
    return sorted(cells, key=lambda cell: order[cell.camera])


# ---- tables

def as_json(cells):
    return json.dumps([{
        "container": cell.camera.container, "video": cell.camera.video, "audio": cell.camera.audio, "damage": cell.damage,
        "framesOnDisk": cell.on_disk, "framesBeforeFirstKeyframe": cell.early, "framesIndexed": cell.indexed, "holds": cell.holds(),
        "tools": {tool: dataclasses.asdict(score) for tool, score in cell.scores.items()},
    } for cell in cells], indent=1)


def numbers(recovered, wrong):
    return f"{recovered:,}" + (f" (+{wrong:,} wrong)" if wrong else "")


def table(cells, key, heading):
    """A line for each value of `key`: the sums over its cells."""
    tools = list(cells[0].scores)
    lines = [f"| {heading} | on disk | " + " | ".join(tools) + " |", "|---|--:|" + "--:|" * len(tools)]
    groups = {}
    for cell in cells:
        groups.setdefault(key(cell), []).append(cell)
    if len(groups) > 1:
        groups["**all**"] = cells
    for name, members in groups.items():
        sums = [numbers(sum(cell.scores[tool].recovered for cell in members), sum(cell.scores[tool].wrong for cell in members)) for tool in tools]
        lines.append(f"| {name} | {sum(cell.on_disk for cell in members):,} | " + " | ".join(sums) + " |")
    return "\n".join(lines)


def cell_name(cell):
    return f"{cell.camera.title}, {cell.damage}"


def owed(cells):
    """What the program brings back in the cells in which it does not do what it owes."""
    return {cell_name(cell): dataclasses.asdict(cell.scores[OURS]) for cell in cells if not cell.holds()}


def is_known(cell, debts):
    """Whether a cell that falls short does so no more than it is known to. Where a writer is killed differs from run to run."""
    debt = debts.get(cell_name(cell))
    ours = cell.scores[OURS]
    return debt is not None and ours.recovered >= 0.95 * debt["recovered"] - 2 and ours.wrong <= 1.1 * debt["wrong"] + 2


def failures(cells, debts=None):
    """A line for each cell in which we do not what we owe, or less than `debts` (see `owed`) tells of it."""
    for cell in cells:
        if not cell.holds() and not (debts and is_known(cell, debts)):
            shown = ", ".join(f"{tool} {numbers(score.recovered, score.wrong)}" for tool, score in cell.scores.items())
            yield f"{cell.camera.title}, {cell.damage}: {cell.on_disk} frames on disk; {shown}"
