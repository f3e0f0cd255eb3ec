"""A recorder's own index is learnt from an example, and lost rows are written as the recorder had written them."""

import datetime
import gzip
import json
import pathlib
import random
import shutil
import sqlite3
import struct
import tempfile
import unittest

import sites
from servers import MariaDB, PostgreSQL
from sites import FIRST, record, sql_text
from support import EndToEndTest, run

UTC = datetime.timezone.utc
PARIS = {"TZ": "Europe/Paris"}


def in_local_folders(recording):
    return f"{recording.camera}/{recording.local():%Y-%m-%d}/{recording.local():%H-%M-%S}.mp4"


class LearnTest(EndToEndTest):
    clips = None

    @classmethod
    def setUpClass(cls):
        if LearnTest.clips is None:
            folder = pathlib.Path(tempfile.mkdtemp(prefix="clips."))
            try:
                LearnTest.clips = sites.make_clips(folder)
            finally:
                shutil.rmtree(folder)

    def setUp(self):
        super().setUp()
        self.tree = self.folder / "recordings"
        self.example = self.folder / "example"
        self.profile = self.folder / "profile.json"

    def site(self, layout=in_local_folders, cameras=("north", "south"), count=60, **options):
        return record(self.tree, self.clips, layout, cameras, count, **options)

    def learn(self, *options, status=0, example=None, **others):
        result = self.program("index", "learn", "--from", example or self.example, "--source", self.tree, "--output", self.profile, "--no-progress",
                              "--json", "--verify", *options, status=status, env=PARIS, **others)
        return self.parse_json(result)

    def columns(self, document, table):
        found = next(entry for entry in document["tables"] if entry["name"] == table)
        return {column["name"]: column for column in found["columns"]}

    def assert_reproduced(self, document, at_least=0.99):
        for table in document["tables"]:
            hidden = table["hidden"]
            self.assertGreater(hidden["matched"], 0, table["name"])
            self.assertGreaterEqual(hidden["reproduced"], at_least * hidden["matched"], json.dumps(table, indent=1))

    def index(self):
        return self.build_index(self.tree, env=PARIS)

    def export(self, index, name, *options, status=0):
        output = self.folder / name
        self.program("index", "export", "--profile", self.profile, "--index", index.file, "--output", output, *options, status=status, env=PARIS)
        return output

    def sqlite(self, script):
        connection = sqlite3.connect(self.example)
        connection.executescript(script)
        self.addCleanup(connection.close)
        return connection


