import Foundation
import Testing

@testable import MediaContainers

/// Real files from ffmpeg, and what ffprobe says of them.
enum CodecFixture {
    struct ToolFailure: Error { var text: String }

    /// Arguments to ffmpeg between its input and the output name.
    static func make(_ name: String, _ arguments: String, audio: Bool = false, frames: Int = 50) throws -> URL {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + "-" + name)
        var input = ["-f", "lavfi", "-i", "testsrc2=size=160x128:rate=25"]
        if audio { input += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=\(Double(frames) / 25)"] }
        let list = arguments.split(separator: " ").map(String.init)
        _ = try run("ffmpeg", ["-hide_banner", "-loglevel", "error", "-y"] + input + ["-frames:v", "\(frames)"] + list + [file.path])
        return file
    }

    static func bytes(_ name: String, _ arguments: String, audio: Bool = false, frames: Int = 50) throws -> [UInt8] {
        let file = try make(name, arguments, audio: audio, frames: frames)
        defer { try? FileManager.default.removeItem(at: file) }
        return [UInt8](try Data(contentsOf: file))
    }

    static func run(_ tool: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        let out = Pipe()
        process.standardOutput = out
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ToolFailure(text: "\(tool) \(arguments) failed") }
        return String(decoding: data, as: UTF8.self)
    }

    /// Decoded frames and packets flagged K of the first video stream.
    static func probe(_ file: URL) throws -> (frames: Int, keyframes: Int) {
        let base = ["-v", "error", "-select_streams", "v:0"]
        let count = try run("ffprobe", base + ["-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", file.path])
        let frames = count.split(whereSeparator: \.isNewline).first.map { $0.split(separator: ",").first ?? "" } ?? ""
        let flags = try run("ffprobe", base + ["-show_entries", "packet=flags", "-of", "csv=p=0", file.path])
        return (Int(frames) ?? -1, flags.split(whereSeparator: \.isNewline).count { $0.contains("K") })
    }

    static func description(_ bytes: [UInt8]) throws -> MediaProbe.Outcome {
        try MediaProbe.describe(SourceReader(MemorySource(bytes)))
    }

    static func media(_ bytes: [UInt8]) throws -> MediaDescription {
        guard case .media(let description) = try description(bytes) else { throw ToolFailure(text: "not recognised") }
        return description
    }

    static func samples(_ bytes: [UInt8]) throws -> (tracks: [Track], samples: [Sample]) {
        let reader = try #require(try MediaProbe.samples(SourceReader(MemorySource(bytes))))
        var all: [Sample] = []
        while let sample = try reader.next() { all.append(sample) }
        return (reader.tracks, all)
    }

    /// The same bytes on every run.
    struct Noise: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 24) } }
    }
}
