import Foundation
import GRDB
import Layouts
import LinuxSystem
import MediaContainers
import Testing

@testable import Recordings

/// A folder that goes away with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/camtrace-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8], modified: Date? = nil) throws {
        let file = path + "/" + name
        try FileManager.default.createDirectory(atPath: splitPath(file).folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        if let modified { try FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: file) }
    }
}

@Suite struct StoredPathTests {
    @Test(arguments: [
        Array("quai/10.mp4".utf8), Array("é\n%41".utf8), [0xFF, 0x25, 0x41, 0x0A], Array(repeating: 0xE9, count: 255), [],
    ])
    func keepsEveryByte(bytes: [UInt8]) {
        let stored = StoredPath(bytes: bytes)
        #expect(stored.bytes == bytes)
        #expect(StoredPath(text: stored.text, encoding: stored.encoding).bytes == bytes)
    }

    @Test func brokenPercentFormsAreNoPath() {
        #expect(StoredPath(text: "a%4", encoding: "percent").bytes == nil)
        #expect(StoredPath(text: "a%zz", encoding: "percent").bytes == nil)
        #expect(StoredPath(text: "a%4", encoding: "utf-8").bytes == Array("a%4".utf8))
    }
}

@Suite struct SpoolTests {
    /// Enough to leave memory for the temporary file, so that both halves are read back in order.
    @Test func givesBackWhatItTook() throws {
        let folder = try TemporaryFolder()
        let spool = PathSpool(folder: folder.path)
        let count = 60_000
        for number in 0..<count {
            try spool.append(
                WalkedFile(
                    volume: number % 3, path: Array("camera/\(number)/".utf8) + Array(repeating: 0x78, count: number % 100),
                    inode: UInt64(number)))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        var next = 0
        try spool.forEachBatch(of: 1_000) { batch in
            for file in batch {
                #expect(
                    file.inode == UInt64(next) && file.volume == next % 3 && file.path.count == "camera/\(next)/".utf8.count + next % 100)
                next += 1
            }
        }
        #expect(next == count)
    }
}

@Suite struct SampleTests {
    @Test func isBoundedAndKeepsNeighbours() {
        var sample = PathSample()
        for number in 0..<100_000 { sample.offer(WalkedFile(volume: 0, path: Array("cam/\(number).mp4".utf8), inode: UInt64(number))) }
        let files = sample.files()
        #expect(files.count <= 4_096)
        #expect(files.count >= 200)
        let neighbours = zip(files, files.dropFirst()).count { $1.inode == $0.inode + 1 }
        #expect(neighbours * 10 >= files.count * 8)
        // From all over the tree, not only its beginning.
        #expect(files.contains { $0.inode > 50_000 })
    }

    @Test func hostileTreesOfOnlyDifferentShapesAreBounded() {
        var sample = PathSample()
        for number in 0..<20_000 {
            sample.offer(WalkedFile(volume: 0, path: Array(String(repeating: "-", count: number % 3_000).utf8) + [0x61], inode: 0))
        }
        #expect(sample.files().count <= 4_096)
    }

    @Test(arguments: [("cam1/2026-01-01/10.mp4", "x/0-0-0/0.x"), ("Front Door/a1b2", "a a/x"), ("", "")])
    func shapes(path: String, shape: String) {
        #expect(String(decoding: PathSample.shape(of: Array(path.utf8)), as: UTF8.self) == shape)
    }
}

@Suite struct RateTests {
    @Test func neighboursTellTheRate() throws {
        // 25 frames a second, names in whole seconds, one gap of a minute.
        let pairs: [(frames: Int64, gap: Int64)] = [
            (250, 10_000_000), (254, 10_000_000), (246, 10_000_000), (250, 70_000_000), (250, 10_000_000),
        ]
        let rate = try #require(Pacing.rate(pairs))
        #expect(abs(rate - 25) < 0.1)
        #expect(Pacing.rate([]) == nil)
        #expect(Pacing.rate([(1, 1_000_000_000_000)]) == nil)
    }
}

@Suite struct GuardTests {
    @Test func nothingIsWrittenInsideASource() throws {
        let folder = try TemporaryFolder()
        let root = try #require(resolvedPath(folder.path))
        let device = try FileStatus.of(path: root).device
        for destination in ["\(root)/x.ctrx", root, "\(root)/a/../b/x", "\(root)/new/folder/x"] {
            #expect(throws: RecordingsError.self) { try DestinationGuard.check(destination, against: [(path: root, device: device)]) }
        }
        // The temporary folder lies on the system's own disk.
        try DestinationGuard.check(root + "-other/x.ctrx", against: [(path: root, device: device)])
        #expect(throws: RecordingsError.self) { try DestinationGuard.check("/x.ctrx", against: [(path: "/", device: device)]) }
    }
}

