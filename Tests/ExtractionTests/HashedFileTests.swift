import Foundation
import LinuxSystem
import Testing

@testable import Extraction

/// The oracle is `sha256sum`.
@Suite struct HashedFileTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "hashed." + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func sha256sum(_ path: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        process.arguments = [path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output.prefix(64), as: UTF8.self)
    }

    private func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 88172645463325252
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    /// Sizes around those of a block, and enough blocks that each is used again.
    @Test(arguments: [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 9 << 20], [1000, 1 << 20, 3 << 20])
    func writtenBytesAndHashAgree(count: Int, step: Int) throws {
        try withFolder { folder in
            let bytes = noise(count)
            let file = try HashedFile(folder + "/clip", replacing: false)
            for start in stride(from: 0, to: count, by: step) {
                try bytes[start..<min(start + step, count)].withUnsafeBytes { try file.write($0) }
            }
            let (size, hash) = try file.commit()
            #expect(size == UInt64(count))
            #expect(try hash == sha256sum(folder + "/clip"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/clip")) == Data(bytes))
        }
    }

    @Test func overwrittenBytesAreInTheHash() throws {
        try withFolder { folder in
            let file = try HashedFile(folder + "/clip", replacing: false, isAppendedOnly: false)
            try noise(3 << 20).withUnsafeBytes { try file.write($0) }
            try file.overwrite([1, 2, 3], at: 5)
            try file.overwrite([4], at: 2 << 20)
            #expect(try file.commit().sha256 == sha256sum(folder + "/clip"))
        }
    }

    @Test func aFullDiskLeavesNothing() throws {
        try withFolder { folder in
            let left = Countdown(2)
            var calls = SystemCalls.live
            calls.write = { descriptor, bytes in left.isOver() ? .failure(Errno(ENOSPC)) : SystemCalls.live.write(descriptor, bytes) }
            do {
                let file = try HashedFile(folder + "/clip", replacing: false, calls: calls)
                #expect(throws: SystemError.self) { try noise(5 << 20).withUnsafeBytes { try file.write($0) } }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}

private final class Countdown: @unchecked Sendable {
    private var left: Int

    init(_ count: Int) {
        left = count
    }

    func isOver() -> Bool {
        left -= 1
        return left < 0
    }
}
