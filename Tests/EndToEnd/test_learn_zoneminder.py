"""ZoneMinder's own tables, as Debian ships them, on a real MariaDB: what was deleted comes back as the recorder had written it."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from servers import MariaDB
from support import run
from test_learn import LearnTest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / ".build/zoneminder"


def zoneminder_tables():
    """The folder with zm_create.sql and triggers.sql of Debian's package, which is fetched once and never installed."""
    if not (KEPT / "zm_create.sql").exists():
        with tempfile.TemporaryDirectory() as folder:
            fetched = run(["apt-get", "-qq", "download", "zoneminder"], timeout=300, cwd=folder)
            packages = list(pathlib.Path(folder).glob("zoneminder_*.deb"))
            if fetched.status != 0 or not packages:
                raise unittest.SkipTest("apt cannot fetch the package zoneminder: " + (fetched.err.strip().splitlines() or ["?"])[-1])
            subprocess.run(["dpkg-deb", "-x", packages[0], f"{folder}/content"], check=True, timeout=120)
            new = KEPT.with_name("zoneminder.new")
            shutil.rmtree(new, ignore_errors=True)
            shutil.copytree(f"{folder}/content/usr/share/zoneminder/db", new)
            os.rename(new, KEPT)
    return KEPT


class ZoneMinder(LearnTest):
    QUERY = "SELECT * FROM Events ORDER BY Id"

    def setUp(self):
        super().setUp()
        tables = zoneminder_tables()
        self.server = MariaDB()
        self.addCleanup(self.server.stop)
        script = (tables / "zm_create.sql").read_text().replace("source /usr/share/zoneminder/db/triggers.sql", (tables / "triggers.sql").read_text())
        self.sql("", script)

    def sql(self, database, text):
        return self.server.checked(self.server.client(database), input=text.encode())

    def recorded(self):
        """What zmc writes of each event (zm_event.cpp): the row when it begins, the rest when it ends."""
        self.sql("zm", "INSERT INTO Storage (Id, Path, Name, Type, Scheme) VALUES (3, '/var/cache/zoneminder/events', 'Default', 'local', 'Medium');\n"
                 "INSERT INTO Monitors (Id, Name, StorageId, Width, Height) VALUES (1, 'Entrance', 3, 96, 64), (2, 'Yard', 3, 96, 64);\n")
        recordings = self.site(lambda r: f"{r.camera}/{r.local():%Y-%m-%d}/{1000 + r.number}/{1000 + r.number}-video.mp4", cameras=("1", "2"), count=80, step=300)
        for r in recordings:
            event = 1000 + r.number
            is_alarm = r.number % 3 == 0
            score = r.number * 7 % 50 if is_alarm else 0
            self.events.append(
                f"INSERT INTO Events (Id, MonitorId, StorageId, Name, StartDateTime, Width, Height, Cause, Notes, StateId, Orientation, Videoed, DefaultVideo, "
                f"SaveJPEGs, Scheme) VALUES ({event}, {r.camera}, 3, 'New Event', '{r.local():%F %T}', 96, 64, '{'Motion' if is_alarm else 'Continuous'}', "
                f"'{'Motion: All' if is_alarm else ''}', 1, 'ROTATE_0', 1, '{event}-video.mp4', 0, 'Medium');\n"
                f"UPDATE Events SET Name = 'Event- {event}', EndDateTime = '{r.local_end():%F %T}', Length = {r.duration:.2f}, Frames = {r.frames}, "
                f"AlarmFrames = {score // 5}, TotScore = {score * 9}, AvgScore = {score}, MaxScore = {score + 3 if is_alarm else 0}, DiskSpace = {r.size} "
                f"WHERE Id = {event};\n")
        self.sql("zm", "".join(self.events))
        # zmstats: of the last hour only.
        self.sql("zm", "DELETE FROM Events_Hour WHERE EventId < 1140;\n")
        return recordings

    def test_events_come_back(self):
        self.events = []
        recordings = self.recorded()
        truth = self.server.rows("zm", self.QUERY)
        names = [row[0] for row in self.server.rows("zm", "SELECT column_name FROM information_schema.columns WHERE table_schema = 'zm' AND "
                                                    "table_name = 'Events' ORDER BY ordinal_position")]
        self.assertEqual(len(truth), len(recordings))
        self.sql("zm", "DELETE FROM Events WHERE Id % 4 = 1;\n")
        kept = self.server.rows("zm", self.QUERY)
        dump = run(["mariadb-dump", "--no-defaults", f"--socket={self.server.folder}/socket", "--triggers", "zm"], env=self.server.environment())
        self.assertEqual(dump.status, 0, dump)
        self.example.write_bytes(dump.out_bytes)

        # Forty tables: a debug build on a busy machine takes its time.
        document = self.learn(timeout=300)
        self.assert_reproduced(document)
        gaps = {gap["column"] for gap in document["gaps"] if gap["table"] == "Events"}
        # What no recording shows, and nothing else.
        self.assertEqual(gaps, {"Cause", "AlarmFrames", "TotScore", "AvgScore", "MaxScore", "Notes"})

        script = self.export(self.index(), "rows.sql")
        for _ in range(2):
            self.sql("zm", script.read_text())
            found = self.server.rows("zm", self.QUERY)
            self.assertEqual(len(found), len(truth))
            for ours, theirs in zip(found, truth):
                for name, left, right in zip(names, ours, theirs):
                    if name not in gaps:
                        self.assertEqual(left, right, f"{name} of event {theirs[0]}")
            self.assertEqual([row for row in found if int(row[0]) % 4 != 1], kept, "rows that were there are as they were")
        defaults = {"Cause": "", "AlarmFrames": None, "TotScore": "0", "AvgScore": "0", "MaxScore": "0", "Notes": None}
        for ours in found:
            if int(ours[0]) % 4 == 1:
                self.assertEqual({name: ours[names.index(name)] for name in gaps}, defaults)
        # Its triggers have counted them, as they count those of the recorder.
        for table in ("Events_Day", "Events_Week", "Events_Month"):
            self.assertEqual(self.server.rows("zm", f"SELECT count(*) FROM {table} JOIN Events ON Events.Id = EventId"), [[str(len(truth))]])
        self.assertEqual(self.server.rows("zm", "SELECT SUM(TotalEvents) FROM Event_Summaries"), [[str(len(truth))]])
        self.sql("zm", "INSERT INTO Events (MonitorId, StorageId, Name, StateId) VALUES (1, 3, 'New Event', 1);\n")
        self.assertEqual(self.server.rows("zm", "SELECT MAX(Id) FROM Events"), [[str(1001 + len(truth))]])


if __name__ == "__main__":
    unittest.main()