@Suite struct BadSectorTests {
    private func source(_ folder: TemporaryFolder, bad: @escaping @Sendable (off_t, Int) -> Bool, bytes: [UInt8]) throws -> FileSource {
        try folder.write("file", bytes)
        var calls = SystemCalls.live
        calls.read = { descriptor, buffer, offset in
            bad(offset, buffer.count) ? .failure(Errno(EIO)) : SystemCalls.live.read(descriptor, buffer, offset)
        }
        return FileSource(try OpenFile.forReading(path: folder.path + "/file", calls: calls), byteCount: UInt64(bytes.count))
    }

    @Test func aBadPageIsZeroesAndTheRestIsRead() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7 | 1) }
        // Every read that touches the second page fails, as on a disk.
        let source = try source(folder, bad: { offset, count in offset < 8_192 && Int(offset) + count > 4_096 }, bytes: bytes)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 30_000, alignment: 1)
        defer { buffer.deallocate() }
        #expect(try source.read(at: 100, into: buffer) == 19_900)
        let got = Array(buffer[0..<19_900])
        #expect(got[..<3_996] == bytes[100..<4_096])
        #expect(got[3_996..<8_092].allSatisfy { $0 == 0 })
        #expect(got[8_092...] == bytes[8_192...])
        #expect(source.unreadablePages == [4_096])
    }

    @Test func aDyingDiskIsGivenUp() throws {
        let folder = try TemporaryFolder()
        let source = try source(folder, bad: { _, _ in true }, bytes: [UInt8](repeating: 1, count: 4 << 20))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: 1)
        defer { buffer.deallocate() }
        #expect(throws: SourceFailure.self) { _ = try source.read(at: 0, into: buffer) }
        #expect(source.unreadablePages.count == 257)
    }
}

@Suite struct JSONTests {
    @Test func keepsOrderAndEscapes() throws {
        let value: JSON = .object([
            ("schema", "x"), ("b", .array([1, true, .null, .number(0.5), .number(.nan)])), ("a", .string("\"\\\n\u{1}é")),
        ])
        #expect(value.line == #"{"schema":"x","b":[1,true,null,0.5,null],"a":"\"\\\n\u0001é"}"#)
        let parsed = try JSONSerialization.jsonObject(with: Data(value.text().utf8)) as? [String: Any]
        #expect(parsed?["a"] as? String == "\"\\\n\u{1}é")
    }
}

/// The smallest recording that is one: a JPEG of one pixel, built by hand.
let tinyPicture: [UInt8] = {
    var bytes: [UInt8] = [0xFF, 0xD8]
    bytes += [0xFF, 0xDB, 0x00, 0x43, 0x00] + [UInt8](repeating: 1, count: 64)
    bytes += [0xFF, 0xC0, 0x00, 0x0B, 0x08, 0x00, 0x01, 0x00, 0x01, 0x01, 0x01, 0x11, 0x00]
    bytes += [0xFF, 0xC4, 0x00, 0x14, 0x00, 0x01] + [UInt8](repeating: 0, count: 15) + [0x00]
    bytes += [0xFF, 0xC4, 0x00, 0x14, 0x10, 0x01] + [UInt8](repeating: 0, count: 15) + [0x00]
    bytes += [0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3F, 0x00, 0x3F, 0xFF, 0xD9]
    return bytes
}()

@Suite struct BuildTests {
    private func build(_ sources: [String], to index: String) throws -> BuildResult {
        try IndexBuilder(
            BuildRequest(
                sources: sources, indexPath: index, templates: [], zone: .utc, zoneIsCertain: false, jobs: 2, hashing: false,
                toolVersion: "test"),
            message: { $0.code }, progress: { _ in }
        ).run()
    }

    private func tree(cameras: Int, files: Int, in folder: TemporaryFolder) throws {
        for camera in 0..<cameras {
            for number in 0..<files {
                let time = Date(timeIntervalSince1970: 1_700_000_000 + Double(60 * number))
                let name = "camera\(camera)/\(1_700_000_000 + 60 * number).jpg"
                // A comment makes each picture different: the same bytes twice would be one recording.
                let comment = Array("\(camera)-\(number)".utf8)
                let picture =
                    Array(tinyPicture.prefix(2)) + [0xFF, 0xFE, 0x00, UInt8(comment.count + 2)] + comment + tinyPicture.dropFirst(2)
                try folder.write("tree/" + name, picture, modified: time)
            }
        }
    }

