"""VLC, the player that a person will have, plays every kind of clip to its last picture."""

import pathlib
import shutil
import tempfile

import make_recordings
from support import PROGRAM, CorpusTest, clips, play_with_vlc, probe_video, run, truth

CAMERAS = sorted({entry["camera"] for entry in truth()})


class Vlc(CorpusTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.output = pathlib.Path(tempfile.mkdtemp(prefix="playback."))
        cls.output.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.output, ignore_errors=True)
        # VLC 3 shows no picture of a transport stream, anybody's, beside which an .srt lies: none beside the originals.
        ways = {"original": [], "mp4": ["--join", "--subtitles"], "mkv": ["--join", "--subtitles"]}
        for name, options in ways.items():
            result = run([PROGRAM, "extract", "--index", cls.index.file, "--output", cls.output / name, "--container", name, "--no-progress",
                          "--from", "2025-03-10T09:00:00Z", "--to", "2025-03-10T09:00:06Z", *options],
                         env={"PATH": "/usr/bin:/bin", "HOME": str(cls.output), "LANG": "C.UTF-8"})
            if result.status not in (0, 3):
                raise AssertionError(str(result))
        run(["chmod", "-R", "a+rX", cls.output])

    def expect_played(self, file, least):
        shown = play_with_vlc(file, self.folder, make_recordings.WIDTH, make_recordings.HEIGHT)
        self.assertGreaterEqual(shown.ends, 1, f"expected VLC to reach the end of {file.name}\n{shown.log[-3000:]}")
        self.assertGreaterEqual(shown.frames, least, f"expected VLC to show {least} pictures of {file.name}\n{shown.log[-3000:]}")

    def folder_of(self, kind, camera):
        key = self.camera_key(camera)
        folders = {file.parent.name: file.parent for file in clips(self.output / kind)}
        self.assertIn(key, folders)
        return folders[key]

    def expect_camera_played(self, kind, camera):
        # Of any transport stream VLC keeps the last picture or two to itself; of a raw one, it guesses the rate.
        for file in clips(self.folder_of(kind, camera)):
            self.expect_played(file, probe_video(file)["frames"] - 2)

    def test_the_playlist_of_everything(self):
        playlist = self.output / "mkv" / "playlist.m3u8"
        count = len(clips(self.output / "mkv"))
        self.assertEqual(count, len(CAMERAS))
        shown = play_with_vlc(playlist, self.folder, make_recordings.WIDTH, make_recordings.HEIGHT, timeout=180)
        # The playlist is an input that ends, too.
        self.assertEqual(shown.ends, count + 1, f"expected VLC to play {count} clips to their end\n{shown.log[-3000:]}")


def played(kind, camera):
    def test(self):
        self.expect_camera_played(kind, camera)
    return test


for camera in CAMERAS:
    for kind in ("original", "mp4", "mkv"):
        if (kind, camera) != ("mp4", "webmvp8"):
            setattr(Vlc, f"test_{kind}_{camera.replace('-', '_')}", played(kind, camera))
