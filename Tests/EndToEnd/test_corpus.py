"""The crash corpus, its quick part: each cell brings back what is on the disk, not less than the best peer, and nothing else.

`owed.json` lists the cells in which the program does not do that yet, and what it does there: it may do better, never worse.
"""

import json
import pathlib
import sys

from support import EndToEndTest, PROGRAM

CORPUS = pathlib.Path(__file__).resolve().parent.parent / "Corpus"
sys.path.insert(0, str(CORPUS))

import recordings
import scores


class CrashCorpus(EndToEndTest):
    def expect_frames(self, container):
        cameras = [camera for camera in recordings.cameras() if camera.container == container and camera.is_quick]
        peers = [tool for tool in scores.installed_peers() if tool in scores.QUICK_PEERS]
        self.assertEqual(peers, scores.QUICK_PEERS, "the tools to compare with are not installed")
        cells = scores.score_all(PROGRAM, self.folder, cameras, peers)
        owed = json.loads((CORPUS / "owed.json").read_text())
        failing = list(scores.failures(cells, owed))
        self.assertEqual(failing, [], f"{len(failing)} of {len(cells)} cells:\n" + "\n".join(failing))


def add_test(container):
    def test(self):
        self.expect_frames(container)

    setattr(CrashCorpus, "test_" + container.lower().replace(" ", "_").replace("-", "_"), test)


for name in dict.fromkeys(camera.container for camera in recordings.cameras() if camera.is_quick):
    add_test(name)
