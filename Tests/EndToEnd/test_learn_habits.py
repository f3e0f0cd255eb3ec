"""Recorders that nobody has heard of: every way of writing a time, a length, a size, a camera or a counter that some recorder might have."""

import datetime
import json
import math
import os
import sqlite3
import unittest
import uuid
import zoneinfo

from sites import PARIS
from test_learn import UTC, LearnTest

PARIS_ENVIRONMENT = {"TZ": "Europe/Paris"}


def since(year, month, day, unit):
    """The start as a count of a unit, in microseconds, since a day."""
    gap = -int(datetime.datetime(year, month, day, tzinfo=UTC).timestamp()) * 10**6
    return lambda r: (int(r.start) * 10**6 + gap) * 10 // int(unit * 10)


def clock(seconds):
    return f"{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"


# name -> (columns, the row of a recording, columns that nothing explains)
HABITS = {
    "UUID keys, .NET ticks, kibibytes, drive letters": (
        "id TEXT PRIMARY KEY, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, kib INTEGER, file TEXT",
        lambda r: (str(uuid.UUID(int=r.number * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128)), since(1, 1, 1, 0.1)(r),
                   since(1, 1, 1, 0.1)(r) + int(r.duration * 10**7), math.ceil(r.size / 1024), "D:\\Video\\" + r.file.replace("/", "\\")), {"id"}),
    "FILETIME and a length as a clock": (
        "cam TEXT, t INTEGER, len TEXT, PRIMARY KEY(cam, t)", lambda r: (r.camera, since(1601, 1, 1, 0.1)(r), clock(r.duration)), set()),
    "a length with thousandths": (
        "cam TEXT, t TEXT, len TEXT, PRIMARY KEY(cam, t)",
        lambda r: (r.camera, f"{r.local(UTC):%FT%TZ}", f"{clock(r.duration)}.{int(r.duration * 1000) % 1000:03}"), set()),
    "OLE dates": ("cam TEXT, t REAL, bytes INT", lambda r: (r.camera, r.local().replace(tzinfo=UTC).timestamp() / 86400 + 25569, r.size), set()),
    "Julian days": ("cam TEXT, t REAL, bytes INT", lambda r: (r.camera, r.start / 86400 + 2440587.5, r.size), set()),
    "Cocoa seconds": ("cam TEXT, t REAL, bytes INT", lambda r: (r.camera, float(r.start - 978307200), r.size), set()),
    "WebKit microseconds": ("cam TEXT, t INT, bytes INT", lambda r: (r.camera, since(1601, 1, 1, 1)(r), r.size), set()),
    "a time as one decimal number": ("cam TEXT, t INT, e INT, bytes INT", lambda r: (
        r.camera, int(f"{r.local():%Y%m%d%H%M%S}"), int(f"{r.local_end():%Y%m%d%H%M%S}"), r.size), set()),
    "two digits of the year": ("cam TEXT, t TEXT, bytes INT", lambda r: (r.camera, f"{r.local():%y%m%d%H%M%S}", r.size), set()),
    "halves of the day": ("cam TEXT, t TEXT, bytes INT", lambda r: (r.camera, f"{r.local():%m/%d/%Y %I:%M:%S %p}", r.size), set()),
    "names of months": ("cam TEXT, t TEXT, e TEXT, bytes INT", lambda r: (r.camera, f"{r.local():%d-%b-%Y %H:%M:%S}", f"{r.local_end():%a %b %d %H:%M:%S %Y}", r.size), set()),
    "an end that is the last second": ("cam TEXT, t INT, e INT, bytes INT", lambda r: (r.camera, r.start, int(r.end) - 1, r.size), set()),
    "weeks": ("cam TEXT, y INT, w INT, d INT, at TEXT, bytes INT, PRIMARY KEY(cam, y, w, d, at)", lambda r: (
        r.camera, r.local().isocalendar()[0], r.local().isocalendar()[1], r.local().isocalendar()[2], f"{r.local():%H:%M:%S}", r.size), set()),
    "a date and an hour, and nothing to tell the file by": ("cam TEXT, d TEXT, h INT, m INT, s INT, PRIMARY KEY(cam, d, h, m, s)", lambda r: (
        r.camera, f"{r.local():%d/%m/%Y}", r.local().hour, r.local().minute, r.local().second), set()),
    "parts of a time, and nothing else": ("cam TEXT, y INT, mo INT, d INT, h INT, m INT, s INT, len INT, PRIMARY KEY(cam, y, mo, d, h, m, s)", lambda r: (
        r.camera, r.local().year, r.local().month, r.local().day, r.local().hour, r.local().minute, r.local().second, int(r.duration * 1000)), set()),
    "a counter for each camera": ("cam TEXT, n INT, t INT, bytes INT, PRIMARY KEY(cam, n)", lambda r: (r.camera, r.place + 1, r.start, r.size), {"n"}),
    "rates": ("cam TEXT, t INT, bytes INT, fps REAL, kbps INT", lambda r: (
        r.camera, r.start, r.size, round(r.frames / r.duration, 2), round(r.size * 8 / 1000 / r.duration)), {"kbps"}),
    "an address as a path": ("url TEXT, bytes INT", lambda r: ("http://10.0.0.7:8080/" + r.file, r.size), set()),
    "letters for yes and no, and bits": ("cam TEXT, t INT, bytes INT, alarm TEXT, flags INT", lambda r: (
        r.camera, r.start, r.size, "Y" if "alarm" in r.file else "N", 1 | (4 if "alarm" in r.file else 0)), set()),
    "the one that is still being written": ("cam TEXT, t INT, e INT, bytes INT", lambda r: (r.camera, r.start, None if r.number > 118 else int(r.end), r.size), {"e"}),
}


