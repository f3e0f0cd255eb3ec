import Testing

@testable import Learning

@Suite struct DumpTests {
    private func read(_ text: String) throws -> (reader: SQLDumpReader, rows: [[String?]]) {
        let reader = SQLDumpReader(ByteStream(bytes: Array(text.utf8)))
        var rows: [[String?]] = []
        try reader.read { _, row in rows.append(row) }
        return (reader, rows)
    }

    @Test func mysqlWithEscapesAndKeys() throws {
        let (reader, rows) = try read(
            """
            -- MySQL dump 10.19
            /*!40103 SET TIME_ZONE='+00:00' */;
            CREATE TABLE `seg` (
              `id` int(10) unsigned NOT NULL AUTO_INCREMENT, `note` varchar(20) DEFAULT 'it''s', `x` decimal(10,2) NOT NULL DEFAULT '-0.50',
              `kind` enum('a','b') DEFAULT NULL, PRIMARY KEY (`id`), KEY `k` (`note`), CONSTRAINT `f` FOREIGN KEY (`x`) REFERENCES `t` (`y`)
            ) ENGINE=InnoDB;
            INSERT INTO `seg` VALUES (1,'a\\'b\\\\c\\n; DROP TABLE seg; --',2.50,NULL),(2,'x''y',-1.00,'b');
            DELIMITER ;;
            CREATE TRIGGER t AFTER INSERT ON seg FOR EACH ROW BEGIN INSERT INTO seg VALUES (9,'no',1,NULL); END;;
            DELIMITER ;
            INSERT INTO `seg` (`note`,`id`) VALUES (_binary 'z',3);
            """ + "\n")
        #expect(reader.dialect == .mysql)
        #expect(reader.sessionZone == "+00:00")
        let table = try #require(reader.tables.first)
        #expect(table.columns.map(\.name) == ["id", "note", "x", "kind"])
        #expect(table.columns.map(\.isRequired) == [true, false, true, false])
        #expect(table.columns.map(\.fallback) == [nil, "it's", "-0.50", nil])
        #expect(table.columns[0].isNumberedByServer)
        #expect(table.primaryKey == ["id"])
        #expect(table.references == [.init(columns: ["x"], table: "t", keys: ["y"])])
        #expect(rows == [["1", "a'b\\c\n; DROP TABLE seg; --", "2.50", nil], ["2", "x'y", "-1.00", "b"], ["3", "z", nil, nil]])
        #expect(!reader.isCut)
    }

    @Test func postgresqlCopyAndConstraints() throws {
        let (reader, rows) = try read(
            """
            -- PostgreSQL database dump
            \\restrict abc
            CREATE TABLE public.clip (
                id bigint NOT NULL,
                begins timestamp with time zone,
                path text DEFAULT 'x'::text
            );
            ALTER TABLE ONLY public.clip ALTER COLUMN id SET DEFAULT nextval('public.clip_id_seq'::regclass);
            CREATE FUNCTION f() RETURNS trigger AS $body$ BEGIN INSERT INTO clip VALUES (1); END; $body$ LANGUAGE plpgsql;
            COPY public.clip (path, id) FROM stdin;
            a\\tb\\\\c	7
            \\N	8
            \\.
            INSERT INTO public.clip (id, begins, path) VALUES (9, '2026-03-28 20:00:00+00'::timestamptz, E'q\\'r');
            ALTER TABLE ONLY public.clip
                ADD CONSTRAINT clip_pkey PRIMARY KEY (id);
            ALTER TABLE ONLY public.clip
                ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES public.camera(key);
            """ + "\n")
        #expect(reader.dialect == .postgresql)
        let table = try #require(reader.tables.first)
        #expect(table.columns.map(\.type) == ["bigint", "timestamp with time zone", "text"])
        #expect(table.columns[0].isNumberedByServer)
        #expect(table.primaryKey == ["id"])
        #expect(table.references == [.init(columns: ["id"], table: "camera", keys: ["key"])])
        #expect(rows == [["7", nil, "a\tb\\c"], ["8", nil, nil], ["9", "2026-03-28 20:00:00+00", "q'r"]])
    }

    @Test(arguments: 0..<120) func cutAnywhere(_ length: Int) throws {
        let text = "CREATE TABLE `a` (`b` int, `c` text);\nINSERT INTO `a` VALUES (1,'x\\'y'),(2,NULL),(3,'z');\n"
        let (_, rows) = try read(String(text.prefix(length)))
        #expect(rows == Array([["1", "x'y"], ["2", nil], ["3", "z"]].prefix(rows.count)), "never a row that was not written")
    }
}

