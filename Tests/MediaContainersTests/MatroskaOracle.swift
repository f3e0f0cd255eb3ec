import Foundation
import Testing
@testable import MediaContainers

/// ffmpeg makes the files, ffprobe and mkvtoolnix say what is in them.
enum MatroskaOracle {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct Packet: Equatable {
        var time: Int64?
        var size: Int
        var isKeyframe: Bool
    }

    /// With `limit`, the process is killed as soon as the last argument, a file, has that many bytes.
    static func run(_ arguments: [String], killAt limit: Int? = nil) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let output = Pipe(), errors = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        if let limit {
            func size() -> Int {
                let attributes = try? FileManager.default.attributesOfItem(atPath: arguments.last ?? "")
                return (attributes?[.size] as? NSNumber)?.intValue ?? 0
            }
            while process.isRunning, size() < limit { Thread.sleep(forTimeInterval: 0.02) }
            kill(process.processIdentifier, SIGKILL)
        }
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        if limit == nil, process.terminationStatus != 0 {
            throw Failure(description: "\(arguments.joined(separator: " ")): status \(process.terminationStatus)")
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func inFolder<T>(_ body: (URL) throws -> T) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    /// Runs ffmpeg with `arguments`, the output file appended, and hands out its bytes and its path.
    static func made<T>(
        _ arguments: String, _ name: String, killAt limit: Int? = nil, _ body: ([UInt8], String) throws -> T
    ) throws -> T {
        try inFolder { folder in
            let path = folder.appendingPathComponent(name).path
            let words = ["ffmpeg", "-v", "error", "-y"] + arguments.split(separator: " ").map(String.init) + [path]
            _ = try run(words, killAt: limit)
            return try body([UInt8](Data(contentsOf: URL(fileURLWithPath: path))), path)
        }
    }

    static func bytes(_ arguments: String, _ name: String) throws -> [UInt8] {
        try made(arguments, name) { bytes, _ in bytes }
    }

    static func frameCount(_ path: String) throws -> Int {
        let text = try run([
            "ffprobe", "-v", "error", "-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of",
            "csv=p=0", path,
        ])
        return try #require(Int(text.split(whereSeparator: { !$0.isNumber }).first ?? ""))
    }

    /// `stream` as ffprobe selects it: `v:0`, `a:0`. `time` is `pts` or `dts`.
    static func packets(_ path: String, _ stream: String, time: String = "pts") throws -> [Packet] {
        let text = try run([
            "ffprobe", "-v", "error", "-select_streams", stream, "-show_packets", "-show_entries", "packet=\(time),size,flags", "-of",
            "csv=p=0", path,
        ])
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ",")
            guard fields.count >= 3, let size = Int(fields[1]) else { return nil }
            return Packet(time: Int64(fields[0]), size: size, isKeyframe: fields[2].hasPrefix("K"))
        }
    }

    static func describe(_ bytes: [UInt8]) throws -> MediaDescription {
        let outcome = try MediaProbe.describe(SourceReader(MemorySource(bytes)))
        guard case .media(let description) = outcome else { throw Failure(description: "\(outcome)") }
        return description
    }

    /// Every sample, with its payload.
    static func samples(_ bytes: [UInt8]) throws -> (tracks: [Track], samples: [Sample], findings: [MediaFinding]) {
        guard let reader = try MediaProbe.samples(SourceReader(MemorySource(bytes))) else { return ([], [], []) }
        var samples: [Sample] = []
        while let sample = try reader.next() { samples.append(sample) }
        return (reader.tracks, samples, reader.findings)
    }

    static func payload(_ sample: Sample, in bytes: [UInt8]) -> [UInt8] {
        sample.payload ?? Array(bytes[Int(sample.sourceRange.lowerBound)..<Int(sample.sourceRange.upperBound)])
    }
}

/// The same numbers in every run.
struct MatroskaNoise: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) ^ (state << 17)
    }
}

extension MediaDescription {
    func has(_ code: MediaFinding.Code) -> Bool {
        findings.contains { $0.code == code }
    }
}
