import Crypto
import LinuxSystem
import MediaContainers
import Recordings

/// A clip being written: the muxer, its file, and where the next piece goes.
///
/// Times inside are ticks of the output tracks, which are those of the first source: a clip of one source keeps its times exactly.
final class ClipWriter {
    let tracks: [Track]
    private(set) var sources: [Clip.Source] = []
    private let file: HashedFile
    private let muxer: any Muxer
    /// Per track: the last decode time, so that a joint never runs backwards.
    private var reached: [Int64?]
    private(set) var videoFrames = 0
    /// Clip time in ticks of the video track at which the video ends.
    private(set) var videoEnd: Int64 = 0
    private var lastVideoDuration: Int64 = 0
    let start: Int64?
    let kind: Kind

    enum Kind: String {
        case mp4, mkv

        func canCarry(_ track: Track) -> Bool {
            self == .mp4 ? MP4Writer.canCarry(track) : MatroskaWriter.canCarry(track)
        }
    }

    /// `start` is the UTC microsecond of the first frame. Track 0 is the video.
    init(temporary path: String, replacing: Bool, kind: Kind, tracks: [Track], start: Int64?) throws {
        self.kind = kind
        self.tracks = tracks
        self.start = start
        reached = tracks.map { _ in nil }
        file = try HashedFile(path, replacing: replacing, isAppendedOnly: kind == .mp4)
        switch kind {
        case .mp4: muxer = MP4Writer(sink: file, tracks: tracks, creation: start)
        case .mkv: muxer = try MatroskaWriter(sink: file, tracks: tracks, creation: start)
        }
    }

    var estimatedByteCount: UInt64 { muxer.estimatedByteCount }
    /// Microseconds.
    var duration: Int64 { Ticks.rescale(videoEnd, from: tracks[0].timescale, to: 1_000_000) }

    func begin(_ source: Clip.Source) {
        sources.append(source)
    }

    /// Adds one sample, its times already those of the clip.
    func add(_ sample: Sample, payload: UnsafeRawBufferPointer) throws {
        var sample = sample
        let last = reached[sample.track]
        if let last, sample.decodeTime <= last {
            sample.decodeTime = last + 1
            sample.presentationTime = max(sample.presentationTime, sample.decodeTime)
        }
        reached[sample.track] = sample.decodeTime
        if sample.track == 0 {
            videoFrames += 1
            // Transport streams state no durations: a frame lasts as long as the one before it did.
            if let last, sample.duration == 0 { lastVideoDuration = sample.decodeTime - last } else { lastVideoDuration = sample.duration }
            videoEnd = max(videoEnd, sample.presentationTime + max(lastVideoDuration, 0))
        }
        try muxer.add(sample, payload: payload)
    }

    /// Counts the bytes a sample came from towards the piece at hand.
    func use(_ range: Range<UInt64>, frames: Int) {
        guard var source = sources.popLast() else { return }
        source.bytes =
            source.bytes.isEmpty ? range : min(source.bytes.lowerBound, range.lowerBound)..<max(source.bytes.upperBound, range.upperBound)
        source.frames = (source.frames ?? 0) + frames
        source.duration = duration - source.clipTime
        sources.append(source)
    }

    /// The whole file under its final name, its size and its hash.
    func finish(as path: String) throws -> (sizeBytes: UInt64, sha256: String) {
        try muxer.finish()
        return try file.commit(as: path)
    }
}

/// Exact conversions between time scales.
enum Ticks {
    /// Rounded to the nearest; saturates instead of trapping on hostile times.
    static func rescale(_ value: Int64, from: Int64, to: Int64) -> Int64 {
        guard from != to, from > 0, to > 0 else { return value }
        // The product has 128 bits; only the quotient must fit.
        let product = value.magnitude.multipliedFullWidth(by: to.magnitude)
        let (low, carry) = product.low.addingReportingOverflow(from.magnitude / 2)
        let high = product.high + (carry ? 1 : 0)
        guard high < from.magnitude else { return value < 0 ? -saturated : saturated }
        let quotient = min(from.magnitude.dividingFullWidth((high, low)).quotient, saturated.magnitude)
        return value < 0 ? -Int64(quotient) : Int64(quotient)
    }

    /// Far beyond any recording, and safe to add to another time.
    private static let saturated = Int64.max / 4
}

enum Checksum {
    /// Of a file still under its temporary name; everything must have been flushed.
    static func of(_ file: AtomicFile) throws -> String {
        var hasher = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset: UInt64 = 0
        while true {
            let got = try file.read(at: offset, into: buffer)
            if got == 0 { return hexadecimal(hasher.finalize()) }
            hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[0..<got]))
            offset += UInt64(got)
        }
    }

    static func of(_ text: String) -> String {
        var hasher = SHA256()
        hasher.update(data: Array(text.utf8))
        return hexadecimal(hasher.finalize())
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