@Suite struct MarkupTests {
    private static let texts = [
        #"{"version": 2, "clips": [\n {"cam": "a\"b", "t": 1, "x": {"ok": true}},\n {"cam": "c\u00e9", "t": null, "x": {"ok": false}},\n {"t": 3.5, "cam": "d", "x": {"ok": true}}\n]}"#,
        "<?xml version='1.0'?>\n<!-- <no/> --><list n=\"3\">\n<rec cam=\"a&amp;b\" t='1'>x/&#233;.mp4</rec>\n<rec cam=\"c\" t='2'>y</rec>\n<rec cam=\"d\" t='3'>z</rec>\n</list>\n",
        "{\"cam\":\"a\",\"t\":1}\n{\"cam\":\"b\",\"t\":2}\n{\"cam\":\"c\",\"t\":3}\n",
    ].map { $0.replacing("\\n", with: "\n") }

    private func read(_ text: String) -> (form: MarkupForm, rows: [[String?]])? {
        let bytes = Array(text.utf8)
        guard let example = MarkupExample(bytes) else { return nil }
        var rows: [[String?]] = []
        let isWhole = try? example.rows(ByteStream(bytes: bytes)) { rows.append($0) }
        return isWhole == true ? (example.form, rows) : nil
    }

    @Test func json() throws {
        let (form, rows) = try #require(read(Self.texts[0]))
        #expect(form.slots.map(\.name) == ["cam", "t", "x.ok"])
        #expect(rows == [["a\"b", "1", "true"], ["cé", nil, "false"], ["d", "3.5", "true"]])
        #expect(form.row(["e\\f", "7", "false"]) == #"{"cam": "e\\f", "t": 7, "x": {"ok": false}}"#)
        #expect(form.row(["e", nil, "true"]) == #"{"cam": "e", "t": null, "x": {"ok": true}}"#)
        #expect(form.row(["e", "7, \"x\": 1", "true"]) == nil, "a text cannot stand where a number does")
    }

    @Test func xml() throws {
        let (form, rows) = try #require(read(Self.texts[1]))
        #expect(form.slots.map(\.name) == ["@cam", "@t", "text"])
        #expect(rows == [["a&b", "1", "x/é.mp4"], ["c", "2", "y"], ["d", "3", "z"]])
        #expect(form.row(["<&\">", "4", "w"]) == "<rec cam=\"&lt;&amp;&quot;&gt;\" t='4'>w</rec>")
        #expect(form.header.text.hasSuffix("<list n=\"{count}\">\n") && form.separator == "\n" && form.footer.text == "\n</list>\n")
    }

