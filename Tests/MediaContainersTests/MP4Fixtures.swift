import Foundation

@testable import MediaContainers

/// Real files made by ffmpeg, each once for the whole run, and what ffprobe says of them.
enum MP4Fixtures {
    struct ToolFailure: Error, CustomStringConvertible {
        var description: String
    }

    /// 4 s of 25 frames a second with B-frames, and sound.
    static let base = make(
        "base",
        [
            "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4", "-f", "lavfi", "-i", "sine=r=48000:d=4",
            "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25", "-c:a", "aac", "-shortest",
        ])
    /// The same, `moov` first.
    static let faststart = copy("faststart", ["-movflags", "faststart"])
    static let fragmented = copy("fragmented", ["-movflags", "frag_keyframe+empty_moov+default_base_moof"])
    static let mjpeg = make("mjpeg", ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1", "-c:v", "mjpeg", "-movflags", "faststart"])
    /// A few kilobytes, for cuts at every byte.
    static let tiny = make(
        "tiny",
        [
            "-f", "lavfi", "-i", "testsrc2=s=32x32:r=25:d=0.4", "-c:v", "libx264", "-preset", "ultrafast",
            "-x264-params", "no-info=1:keyint=5", "-bf", "0", "-movflags", "faststart", "-fflags", "+bitexact",
        ])
    static let tinyFragmented = make(
        "tiny-fragmented",
        [
            "-f", "lavfi", "-i", "testsrc2=s=32x32:r=25:d=0.4", "-c:v", "libx264",
            "-preset", "ultrafast", "-x264-params", "no-info=1:keyint=5", "-bf", "0",
            "-movflags", "frag_keyframe+empty_moov+default_base_moof",
        ])

    private static let folder: URL = {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("mp4-tests-\(ProcessInfo.processInfo.processIdentifier)")
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(at: MP4Fixtures.folder) }
        return url
    }()

    /// A name for a file of this run.
    static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    static func make(_ name: String, _ arguments: [String], suffix: String = "mp4") -> Result<String, ToolFailure> {
        let target = path("\(name).\(suffix)")
        return Result { () throws(ToolFailure) in
            _ = try run("ffmpeg", ["-nostdin", "-hide_banner", "-v", "error", "-y"] + arguments + [target])
            return target
        }
    }

    /// The base file in another dress, not encoded again.
    static func copy(_ name: String, _ arguments: [String], suffix: String = "mp4") -> Result<String, ToolFailure> {
        base.flatMap { make(name, ["-i", $0, "-c", "copy"] + arguments, suffix: suffix) }
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    static func store(_ bytes: [UInt8], _ path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @discardableResult
    static func run(_ tool: String, _ arguments: [String]) throws(ToolFailure) -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        do { try process.run() } catch { throw ToolFailure(description: "\(tool): \(error)") }
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let said = String(decoding: complaint, as: UTF8.self)
        guard process.terminationStatus == 0, said.isEmpty else { throw ToolFailure(description: "\(tool) \(arguments): \(said)") }
        return String(decoding: text, as: UTF8.self)
    }

    /// Decoded video frames, key frames among the packets, the first presentation time and the stream's duration.
    static func probe(_ path: String) throws -> (frames: Int, keyframes: Int, start: Double, duration: Double) {
        let stream = try run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v:0", "-count_frames", "-of", "csv=p=0",
                "-show_entries", "stream=start_time,duration,nb_read_frames", path,
            ])
        let fields = stream.split(whereSeparator: { ",\n".contains($0) }).map(String.init)
        guard fields.count >= 3 else { throw ToolFailure(description: "ffprobe of \(path) said \(stream)") }
        let packets = try run(
            "ffprobe", ["-v", "error", "-select_streams", "v:0", "-of", "csv=p=0", "-show_entries", "packet=flags", path])
        let keys = packets.split(separator: "\n").filter { $0.contains("K") && !$0.contains("D") }.count
        return (Int(fields[2]) ?? -1, keys, Double(fields[0]) ?? -1, Double(fields[1]) ?? -1)
    }

    /// Presentation and decode time, size and flag of each packet, as ffprobe sees them.
    static func packets(_ path: String, _ stream: String) throws -> [String] {
        try run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", stream, "-of", "compact=p=0:nk=1",
                "-show_entries", "packet=pts,dts,size,flags", path,
            ]
        )
        .split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "|")
            guard fields.count >= 4 else { return nil }
            return "\(fields[0]) \(fields[1]) \(fields[2]) \(fields[3].contains("K"))"
        }
    }

    /// The hash of each decoded frame of a stream.
    static func frameHashes(_ path: String, _ stream: String) throws -> [Substring] {
        try run("ffmpeg", ["-nostdin", "-v", "error", "-i", path, "-map", "0:\(stream)", "-f", "framemd5", "-"])
            .split(separator: "\n").filter { !$0.hasPrefix("#") }
            .compactMap { $0.split(separator: ",").last }
    }

    /// Random but the same in every run.
    static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }
}

/// What the library says of bytes, and how many reads it took.
func describeMP4(_ bytes: [UInt8]) throws -> (description: MediaDescription, reads: Int) {
    let reader = SourceReader(MemorySource(bytes))
    return (try MP4File.describe(reader), reader.readCount)
}

/// All samples of a file; at most `limit`, so that an endless walk fails instead of hanging.
func samplesOfMP4(_ bytes: [UInt8], limit: Int = 1 << 20) throws -> (tracks: [Track], samples: [Sample]) {
    guard let reader = try MP4File.samples(SourceReader(MemorySource(bytes))) else { return ([], []) }
    var samples: [Sample] = []
    while samples.count < limit, let sample = try reader.next() { samples.append(sample) }
    return (reader.tracks, samples)
}

extension [UInt8] {
    /// Where the first box of a type begins after `start`: found by its name, for patching.
    func mp4Box(_ type: String, after start: Int = 0) -> Int? {
        let name = Array(type.utf8)
        guard count >= 8, start + 4 <= count - 4 else { return nil }
        return (start + 4...count - 4).first { Array(self[$0..<$0 + 4]) == name }.map { $0 - 4 }
    }

    mutating func putMP4(_ value: UInt32, at offset: Int) {
        for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(index))) }
    }

    func sizeOfMP4Box(at offset: Int) -> Int {
        self[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}
