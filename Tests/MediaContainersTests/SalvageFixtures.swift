import Foundation

@testable import MediaContainers

/// Recordings by ffmpeg whose table is taken away, and what ffprobe said of them before.
enum SalvageFixtures {
    /// A camera: an encoder and a container. `content` changes the picture, as in the recording before.
    static func record(_ name: String, _ options: String, content: Int = 0, size: String = "160x128", sound: Bool = false) throws -> [UInt8]
    {
        let file = MP4Fixtures.path("salvage-\(name)-\(content)-\(size).mov")
        if !FileManager.default.fileExists(atPath: file) {
            var arguments = ["-nostdin", "-v", "error", "-y", "-f", "lavfi"]
            arguments += ["-i", "testsrc2=s=\(size):r=25:d=4,hue=h=\(40 * content),noise=alls=12:allf=t:all_seed=\(content + 1)"]
            if sound { arguments += ["-f", "lavfi", "-i", "sine=f=\(300 + content * 70):r=8000:d=4"] }
            arguments += options.split(separator: " ").map(String.init) + ["-threads", "1", "-fflags", "+bitexact", file]
            try MP4Fixtures.run("ffmpeg", arguments)
        }
        return try MP4Fixtures.bytes(file)
    }

    /// One packet, as ffprobe sees it.
    struct Packet: Hashable {
        var offset: UInt64
        var size: UInt64
    }

    struct Truth {
        var video: [Packet] = []
        var sound: [Packet] = []
        var seconds: [Packet: Double] = [:]
        var keyframes: Set<Packet> = []
    }

    static func truth(_ bytes: [UInt8]) throws -> Truth {
        let file = MP4Fixtures.path("truth-\(UUID().uuidString).mov")
        try MP4Fixtures.store(bytes, file)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let text = try MP4Fixtures.run(
            "ffprobe", ["-v", "error", "-show_entries", "packet=codec_type,pts_time,size,pos,flags", "-of", "csv=p=0", file])
        var truth = Truth()
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count >= 5, let size = UInt64(fields[2]), let offset = UInt64(fields[3]) else { continue }
            let packet = Packet(offset: offset, size: size)
            if fields[0] == "video" {
                truth.video.append(packet)
                truth.seconds[packet] = Double(fields[1])
                if fields[4].contains("K") { truth.keyframes.insert(packet) }
            } else {
                truth.sound.append(packet)
            }
        }
        return truth
    }

    /// As a killed writer leaves it: no `moov`, and an `mdat` that runs to the end of the file. The range is that of its content.
    static func withoutTable(_ bytes: [UInt8]) -> (bytes: [UInt8], media: Range<Int>) {
        var result = bytes
        var media = 0..<bytes.count
        var position = 0
        while let size = bytes.bigEndian32(at: position), let type = bytes.bigEndian32(at: position + 4), size >= 8 {
            if type == BoxType.mdat {
                media = position + 8..<position + Int(size)
                result.replaceSubrange(position..<position + 4, with: [0, 0, 0, 0])
            } else if type == BoxType.moov {
                result.removeSubrange(position...)
                break
            }
            position += Int(size)
        }
        return (result, media)
    }

    static func reference(_ bytes: [UInt8]) throws -> SalvageReference? {
        try SalvageReference(SourceReader(MemorySource(bytes)))
    }

    struct Found {
        var description: MediaDescription
        var reference: Int?
        var video: [Packet] = []
        var sound: [Packet] = []
        var seconds: [Packet: Double] = [:]
        var keyframes: Set<Packet> = []
    }

    static func salvage(_ bytes: [UInt8], _ references: [SalvageReference]) throws -> Found? {
        let reader = SourceReader(MemorySource(bytes))
        guard let salvage = try MP4Salvage(reader, references: references) else { return nil }
        var found = Found(description: salvage.description, reference: salvage.chosenReference)
        let samples = try salvage.samples(reader)
        while let sample = try samples.next() {
            let packet = Packet(offset: sample.sourceRange.lowerBound, size: UInt64(sample.sourceRange.count))
            let track = samples.tracks[sample.track]
            guard track.isVideo else {
                found.sound.append(packet)
                continue
            }
            found.video.append(packet)
            found.seconds[packet] = Double(sample.presentationTime) / Double(track.timescale)
            if sample.isKeyframe { found.keyframes.insert(packet) }
        }
        return found
    }
}
