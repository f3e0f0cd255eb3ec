"""Exports, loaded by the programs they are meant for, hold what the index holds."""

import csv
import io
import json
import pathlib
import shutil

from servers import MariaDB, PostgreSQL
from support import CorpusTest, corpus_file, truth

# Columns that must come through with their values, under their names, in the export of segments.
FACTS = ["path", "size_bytes", "width", "height", "frame_count", "keyframe_count", "container", "video_codec", "state", "kind"]


def as_text(value):
    return None if value is None or value == "" else str(value)


class ExportTest(CorpusTest):
    def export(self, format, *options):
        file = self.folder / f"export.{format}"
        self.program("index", "export", "--index", self.index.file, "--format", format, "--output", file, *options)
        return file

    def expected(self, columns):
        return sorted(tuple(as_text(row[column]) or "" for column in columns) for row in self.index.rows("SELECT * FROM segment"))


class Files(ExportTest):
    def test_csv(self):
        with self.export("csv").open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), self.index.value("SELECT count(*) FROM segment"))
        columns = [column for column in FACTS if column in rows[0]]
        self.assertIn("path", columns)
        self.assertIn("frame_count", columns)
        self.assertEqual(sorted(tuple(row[column] for column in columns) for row in rows), self.expected(columns))

    def test_csv_on_standard_output(self):
        result = self.program("index", "export", "--index", self.index.file, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(result.out)))
        self.assertEqual(len(rows), self.index.value("SELECT count(*) FROM segment"))

    def test_json(self):
        document = json.loads(self.export("json").read_text("utf-8"))
        self.assertEqual(next(iter(document)), "schema")
        segments = next(value for value in document.values() if isinstance(value, list) and len(value) == self.index.value("SELECT count(*) FROM segment"))
        found = sorted(str(segment.get("path")) for segment in segments)
        self.assertEqual(found, sorted(row["path"] for row in self.index.rows("SELECT path FROM segment")))

    def test_dry_run_writes_nothing(self):
        file = self.folder / "dry.csv"
        self.program("index", "export", "--index", self.index.file, "--format", "csv", "--output", file, "--dry-run")
        self.assertFalse(file.exists())

    def test_unknown_format(self):
        self.program("index", "export", "--index", self.index.file, "--format", "dbase", status=64)


class DatabaseTest:
    """What holds of both servers; `server` and `format` are those of the subclass."""

    def tables(self, database):
        return [row[0] for row in self.server.rows(database, self.list_tables)]

    def columns(self, database, table):
        return [row[0] for row in self.server.rows(database, f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' "
                                                             f"AND table_schema = {self.schema} ORDER BY ordinal_position")]

    def test_rows_and_values(self):
        self.server.load("whole", self.export(self.format))
        tables = self.tables("whole")
        for table in ("camera", "segment", "volume", "finding"):
            self.assertIn(table, tables)
            self.assertEqual(int(self.server.rows("whole", f"SELECT count(*) FROM {table}")[0][0]), self.index.value(f"SELECT count(*) FROM {table}"),
                             f"rows of {table}")
        columns = [column for column in FACTS if column in self.columns("whole", "segment")]
        self.assertGreaterEqual(len(columns), len(FACTS) - 1)
        found = sorted(tuple(cell or "" for cell in row) for row in self.server.rows("whole", f"SELECT {', '.join(columns)} FROM segment"))
        self.assertEqual(found, self.expected(columns))

    def test_instants(self):
        self.server.load("instants", self.export(self.format))
        columns = self.columns("instants", "segment")
        self.assertIn("start_us", columns)
        found = sorted(row[0] or "" for row in self.server.rows("instants", "SELECT start_us FROM segment"))
        self.assertEqual(found, self.expected_column("start_us"))

    def expected_column(self, column):
        return sorted(as_text(row[column]) or "" for row in self.index.rows(f"SELECT {column} FROM segment"))

    def test_hostile_names_stay_data(self):
        entry = next(entry for entry in truth() if entry["camera"] == "mp4h264")
        folder = self.folder / "source"
        names = ["it's", 'a "quote"', "back\\slash", "semi; DROP TABLE segment; --", "line\nbreak", "tab\there", "été 😀", "%s{}$1"]
        for name in names:
            target = folder / name / pathlib.Path(entry["path"]).relative_to("mp4h264")
            target.parent.mkdir(parents=True)
            shutil.copy2(corpus_file(entry), target)
        index = self.build_index(folder, status=(0, 3), options=["--layout", "{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}"])
        file = self.folder / "hostile.sql"
        self.program("index", "export", "--index", index.file, "--format", self.format, "--output", file)
        self.server.load("hostile", file)
        found = sorted(row[0] for row in self.server.rows("hostile", "SELECT path FROM segment"))
        self.assertEqual(found, sorted(row["path"] for row in index.rows("SELECT path FROM segment")))
        cameras = sorted(row[0] for row in self.server.rows("hostile", "SELECT name FROM camera"))
        self.assertEqual(cameras, sorted(row["name"] for row in index.rows("SELECT name FROM camera")))


class InPostgreSQL(DatabaseTest, ExportTest):
    format, schema = "postgresql", "'public'"
    list_tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = PostgreSQL()
        cls.addClassCleanup(cls.server.stop)


class InMariaDB(DatabaseTest, ExportTest):
    format, schema = "mysql", "database()"
    list_tables = "SHOW TABLES"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = MariaDB()
        cls.addClassCleanup(cls.server.stop)