class Habits(LearnTest):
    def test_every_habit(self):
        recordings = self.site(lambda r: f"{r.camera}/{'alarm' if r.number % 5 == 0 else 'regular'}/{r.local():%Y-%m-%d}/{r.local():%H-%M-%S}.mp4", count=60, step=1800)
        for r in recordings:
            r.place = (r.number - 1) // 2
        index = self.index()
        told = []
        for name, (columns, row, unexplained) in HABITS.items():
            if os.environ.get("HABIT", name) != name:
                continue
            with self.subTest(name):
                self.example.unlink(missing_ok=True)
                connection = self.sqlite(f"CREATE TABLE clip({columns})")
                truth = [row(r) for r in recordings]
                connection.executemany(f"INSERT INTO clip VALUES ({','.join('?' * len(truth[0]))})", truth)
                connection.commit()
                truth = connection.execute("SELECT * FROM clip").fetchall()
                result = self.program("index", "learn", "--from", self.example, "--index", index.file, "--output", self.profile, "--no-progress", "--json",
                                      "--verify", status=range(256), env=PARIS_ENVIRONMENT)
                told.append(f"{name}: exit {result.status}")
                self.assertEqual(result.status, 0, result)
                document = self.parse_json(result)
                self.assert_reproduced(document)
                hidden = document["tables"][0]["hidden"]
                gaps = {gap.get("column") for gap in document["gaps"]}
                told[-1] = f"{name}: {hidden['reproduced']} of {hidden['matched']} matched of {hidden['rows']}; left: {gaps}"
                connection.execute("DELETE FROM clip WHERE rowid % 3 = 1")
                connection.commit()
                (self.folder / "rows.sql").unlink(missing_ok=True)
                connection.executescript(self.export(index, "rows.sql", status=(0, 3)).read_text())
                names = [column[1] for column in connection.execute("PRAGMA table_info(clip)")]
                shown = [place for place, column in enumerate(names) if column not in gaps | unexplained]
                plain = lambda value: str(round(value, 7)) if isinstance(value, float) else str(value)  # what is left of days is noise
                known = lambda rows: sorted(tuple(plain(row[place]) for place in shown) for row in rows)
                found, wanted = known(connection.execute("SELECT * FROM clip").fetchall()), known(truth)
                wrong = [row for row in found if row not in wanted]
                told[-1] += f"; wrong {len(wrong)}, missing {len(wanted) - len(found)} {wrong[:2]}"
                self.assertEqual(found, wanted)
                self.assertLessEqual(gaps, unexplained | {None})
        if "HABITS_TOLD" in os.environ:
            print("\n".join(told), file=open(os.environ["HABITS_TOLD"], "w"))

    def round_trip(self, query, delete, gaps=()):
        """Learns, deletes, exports, loads twice: the query gives what it gave."""
        connection = sqlite3.connect(self.example)
        self.addCleanup(connection.close)
        document = self.learn()
        self.assert_reproduced(document)
        self.assertEqual(sorted({gap["column"] for gap in document["gaps"]}), sorted(gaps))
        truth = connection.execute(query).fetchall()
        connection.executescript(delete)
        self.assertLess(len(connection.execute(query).fetchall()), len(truth))
        script = self.export(self.index(), "rows.sql").read_text()
        for _ in range(2):
            connection.executescript("PRAGMA foreign_keys = ON;" + script)
            self.assertEqual(connection.execute(query).fetchall(), truth)

    def test_a_camera_two_tables_away_and_names_that_are_words_of_sql(self):
        recordings = self.site()
        connection = self.sqlite('CREATE TABLE camera(id INTEGER PRIMARY KEY, title TEXT);'
                                 'CREATE TABLE stream(id INTEGER PRIMARY KEY, camera INTEGER NOT NULL REFERENCES camera(id), profile TEXT);'
                                 'CREATE TABLE "select from"("order" INTEGER PRIMARY KEY, "group by" INTEGER NOT NULL REFERENCES stream(id), "\u00e9t\u00e9""s" INTEGER, '
                                 '"`" INTEGER)')
        connection.executescript("INSERT INTO camera VALUES (5, 'north'), (6, 'south'); INSERT INTO stream VALUES (51, 5, 'main'), (62, 6, 'main')")
        connection.executemany('INSERT INTO "select from" VALUES (?,?,?,?)',
                               [(r.number, 51 if r.camera == "north" else 62, r.start * 1000, r.size) for r in recordings])
        connection.commit()
        self.round_trip('SELECT "group by", "\u00e9t\u00e9""s", "`" FROM "select from" ORDER BY 2, 1',
                        'DELETE FROM "select from" WHERE "order" % 3 = 1')

    def test_a_folder_in_a_table_of_its_own(self):
        recordings = self.site(step=1800)
        connection = self.sqlite("CREATE TABLE folder(id INTEGER PRIMARY KEY, path TEXT); CREATE TABLE clip(folder INTEGER, name TEXT, bytes INTEGER, PRIMARY KEY(folder, name))")
        folders = sorted({os.path.dirname(r.file) for r in recordings})
        connection.executemany("INSERT INTO folder VALUES (?,?)", [(number + 3, "/rec/" + folder) for number, folder in enumerate(folders)])
        connection.executemany("INSERT INTO clip VALUES (?,?,?)",
                               [(folders.index(os.path.dirname(r.file)) + 3, os.path.basename(r.file), r.size) for r in recordings])
        connection.commit()
        self.round_trip("SELECT * FROM clip ORDER BY folder, name", "DELETE FROM clip WHERE bytes % 3 = 1")

    def test_two_rows_for_each_recording_are_refused(self):
        connection = self.sqlite("CREATE TABLE log(id INTEGER PRIMARY KEY, file TEXT, what TEXT, at INTEGER)")
        for r in self.site():
            connection.execute("INSERT INTO log(file, what, at) VALUES (?, 'begin', ?)", (r.file, r.start))
            connection.execute("INSERT INTO log(file, what, at) VALUES (?, 'end', ?)", (r.file, int(r.end)))
        connection.commit()
        self.refused("index", "learn", "--from", self.example, "--source", self.tree, "--output", self.profile, "--no-progress", status=5,
                     says="several", env=PARIS_ENVIRONMENT)

    def test_the_hour_that_comes_twice(self):
        autumn = int(datetime.datetime(2026, 10, 24, 22, 0, tzinfo=UTC).timestamp())
        recordings = self.site(lambda r: f"{r.camera}/{r.start}.mp4", count=100, first=autumn, step=300)
        connection = self.sqlite("CREATE TABLE clip(cam TEXT, t TEXT, bytes INTEGER)")
        connection.executemany("INSERT INTO clip VALUES (?,?,?)", [(r.camera, f"{r.local():%Y-%m-%d %H:%M:%S}", r.size) for r in recordings])
        connection.commit()
        self.round_trip("SELECT * FROM clip ORDER BY cam, t, bytes", "DELETE FROM clip WHERE bytes % 3 = 1")


if __name__ == "__main__":
    unittest.main()