    @Test func aSecondBuildReadsOnlyWhatIsNew() throws {
        let folder = try TemporaryFolder()
        try tree(cameras: 2, files: 30, in: folder)
        try folder.write("tree/readme.txt", Array("hello".utf8))
        let index = folder.path + "/x.ctrx"
        let first = try build([folder.path + "/tree"], to: index)
        #expect(first.segments == 60 && first.cameras == 2 && first.otherFiles == 1 && first.reused == 0)
        try folder.write("tree/camera0/1700009000.jpg", Array(tinyPicture), modified: Date(timeIntervalSince1970: 1_700_009_000))
        let second = try build([folder.path + "/tree"], to: index)
        #expect(second.segments == 61 && second.reused == 61)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["tree", "x.ctrx"])
    }

    /// What a build leaves when it is killed between two batches: a work file with some of the rows.
    @Test func aKilledBuildIsContinued() throws {
        let folder = try TemporaryFolder()
        try tree(cameras: 2, files: 40, in: folder)
        let index = folder.path + "/x.ctrx"
        _ = try build([folder.path + "/tree"], to: index)
        let work = WorkFiles(final: index)
        let queue = try DatabaseQueue(path: index)
        try queue.write { db in
            try db.execute(sql: "DELETE FROM finding; DELETE FROM segment WHERE id > 50; DROP INDEX segment_path; DROP INDEX segment_time;")
        }
        try queue.close()
        try FileManager.default.moveItem(atPath: index, toPath: work.partial)
        let result = try build([folder.path + "/tree"], to: index)
        #expect(result.segments == 80 && result.reused == 50)

        // Killed again while it went on: both halves count.
        try FileManager.default.copyItem(atPath: index, toPath: work.resume)
        try FileManager.default.moveItem(atPath: index, toPath: work.partial)
        let half = try DatabaseQueue(path: work.resume)
        try half.write { try $0.execute(sql: "DELETE FROM segment WHERE id <= 40") }
        try half.close()
        let other = try DatabaseQueue(path: work.partial)
        try other.write { try $0.execute(sql: "DELETE FROM segment WHERE id > 40") }
        try other.close()
        let joined = try build([folder.path + "/tree"], to: index)
        #expect(joined.segments == 80 && joined.reused == 80)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["tree", "x.ctrx"])
    }

    @Test func aBrokenWorkFileOnlyCostsTime() throws {
        let folder = try TemporaryFolder()
        try tree(cameras: 1, files: 5, in: folder)
        let work = WorkFiles(final: folder.path + "/x.ctrx")
        try Data("SQLite format 3\0 and nothing of it".utf8).write(to: URL(fileURLWithPath: work.partial))
        try Data(repeating: 7, count: 9_000).write(to: URL(fileURLWithPath: work.resume))
        let result = try build([folder.path + "/tree"], to: work.final)
        #expect(result.segments == 5 && result.reused == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["tree", "x.ctrx"])
    }

    @Test func anEmptyTreeLeavesTheOldIndex() throws {
        let folder = try TemporaryFolder()
        try tree(cameras: 1, files: 3, in: folder)
        let index = folder.path + "/x.ctrx"
        _ = try build([folder.path + "/tree"], to: index)
        let before = try Data(contentsOf: URL(fileURLWithPath: index))
        try FileManager.default.removeItem(atPath: folder.path + "/tree/camera0")
        #expect(throws: RecordingsError.self) { _ = try build([folder.path + "/tree"], to: index) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: index)) == before)
    }

    @Test func theSameFootageOnTwoVolumesIsOneSegment() throws {
        let folder = try TemporaryFolder()
        try tree(cameras: 2, files: 20, in: folder)
        try FileManager.default.copyItem(atPath: folder.path + "/tree", toPath: folder.path + "/copy")
        let index = folder.path + "/x.ctrx"
        let result = try build([folder.path + "/tree", folder.path + "/copy"], to: index)
        #expect(result.segments == 40 && result.duplicates == 40 && result.cameras == 2)
        let reader = try IndexReader(path: index)
        for segment in try reader.segments() { #expect(try reader.findings(of: segment.id).map(\.code) == ["duplicate"]) }
        let check = try IndexCheck(index: reader).run(sources: [], progress: { _ in })
        #expect(check.checked == 80 && check.counts.isEmpty)
    }

    @Test func onlyOneRunWritesAnIndex() throws {
        let folder = try TemporaryFolder()
        try tree(cameras: 1, files: 3, in: folder)
        let lock = try WorkLock(folder.path + "/x.ctrx")
        #expect { _ = try build([folder.path + "/tree"], to: folder.path + "/x.ctrx") } throws: {
            if case RecordingsError.destinationBusy? = $0 as? RecordingsError { true } else { false }
        }
        lock.release()
        _ = try build([folder.path + "/tree"], to: folder.path + "/x.ctrx")
    }
}