class SQLite(LearnTest):
    """Frigate's way: text ids, epochs as reals, absolute paths, mebibytes."""

    TABLE = ('CREATE TABLE "recordings" ("id" VARCHAR(30) NOT NULL PRIMARY KEY, "camera" VARCHAR(20) NOT NULL, "path" VARCHAR(255) NOT NULL, '
             '"start_time" DATETIME NOT NULL, "end_time" DATETIME NOT NULL, "duration" REAL NOT NULL, "motion" INTEGER, "segment_size" REAL)')

    def frigate(self, count=60):
        recordings = self.site(lambda r: f"{r.local(UTC):%Y-%m-%d/%H}/{r.camera}/{r.local(UTC):%M.%S}.mp4", count=count)
        chance = random.Random(7)
        connection = self.sqlite(self.TABLE)
        for r in recordings:
            tail = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=6))
            connection.execute("INSERT INTO recordings VALUES (?,?,?,?,?,?,?,?)", (
                f"{float(r.start)}-{tail}", r.camera, "/media/frigate/recordings/" + r.file, float(r.start), r.end, r.duration, chance.randrange(900),
                round(r.size / 2**20, 2)))
        connection.commit()
        return recordings, connection

    def test_learnt_and_written_back(self):
        recordings, connection = self.frigate()
        document = self.learn()
        self.assertEqual(document["verdict"], "usable-with-gaps")
        self.assert_reproduced(document)
        self.assertEqual([gap["column"] for gap in document["gaps"]], ["motion"])
        columns = self.columns(document, "recordings")
        self.assertEqual(columns["path"]["value"], "/media/frigate/recordings/{path}")
        self.assertIsNone(columns["motion"]["value"])

        wanted = "SELECT camera, path, start_time, end_time, duration, segment_size FROM recordings ORDER BY path"
        truth = connection.execute(wanted).fetchall()
        connection.execute("DELETE FROM recordings WHERE rowid % 3 = 0")
        connection.commit()
        kept = connection.execute("SELECT * FROM recordings ORDER BY path").fetchall()
        script = self.export(self.index(), "rows.sql").read_text()
        for _ in range(2):
            connection.executescript(script)
            self.assertEqual(connection.execute(wanted).fetchall(), truth)
        ids = [row[0] for row in connection.execute("SELECT id FROM recordings")]
        self.assertEqual(len(set(ids)), len(recordings))
        self.assertTrue(set(kept) <= set(connection.execute("SELECT * FROM recordings").fetchall()), "rows that were there are as they were")

    def test_new_file(self):
        _, connection = self.frigate(count=20)
        self.learn()
        made = sqlite3.connect(self.export(self.index(), "new.db"))
        self.addCleanup(made.close)
        query = "SELECT camera, path, start_time, end_time, segment_size, typeof(start_time), typeof(path) FROM recordings ORDER BY path"
        self.assertEqual(made.execute(query).fetchall(), connection.execute(query).fetchall())
        self.assertEqual(made.execute("PRAGMA integrity_check").fetchone()[0], "ok")

    def test_rows_in_the_log_count_and_the_example_stays_as_it_is(self):
        _, connection = self.frigate(count=20)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE recordings SET motion = 5")
        connection.commit()
        before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in self.folder.glob("example*")}
        self.assertIn("example-wal", before)
        columns = self.columns(self.learn(), "recordings")
        self.assertEqual(columns["motion"]["value"], "5")
        self.assertEqual({file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in self.folder.glob("example*")}, before)

    def test_two_tables_a_segment(self):
        recordings = self.site()
        connection = self.sqlite("CREATE TABLE event(id INTEGER PRIMARY KEY, cam TEXT, t0 INTEGER, t1 INTEGER);"
                                 "CREATE TABLE file(id INTEGER PRIMARY KEY, event_id INTEGER NOT NULL REFERENCES event(id), bytes INTEGER)")
        for r in recordings:
            connection.execute("INSERT INTO event VALUES (?,?,?,?)", (r.number + 500, r.camera, r.start * 1000, int(r.end * 1000)))
            connection.execute("INSERT INTO file(event_id, bytes) VALUES (?,?)", (r.number + 500, r.size))
        connection.commit()
        self.assert_reproduced(self.learn())
        query = "SELECT cam, t0, t1, bytes FROM event JOIN file ON event_id = event.id ORDER BY t0"
        truth = connection.execute(query).fetchall()
        connection.executescript("DELETE FROM file WHERE event_id % 4 = 1; DELETE FROM event WHERE id % 4 = 1")
        connection.commit()
        script = self.export(self.index(), "rows.sql").read_text()
        for _ in range(2):
            connection.executescript(script)
            self.assertEqual(connection.execute(query).fetchall(), truth)
            self.assertEqual(connection.execute("SELECT count(*) FROM file").fetchone()[0], len(recordings))

    def test_parts_of_a_time_in_columns_of_their_own(self):
        recordings = self.site(step=600)
        connection = self.sqlite("CREATE TABLE clip(id INTEGER PRIMARY KEY, cam TEXT, y INTEGER NOT NULL, m INTEGER NOT NULL, d INTEGER NOT NULL,"
                                 " s INTEGER NOT NULL, hh TEXT, weekday INTEGER, bytes INTEGER)")
        for r in recordings:
            local = r.local()
            connection.execute("INSERT INTO clip VALUES (?,?,?,?,?,?,?,?,?)", (
                r.number, r.camera, local.year, local.month, local.day, local.hour * 3600 + local.minute * 60 + local.second,
                f"{local:%H}", local.isoweekday(), r.size))
        connection.commit()
        self.assert_reproduced(self.learn())
        query = "SELECT cam, y, m, d, s, hh, weekday, bytes FROM clip ORDER BY y, m, d, s, bytes"
        truth = connection.execute(query).fetchall()
        connection.execute("DELETE FROM clip WHERE id % 3 = 1")
        connection.commit()
        connection.executescript(self.export(self.index(), "rows.sql").read_text())
        self.assertEqual(connection.execute(query).fetchall(), truth)

    def test_a_date_and_a_count_of_seconds(self):
        self.site(step=600)
        # Nothing but times and cameras to tell the rows by.
        connection = self.sqlite("CREATE TABLE clip(cam TEXT, day TEXT, s INTEGER, seconds REAL, PRIMARY KEY(cam, day, s))")
        for r in record(self.folder / "again", self.clips, in_local_folders, ("north", "south"), 60, step=600):
            local = r.local()
            connection.execute("INSERT INTO clip VALUES (?,?,?,?)", (
                r.camera, f"{local:%d.%m.%Y}", local.hour * 3600 + local.minute * 60 + local.second, r.duration))
        connection.commit()
        document = self.learn()
        self.assert_reproduced(document)
        self.assertEqual(self.columns(document, "clip")["s"]["value"], "{start|secondofday|Europe/Paris}")

    def test_one_row_an_hour(self):
        connection = self.sqlite("CREATE TABLE hourly(cam TEXT, hour INTEGER, n INTEGER, bytes INTEGER, PRIMARY KEY(cam, hour))")
        sums = {}
        for r in self.site(lambda r: f"{r.camera}/{r.start}.mp4", count=120, step=600):
            entry = sums.setdefault((r.camera, r.start // 3600 * 3600), [0, 0])
            entry[0] += 1
            entry[1] += r.size
        connection.executemany("INSERT INTO hourly VALUES (?,?,?,?)", [(*key, *value) for key, value in sums.items()])
        connection.commit()
        document = self.learn()
        self.assert_reproduced(document)
        self.assertEqual(document["tables"][0]["rowIs"], "hour")
        truth = connection.execute("SELECT * FROM hourly ORDER BY cam, hour").fetchall()
        connection.execute("DELETE FROM hourly WHERE n > 0 AND rowid % 2 = 0")
        connection.commit()
        connection.executescript(self.export(self.index(), "rows.sql").read_text())
        self.assertEqual(connection.execute("SELECT * FROM hourly ORDER BY cam, hour").fetchall(), truth)


class Servers(LearnTest):
    def test_mariadb(self):
        """No path in the table; a composite key; local times in two columns; a camera's number; text that must be escaped."""
        server = MariaDB()
        self.addCleanup(server.stop)
        recordings = self.site(cameras=("it's \\ here", "south"))
        numbers = {"it's \\ here": 4, "south": 9}
        schema = ("CREATE TABLE cams (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, title VARCHAR(40) NOT NULL);\n"
                  "INSERT INTO cams VALUES (4, 'it''s \\\\ here'), (9, 'south');\n"
                  "CREATE TABLE seg (day DATE NOT NULL, at TIME NOT NULL, cam INT NOT NULL, len_ms INT, note TEXT, what CHAR(12) NOT NULL DEFAULT 'x', "
                  "PRIMARY KEY (day, at, cam), FOREIGN KEY (cam) REFERENCES cams(id));\n")
        rows = ",\n".join("(" + ",".join(sql_text(value) for value in (
            f"{r.local():%Y-%m-%d}", f"{r.local():%H:%M:%S}", numbers[r.camera], int(r.duration * 1000), f"on {r.camera}", "x")) + ")" for r in recordings)
        self.load(server, "nvr", schema + f"INSERT INTO seg VALUES {rows};\n")
        query = "SELECT * FROM seg ORDER BY day, at, cam"
        truth = server.rows("nvr", query)
        self.load(server, "nvr", "DELETE FROM seg WHERE MOD(SECOND(at), 3) = 1;\n")
        dump = run(["mariadb-dump", "--no-defaults", f"--socket={server.folder}/socket", "nvr"], env=server.environment())
        self.example.write_bytes(gzip.compress(dump.out_bytes))
        document = self.learn()
        self.assertEqual(document["verdict"], "usable")
        self.assert_reproduced(document)
        script = self.export(self.index(), "rows.sql")
        for _ in range(2):
            self.load(server, "nvr", script.read_text())
            self.assertEqual(server.rows("nvr", query), truth)

    def load(self, server, database, text):
        server.checked(server.client("", "-e", f"CREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4"))
        server.checked(server.client(database), input=text.encode())

    def test_postgresql(self):
        """A sequence, a foreign key, times with an offset that changes, and a camera that the recorder never saw."""
        server = PostgreSQL()
        self.addCleanup(server.stop)
        recordings = self.site(cameras=("north", "south", "gate"), step=400)
        server.checked(server.client("postgres", "-c", "CREATE DATABASE nvr", "-c", "ALTER DATABASE nvr SET timezone = 'Europe/Paris'"))
        schema = ("CREATE TABLE camera (id serial PRIMARY KEY, title text NOT NULL UNIQUE);\n"
                  "CREATE TABLE clip (id bigserial PRIMARY KEY, camera_id int NOT NULL REFERENCES camera(id), begins timestamptz NOT NULL, "
                  "seconds numeric(8,3), kib int, locked boolean NOT NULL DEFAULT false);\n")
        rows = "".join(f"INSERT INTO camera(title) VALUES ('{name}');\n" for name in ("north", "south", "gate"))
        rows += "".join(f"INSERT INTO clip(camera_id, begins, seconds, kib) SELECT id, '{r.local(UTC).isoformat()}', {r.duration}, {-(-r.size // 1024)} "
                        f"FROM camera WHERE title = '{r.camera}';\n" for r in recordings)
        server.checked(server.client("nvr", "-c", schema + rows))
        query = "SELECT title, begins, seconds, kib, locked FROM clip JOIN camera ON camera.id = camera_id ORDER BY begins, title"
        truth = server.rows("nvr", query)
        server.checked(server.client("nvr", "-c", "DELETE FROM clip WHERE id % 2 = 0"))
        dump = run([server.tool("pg_dump"), "-h", str(server.folder), "-U", "rescue", "nvr"], env=server.environment())
        self.assertEqual(dump.status, 0, dump)
        self.example.write_bytes(dump.out_bytes)
        document = self.learn()
        self.assertEqual(document["verdict"], "usable")
        self.assert_reproduced(document)
        index = self.index()
        script = self.export(index, "rows.sql")
        for _ in range(2):
            server.checked(server.client("nvr", "-f", script))
            self.assertEqual(server.rows("nvr", query), truth)

        record(self.tree, self.clips, in_local_folders, ("attic",), 3)
        index = self.index()
        script = self.export(index, "without.sql", status=3)
        self.assertNotIn("attic", script.read_text())
        script = self.export(index, "with.sql", "--create-cameras")
        server.checked(server.client("nvr", "-f", script))
        server.checked(server.client("nvr", "-f", script))
        self.assertEqual(server.rows("nvr", "SELECT count(*) FROM clip JOIN camera ON camera.id = camera_id WHERE title = 'attic'"), [["3"]])


    def test_motion(self):
        """motion.conf's sql_query: whatever its owner likes; here what its manual proposes."""
        server = MariaDB()
        self.addCleanup(server.stop)
        recordings = self.site(lambda r: f"cam{r.camera}/{r.number:02}-{r.local():%Y%m%d%H%M%S}.mkv", cameras=("1", "2"))
        rows = ",\n".join("(" + ",".join(sql_text(value) for value in (
            int(r.camera), f"/var/lib/motion/{r.file}", 0, 8, f"{r.local(UTC):%F %T}", int(f"{r.local():%Y%m%d%H%M%S}"))) + ")" for r in recordings)
        self.load(server, "motion", "SET time_zone = '+00:00';\nCREATE TABLE security (camera int, filename char(80) not null, frame int, file_type int, "
                  "time_stamp timestamp, event_time_stamp bigint);\n" f"INSERT INTO security VALUES {rows};\n")
        query = "SELECT * FROM security ORDER BY filename"
        truth = server.rows("motion", query)
        self.load(server, "motion", "DELETE FROM security WHERE MOD(event_time_stamp, 3) = 1;\n")
        dump = run(["mariadb-dump", "--no-defaults", f"--socket={server.folder}/socket", "motion"], env=server.environment())
        self.example.write_bytes(dump.out_bytes)
        document = self.learn()
        self.assertEqual(document["verdict"], "usable")
        self.assert_reproduced(document)
        script = self.export(self.index(), "rows.sql")
        for _ in range(2):
            self.load(server, "motion", script.read_text())
            self.assertEqual(server.rows("motion", query), truth)


class Files(LearnTest):
    def test_a_text_index_in_each_folder(self):
        recordings = self.site(lambda r: f"{r.local():%Y-%m-%d}/{r.camera}/{r.local():%H%M%S}.mp4", step=400)
        lines = {}
        for r in recordings:
            lines.setdefault(f"{r.local():%Y-%m-%d}", []).append(
                f"{r.local():%H:%M:%S} {r.local_end():%H:%M:%S} {r.camera} {r.size} {r.camera}/{r.local():%H%M%S}.mp4\n")
        for day, rows in lines.items():
            (self.tree / day / "index.txt").write_text("".join(rows))
        self.assertGreater(len(lines), 1)
        document = self.learn(example=self.tree)
        self.assert_reproduced(document)
        self.assertEqual(document["verdict"], "usable")
        output = self.export(self.index(), "files")
        self.assertEqual({str(file.relative_to(output)): file.read_text() for file in output.rglob("*.txt")},
                         {f"{day}/index.txt": "".join(rows) for day, rows in lines.items()})

    def test_csv_with_a_header(self):
        recordings = self.site()
        self.example.write_text("camera;start;end;size\n" + "".join(
            f'"{r.camera}";{r.local():%d/%m/%Y %H:%M:%S};{r.local_end():%d/%m/%Y %H:%M:%S};{r.size}\n' for r in recordings))
        self.assert_reproduced(self.learn())
        self.assertEqual((self.export(self.index(), "files") / "example").read_text(), self.example.read_text())

    def rewritten(self, name, text):
        """Learns from a third of the rows less, and writes the file anew."""
        self.example.mkdir()
        (self.example / name).write_text(text)
        self.assert_reproduced(self.learn())
        return (self.export(self.index(), "files") / name).read_text()

    def test_json(self):
        rows = [{"cam": r.camera, "from": f"{r.local():%Y-%m-%dT%H:%M:%S%z}", "ms": round(r.duration * 1000), "where": {"file": f"/srv/{r.file}"},
                 "size": r.size, "kept": False, "note": None} for r in self.site()]
        kept = [row for number, row in enumerate(rows) if number % 3]
        for text, read in ((json.dumps({"version": 2, "clips": kept}, indent=1), lambda text: json.loads(text)["clips"]),
                           ("".join(json.dumps(row) + "\n" for row in kept), lambda text: [json.loads(line) for line in text.splitlines()])):
            written = read(self.rewritten("clips.json", text))
            key = lambda row: row["where"]["file"]
            self.assertEqual(sorted(written, key=key), sorted(rows, key=key))
            shutil.rmtree(self.example)
            shutil.rmtree(self.folder / "files")

    def test_xml(self):
        row = lambda r: f'  <clip cam="{r.camera}" from="{r.start}">\n    <size>{r.size}</size><file>{r.file}</file>\n  </clip>'
        text = lambda rows: '<?xml version="1.0"?>\n<list>\n' + "\n".join(map(row, rows)) + "\n</list>\n"
        recordings = sorted(self.site(cameras=("a & b", "c")), key=lambda r: r.start)
        quoted = lambda text: text.replace(" & ", " &amp; ")
        self.assertEqual(self.rewritten("list.xml", quoted(text([r for r in recordings if r.number % 3]))), quoted(text(recordings)))

    def test_a_day_that_is_said_once_of_a_file_is_not_made_up(self):
        self.example.mkdir()
        days = {}
        for r in self.site(count=40, step=3600):
            days.setdefault(f"{r.local():%Y-%m-%d}", []).append({"cam": r.camera, "t": r.start, "size": r.size})
        for day, clips in days.items():
            (self.example / f"{day}.json").write_text(json.dumps({"day": day, "clips": clips}))
        self.refused("index", "learn", "--from", self.example, "--source", self.tree, "--output", self.profile, "--no-progress", status=5,
                     says="differs from file to file", env=PARIS)

    def test_numbers_of_rows_are_written_anew(self):
        recordings = sorted(self.site(cameras=("c1", "c2")), key=lambda r: r.start)
        kept = [r for r in recordings if r.number % 3]
        as_json = lambda rows: json.dumps({"count": len(rows), "clips": [{"file": r.file, "t": r.start, "bytes": r.size} for r in rows], "total": len(rows)}, indent=1)
        as_xml = lambda rows: (f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE list [<!ELEMENT list ANY>]>\n<list n="{len(rows)}">\n'
                               + "".join(f"<clip><![CDATA[{r.file}]]><t>{r.start}</t></clip>\n" for r in rows) + "</list>\n")
        for name, text in (("clips.json", as_json), ("list.xml", as_xml)):
            self.assertEqual(self.rewritten(name, text(kept)), text(recordings))
            shutil.rmtree(self.example)
            shutil.rmtree(self.folder / "files")
        records = lambda rows: struct.pack("<8sII240x", b"CLIPDATA", 2, len(rows)) + b"".join(
            struct.pack(">QIIH6s8x", r.start * 1000, r.size, int(r.duration * 1000), r.frames, r.camera.encode()) for r in rows)
        self.example.write_bytes(records(kept))
        document = self.learn()
        self.assert_reproduced(document)
        self.assertIn("remainder", [gap["kind"] for gap in document["gaps"]], "the 2 in the header may be anything")
        self.assertEqual((self.export(self.index(), "files") / "example").read_bytes(), records(recordings))

    def test_what_no_row_accounts_for_is_named(self):
        recordings = self.site(count=40)
        row = lambda r: {"cam": r.camera, "t": r.start, "bytes": r.size}
        self.example.mkdir()
        (self.example / "clips.json").write_text(json.dumps({"bytes": sum(r.size for r in recordings), "clips": [row(r) for r in recordings]}))
        gaps = [gap for gap in self.learn(example=self.example)["gaps"] if gap["kind"] == "remainder"]
        self.assertEqual([gap["seen"] for gap in gaps], [[str(sum(r.size for r in recordings))]])
        shutil.rmtree(self.example)
        self.example.write_text("".join(("" if r.number % 20 else f"# {r.local():%A}, in all 20\n") + f"{r.camera} {r.start} {r.size}\n" for r in recordings))
        gaps = [gap for gap in self.learn()["gaps"] if gap["kind"] == "remainder"]
        self.assertEqual([gap["rows"] for gap in gaps], [4])

    def test_lists_that_could_not_be_put_together_again_are_refused(self):
        days = {}
        for r in self.site(step=3600):
            days.setdefault(f"{r.local():%Y-%m-%d}", []).append({"cam": r.camera, "t": r.start, "bytes": r.size})
        self.example.write_text(json.dumps({"days": [{"day": day, "clips": clips} for day, clips in days.items()]}))
        command = ["index", "learn", "--from", self.example, "--source", self.tree, "--output", self.profile, "--no-progress"]
        self.refused(*command, status=5, says="several lists", env=PARIS)
        self.example.write_text('<?xml version="1.0" encoding="ISO-8859-1"?><l>' + '<c t="1774728000" n="1"/>' * 9 + "</l>")
        self.refused(*command, status=5, says="UTF-8", env=PARIS)

    def test_a_text_without_an_end(self):
        recordings = self.site(count=40)
        self.example.write_text("\n".join(f"{r.camera};{r.start};{r.size}" for r in recordings))
        document = self.learn()
        self.assert_reproduced(document)
        self.assertEqual(sum(table["rows"] + table["hidden"]["rows"] for table in document["tables"]), len(recordings))

    def test_records_of_64_bytes(self):
        recordings = self.site(cameras=("c1", "c2"))
        self.example.write_bytes(b"".join(
            struct.pack("<IIIIQ24s16x", 1 if r.camera == "c1" else 2, r.start, int(r.end), r.frames, r.size, f"{r.camera}/{r.number}".encode()[:2]) for r in recordings))
        self.assert_reproduced(self.learn())
        self.assertEqual((self.export(self.index(), "files") / "example").read_bytes(), self.example.read_bytes())


class BadInput(LearnTest):
    def simple(self, recordings, shift=0, rows=None):
        connection = self.sqlite("CREATE TABLE seg(id INTEGER PRIMARY KEY, cam TEXT, t0 TEXT, t1 TEXT, zero INT, flag INT, note TEXT)")
        for r in recordings[:rows]:
            connection.execute("INSERT INTO seg(cam, t0, t1, zero, flag, note) VALUES (?,?,?,0,?,?)", (
                r.camera, f"{r.local(offset=shift):%d.%m.%Y %H:%M:%S}", f"{r.local(offset=shift + int(r.duration)):%d.%m.%Y %H:%M:%S}", r.number % 17 == 3,
                "'); DROP TABLE seg; --"))
        connection.commit()
        return connection

    def refuse(self, says):
        result = self.refused("index", "learn", "--from", self.example, "--source", self.tree, "--output", self.profile, "--no-progress", status=5, says=says,
                              env=PARIS)
        self.assertFalse(self.profile.exists())
        return result

    def test_example_of_another_site(self):
        self.site()
        connection = self.sqlite("CREATE TABLE recordings(id INTEGER PRIMARY KEY, camera TEXT, path TEXT, start REAL)")
        connection.executemany("INSERT INTO recordings(camera, path, start) VALUES (?,?,?)",
                               [("porch", f"/video/porch/{number}.avi", 1600000000.5 + number * 60) for number in range(200)])
        connection.commit()
        self.refuse("Not usable")

    def test_times_of_another_site_agree(self):
        connection = self.sqlite("CREATE TABLE recordings(id INTEGER PRIMARY KEY, camera TEXT, path TEXT, start INTEGER, bytes INTEGER)")
        for r in self.site():
            connection.execute("INSERT INTO recordings(camera, path, start, bytes) VALUES (?,?,?,?)",
                               ("porch", f"/video/porch/{r.number * 7919}.avi", r.start, r.size + 99991))
        connection.commit()
        self.refuse("Not usable")

    def test_three_rows(self):
        self.simple(self.site(), rows=3)
        document = self.parse_json(self.program("index", "learn", "--from", self.example, "--source", self.tree, "--output", self.profile, "--json",
                                                status=0, env=PARIS))
        self.assertEqual(document["verdict"], "usable-with-gaps")
        self.assertIn("few-rows", [gap["kind"] for gap in document["gaps"]])
        self.assertIsNone(self.columns(document, "seg")["zero"]["value"], "three zeroes are no rule")

    def test_cut_dump(self):
        recordings = self.site()
        text = ("-- MariaDB dump\nCREATE TABLE `seg` (`id` int NOT NULL AUTO_INCREMENT, `file` varchar(200) NOT NULL, `bytes` bigint, PRIMARY KEY (`id`));\n"
                "INSERT INTO `seg` VALUES " + ",".join(f"({r.number},'/rec/{r.file}',{r.size})" for r in recordings) + ";\n")
        packed = gzip.compress(text.encode())
        for whole, cut in ((text.encode(), 0.6), (packed, 0.6)):
            self.example.write_bytes(whole[:int(len(whole) * cut)])
            document = self.learn(status=3)
            self.assertTrue(document["exampleWasCut"])
            self.assert_reproduced(document)

    def test_clock_an_hour_off_accidents_and_lost_files(self):
        recordings = self.site()
        connection = self.simple(recordings, shift=3600)
        chance = random.Random(3)
        for r in recordings:
            if chance.random() < 0.5:
                (self.tree / r.file).unlink()
        document = self.learn()
        self.assert_reproduced(document)
        columns = self.columns(document, "seg")
        self.assertIsNone(columns["flag"]["value"])
        self.assertEqual(columns["zero"]["value"], "0")
        truth = connection.execute("SELECT cam, t0, t1, note FROM seg ORDER BY t0, cam").fetchall()
        connection.execute("DELETE FROM seg WHERE id % 2 = 0")
        connection.commit()
        connection.executescript(self.export(self.index(), "rows.sql").read_text())
        found = connection.execute("SELECT cam, t0, t1, note FROM seg ORDER BY t0, cam").fetchall()
        self.assertTrue(set(found) <= set(truth), "no row that the recorder had not written")
        gone = sum(not (self.tree / r.file).exists() and r.number % 2 == 0 for r in recordings)
        self.assertEqual(len(found), len(truth) - gone)

    def test_profile_edited_wrongly(self):
        self.simple(self.site())
        self.learn()
        index = self.index()
        good = self.profile.read_text()
        for wrong, right, says in (("{beginning}", "{start|dd.MM.yyyy HH:mm:ss|Europe/Paris}", "beginning"), ('"rowIs": "sgment"', '"rowIs": "segment"', "sgment"),
                                   ('"tables": [ oops', '"tables": [', "JSON"), ("{camera", "{camera}", "brace")):
            self.assertIn(right, good)
            text = good.replace(right, wrong, 1)
            self.profile.write_text(text)
            line = text[:text.index(wrong)].count("\n") + 1
            result = self.refused("index", "export", "--profile", self.profile, "--index", index.file, status=5, says=says, env=PARIS)
            self.assertIn(f"line {line}:", result.err)

    def test_a_column_that_must_have_a_value(self):
        connection = self.sqlite("CREATE TABLE seg(id INTEGER PRIMARY KEY, file TEXT, secret INTEGER NOT NULL)")
        chance = random.Random(1)
        connection.executemany("INSERT INTO seg(file, secret) VALUES (?,?)", [(r.file, chance.randrange(10**9)) for r in self.site()])
        connection.commit()
        self.refused("index", "learn", "--from", self.example, "--source", self.tree, "--output", self.profile, "--no-progress", status=5,
                     says="secret", env=PARIS)
        index = self.index()
        self.refused("index", "export", "--profile", self.profile, "--index", index.file, status=5, env=PARIS)
        self.profile.write_text(self.profile.read_text().replace('"name": "secret","value": null', '"name": "secret","value": "7"').replace(
            '"name":"secret","value":null', '"name":"secret","value":"7"'))
        self.assertIn("7", self.export(index, "rows.sql").read_text())

    def test_not_an_example(self):
        self.site(count=5)
        self.example.write_bytes(bytes(range(256)) * 100)
        self.refuse("example")
        self.example.write_bytes(b"")
        self.refuse("row")


class DryRun(LearnTest):
    def test_ten_rows_beside_ten(self):
        recordings = self.site()
        connection = self.sqlite("CREATE TABLE seg(id INTEGER PRIMARY KEY, file TEXT)")
        connection.executemany("INSERT INTO seg(file) VALUES (?)", [(r.file,) for r in recordings])
        connection.commit()
        self.learn()
        index = self.index()
        document = self.parse_json(self.program("index", "export", "--profile", self.profile, "--index", index.file, "--dry-run", "--json", env=PARIS))
        self.assertEqual(document["tables"], {"seg": len(recordings)})
        rows = document["rows"][0]
        self.assertEqual((len(rows["ofTheExample"]), len(rows["made"])), (10, 10))
        made = {row[1] for row in rows["made"]}
        self.assertTrue(made <= {r.file for r in recordings})


if __name__ == "__main__":
    unittest.main()
