/// One frame as the stream codes it: an access unit, two fields of one frame, a VOP, a picture.
struct CodedFrame: Equatable {
    /// Where its first unit begins; it ends where the next frame begins.
    var place: StreamPlace
    var isKeyframe = false
    /// False where a decoder shows nothing for it: a VOP that is not coded, leading pictures without their reference.
    var isDisplayed = true
    /// False where a unit of it was overwritten.
    var isWhole = true
    /// `order` starts over with this frame.
    var restartsOrder = false
    /// Grows in the order of display; nil where the order of decoding is all that is known.
    var order: Int?
    /// Microseconds since 1970 (see `SEI`).
    var clock: Int64?
    /// How many units hold its picture.
    var pictureUnits = 1
    /// Bytes of the largest unit.
    var largestUnit = 0
    /// Tells the parameter sets of one camera from those of another; 0 where none were met.
    var sets: UInt64 = 0
    /// Whether its number is the one that has to follow that of the frame before; nil where nothing tells.
    var isNext: Bool?

    /// A unit of its picture.
    mutating func include(_ unit: CodedUnit) {
        largestUnit = max(largestUnit, unit.byteCount)
        if unit.isBroken { isWhole = false }
    }
}

/// Groups the units of one codec into frames.
protocol FrameGrouping {
    /// Takes the next unit; a frame that it ends is appended. False where it cannot be of this stream.
    mutating func take(_ unit: CodedUnit, into frames: inout [CodedFrame]) -> Bool
    /// The stream is over.
    mutating func finish(into frames: inout [CodedFrame])
    /// Pixels; nil where no header was met.
    var dimensions: (width: Int, height: Int)? { get }
    var frameRate: FrameRate? { get }
    /// `Track.configuration`, as far as headers were met.
    var configuration: [UInt8] { get }
    /// Whether the headers without which nothing can be decoded were met.
    var hasHeaders: Bool { get }
    /// Where headers began that no picture has followed yet.
    var openHeaders: StreamPlace? { get }
    /// The headers that the last picture refers to, each without its start code.
    var currentHeaders: [[UInt8]] { get }
}

extension FrameGrouping {
    var frameRate: FrameRate? { nil }
    var configuration: [UInt8] { [] }
    var currentHeaders: [[UInt8]] { [] }
}

/// FNV-1a: two different parameter sets have the same only by an accident of one in 2^64.
enum UnitHash {
    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return max(hash, 1)
    }
}

/// Notices a number that breaks its habit, in a stream whose numbers went up by the same step for long.
struct SteadyStep {
    private var step: Int?
    private var count = 0

    /// Steps of a kind that make a habit.
    private static let habit = 24

    /// Whether `new` is what had to follow; nil while there is no habit.
    mutating func follows(_ new: Int) -> Bool? {
        guard let step else {
            self.step = new
            count = 1
            return nil
        }
        if new == step {
            count = min(count + 1, 2 * Self.habit)
            return count > Self.habit ? true : nil
        }
        if count > Self.habit {
            // A few other steps are no new habit yet.
            count -= Self.habit / 2
            return false
        }
        self.step = new
        count = 1
        return nil
    }
}

/// Turns chunks of a stream into frames.
struct FrameScanner {
    private struct Sink: UnitSink {
        var grouping: any FrameGrouping
        var frames: [CodedFrame] = []
        var strayUnits = 0
        var firstStray: UInt64?
        var lastUnit: (place: StreamPlace, byteCount: Int, isStray: Bool)?
        var largestUnit = 0

        mutating func take(_ unit: CodedUnit) {
            let isTaken = grouping.take(unit, into: &frames)
            if !isTaken {
                strayUnits += 1
                if firstStray == nil { firstStray = unit.place.offset }
            }
            if let last = lastUnit, !last.isStray { largestUnit = max(largestUnit, last.byteCount) }
            lastUnit = (unit.place, unit.byteCount, !isTaken)
        }

        mutating func finish() {
            grouping.finish(into: &frames)
        }
    }

    let codec: VideoCodec
    private var units: UnitScanner
    private var sink: Sink
    /// How many of the sink's frames were taken.
    private var taken = 0

    /// Nil for codecs whose frames are not found by start codes.
    init?(codec: VideoCodec) {
        self.codec = codec
        units = UnitScanner(codec: codec)
        switch codec {
        case .h264: sink = Sink(grouping: H264Frames())
        case .h265: sink = Sink(grouping: H265Frames())
        case .mpeg4: sink = Sink(grouping: MPEG4Frames())
        case .mpeg2: sink = Sink(grouping: MPEG2Frames())
        default: return nil
        }
    }

    mutating func feed(_ chunk: UnsafeRawBufferPointer, offset: UInt64, packet: Int = 0, isPacket: Bool = false) {
        units.feed(chunk, offset: offset, packet: packet, isPacket: isPacket, to: &sink)
    }

    /// See `UnitScanner.isInside`.
    @inline(__always)
    var isInsideUnit: Bool { units.isInside }

    /// See `UnitScanner.pass`.
    @inline(__always)
    mutating func pass(_ count: Int, last: Int, offset: UInt64, packet: Int) {
        units.pass(count, last: last, offset: offset, packet: packet)
    }

    /// Something was lost inside the open unit.
    mutating func breakUnit() {
        units.breakUnit()
    }

    /// The stream is over.
    mutating func finish() {
        units.finish(to: &sink)
        sink.finish()
    }

    @inline(__always)
    var hasFrames: Bool { !sink.frames.isEmpty }

    /// The next of the frames that are complete.
    mutating func takeFrame() -> CodedFrame? {
        if sink.frames.count - taken <= 1, taken == 0 { return sink.frames.popLast() }
        let frame = sink.frames[taken]
        taken += 1
        if taken == sink.frames.count {
            sink.frames.removeAll(keepingCapacity: true)
            taken = 0
        }
        return frame
    }

    var headers: any FrameGrouping { sink.grouping }
    /// Units that cannot be of this stream, and where the first lies.
    var strays: (count: Int, first: UInt64?) { (sink.strayUnits, sink.firstStray) }
    var lastUnit: (place: StreamPlace, byteCount: Int, isStray: Bool)? { sink.lastUnit }
    /// Bytes of the largest unit before the last one.
    var largestUnit: Int { sink.largestUnit }
    /// Bytes fed so far.
    var position: UInt64 { units.position }
    /// Zeroes at the end of what was fed.
    var trailingZeroes: UInt64 { units.trailingZeroes }
}