    @Test func whatStandsAroundTheRowsAndTheRowsAreTheText() throws {
        for text in Self.texts.dropFirst() {
            let (form, rows) = try #require(read(text))
            let made = rows.compactMap { form.row($0) }.joined(separator: form.separator)
            var all = Fact()
            all.count = 3
            let (header, footer) = try (#require(form.header.render(all)), #require(form.footer.render(all)))
            #expect((header + made + footer).replacing("é", with: "&#233;") == text)
        }
    }

    @Test func verbatimTextAndDeclarations() throws {
        let row = { (file: String) in "<r><f><![CDATA[\(file)]]></f><n>&lt;&#x41;&amp;lt;&own;</n></r>" }
        let text =
            "\u{FEFF}<!DOCTYPE list [<!ENTITY own \"a>b\">]>\n<list>" + ["a<b&amp;.mp4", "", "c]].mp4"].map(row).joined() + "</list>"
        let (form, rows) = try #require(read(text))
        #expect(rows == [["a<b&amp;.mp4", "<A&lt;&own;"], ["", "<A&lt;&own;"], ["c]].mp4", "<A&lt;&own;"]])
        #expect(form.row(["x&y", "<"]) == "<r><f><![CDATA[x&y]]></f><n>&lt;</n></r>")
        #expect(form.row(["x]]>y", "<"]) == nil, "it would end the section")
    }

    @Test func theNumberOfRowsIsWrittenAnew() throws {
        let rows = (1...12).map { #"{"t":\#($0)}"# }.joined(separator: ",")
        let (form, _) = try #require(read(#"{"count":12,"made":"2012-12-12 10:12","by":"v12","clips":[\#(rows)],"total":12}"#))
        #expect(form.header.text == #"{{"count":{count},"made":"2012-12-12 10:12","by":"v12","clips":["#)
        #expect(form.footer.text == #"],"total":{count}}"#)
    }

    @Test func listsThatCouldNotBePutTogetherAgainAreNone() {
        let day = #"{"clips":[{"t":1},{"t":2}]}"#
        #expect(read(#"{"days":[\#(day),\#(day)]}"#) == nil)
        #expect(read("<?xml version='1.0' encoding='ISO-8859-1'?><l><r a='1'/><r a='2'/><r a='3'/></l>") == nil)
    }

    @Test func brokenTextsAreNone() {
        for text in [
            "{", "[1,2,3]", "{\"a\" 1}", "{\"a\":1}}", "[{\"a\":x}]", "<a>", "<a></b>", "<a b></a>", "<a><![CDATA[x]]></a>",
            "<a><![CDATA[x</a>", "<!DOCTYPE a [", "plain", "",
            String(repeating: "[", count: 100_000), String(repeating: "<a>", count: 100_000), "[{}, {}, {}]",
        ] {
            #expect(MarkupExample(Array(text.utf8)) == nil, "\(text.prefix(20))")
        }
        for text in Self.texts {
            for length in 0..<text.utf8.count { _ = read(String(decoding: text.utf8.prefix(length), as: UTF8.self)) }
        }
    }
}

@Suite struct FileFormTests {
    @Test func csv() throws {
        let form = try #require(LineForm([["camera;start;note", "\"a\";1;x", "\"b;c\";2;\"say \"\"hi\"\"\""]]))
        #expect(form.separator == ";")
        #expect(form.names == ["camera", "start", "note"])
        #expect(form.quoted == [true, false, false])
        #expect(form.cells("\"b;c\";2;\"say \"\"hi\"\"\"") == ["b;c", "2", "say \"hi\""])
        #expect(form.line(["b;c", "2", "say \"hi\""]) == "\"b;c\";2;\"say \"\"hi\"\"\"")
        #expect(form.cells("a;b") == nil)
    }

    @Test(arguments: ["0:u8", "3:u16be", "4:u32le", "8:u64be", "16:f32le", "24:f64be", "0:text12"]) func recordFields(_ name: String) throws
    {
        let field = try #require(RecordField(name: name))
        #expect(field.name == name)
        var record = [UInt8](repeating: 0xEE, count: 40)
        let value = name.contains("text") ? "north" : name.contains(":f") ? "12.5" : "77"
        #expect(field.write(value, into: &record))
        #expect(field.read(record[...]) == value)
        #expect(record.count == 40)
    }

    @Test(arguments: [0, 12, 256]) func recordsBehindAHeader(_ length: Int) throws {
        let facts = FactStore()
        var bytes = Array("CLIPDATA".utf8) + [UInt8](repeating: 0, count: 256)
        bytes = length == 0 ? [] : Array(bytes.prefix(length))
        if length > 8 { bytes[8] = 20 }
        for number in 0..<20 {
            var fact = Fact()
            fact.start = Int64(1_774_728_000 + number * 61) * 1_000_000
            facts.append(fact)
            var record = [UInt8](repeating: 0, count: 32)
            #expect(try #require(RecordField(name: "0:u64be")).write(String((fact.start ?? 0) / 1000), into: &record))
            #expect(try #require(RecordField(name: "8:u32be")).write(String(9000 + number * 37), into: &record))
            bytes += record
        }
        let form = try #require(RecordFinder(facts).form(bytes, fileLength: UInt64(bytes.count)))
        #expect(form.stride == 32)
        #expect(form.header.count == length)
        #expect(form.fields.first?.name == "0:u64be")
        #expect(form.count?.offset == (length > 8 ? 8 : nil))
        #expect(form.header(records: 7).map { $0.count > 8 ? $0[8] : 7 } == 7)
    }

    @Test func valuesThatDoNotFit() throws {
        var record = [UInt8](repeating: 0, count: 8)
        for (name, value) in [("0:u8", "256"), ("0:u16le", "-1"), ("0:text3", "four"), ("0:u32le", "x")] {
            let field = try #require(RecordField(name: name))
            #expect(!field.write(value, into: &record))
        }
        for name in ["0:u9", "x:u8", "0:f8", "-1:u8", "0:text0", "4"] { #expect(RecordField(name: name) == nil) }
    }
}
