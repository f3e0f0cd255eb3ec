/// One video stream of a transport stream: cuts its PES packets into frames and gives them their times.
struct TSVideo {
    struct Frame {
        var coded: CodedFrame
        /// Ticks of 90 kHz, unrolled; nil where its PES packet states none or another frame began in it before.
        var pts: Int64?
        var dts: Int64?
        /// The payload, where it is kept.
        var bytes: [UInt8] = []
        /// Where the last packet that carries it ends.
        var end: UInt64 = 0
        /// `PictureTrace.isTorn` and `isShifted`
        var isTorn = false
        var isShifted = false
    }

    private struct Stamp {
        var packet: Int
        var pts: Int64?
        var dts: Int64?
    }

    private(set) var scanner: FrameScanner
    private let keepsBytes: Bool
    private var timeline = TSTimeline()
    /// Those from `firstStamp` on are still to be given to a frame.
    private var stamps: [Stamp] = []
    private var firstStamp = 0
    private var packet = 0
    private var lastStamped = 0

    /// PES packet data still to come; nil where the header states no length.
    private(set) var dataLeft: Int?
    /// The last packet was padded to end with the PES packet.
    private var endedStuffed = false

    /// With `keepsBytes`: what came since the open frame began, and which packet brought it.
    private var bytes: [UInt8] = []
    private var bytesStart: UInt64 = 0
    private var carriers: [(position: UInt64, end: UInt64)] = []
    private var held: CodedFrame?
    private var isOver = false
    /// Where packets were lost, for the first frame that begins behind it.
    private var tear: (position: UInt64, isTorn: Bool, isShifted: Bool)?

    /// More than any frame has (`SourceReader.largestView`): what is longer is no frame, and is let go.
    private static let longestFrame = SourceReader.largestView
    /// PES packets that a frame may begin in before one of them is found to hold none.
    private static let mostStamps = 1024

    init?(codec: VideoCodec, keepsBytes: Bool) {
        guard let scanner = FrameScanner(codec: codec) else { return nil }
        self.scanner = scanner
        self.keepsBytes = keepsBytes
    }

    /// Whether what has arrived ends where a PES packet ends, as far as a packet can prove it.
    var endsWhole: Bool { dataLeft == 0 || endedStuffed }

    mutating func begin(_ header: PESHeader) {
        packet += 1
        var stamp = Stamp(packet: packet, pts: nil, dts: nil)
        if let pts = header.pts {
            let dts = timeline.unroll(header.dts ?? pts)
            stamp.dts = dts
            stamp.pts = dts &+ TSTimeline.difference(Int64(pts), dts)
        }
        if stamps.count - firstStamp == Self.mostStamps { firstStamp += Self.mostStamps / 2 }
        if firstStamp >= Self.mostStamps {
            stamps.removeFirst(firstStamp)
            firstStamp = 0
        }
        stamps.append(stamp)
        dataLeft = header.dataBytes
    }

    mutating func feed(_ payload: UnsafeRawBufferPointer, offset: UInt64, end: UInt64, isStuffed: Bool) {
        if let left = dataLeft { dataLeft = max(0, left - payload.count) }
        endedStuffed = isStuffed
        if keepsBytes, !payload.isEmpty {
            if bytes.count > Self.longestFrame {
                bytesStart += UInt64(bytes.count)
                bytes.removeAll()
                carriers.removeAll()
            }
            bytes.append(contentsOf: payload)
            carriers.append((scanner.position, end))
        }
        scanner.feed(payload, offset: offset, packet: packet, isPacket: true)
    }

    /// Whether packets that bring nothing but more of the open unit can be passed over.
    @inline(__always)
    mutating func isInsideUnit() -> Bool { scanner.isInsideUnit }

    /// What `feed` does with each of such packets.
    @inline(__always)
    mutating func pass(_ run: TSPackets.Run) {
        if let left = dataLeft { dataLeft = max(0, left - run.byteCount) }
        endedStuffed = run.isStuffed
        scanner.pass(run.byteCount, last: run.lastByteCount, offset: run.lastOffset, packet: packet)
    }

    /// Packets were lost: the open frame is not whole.
    mutating func interrupt() {
        scanner.breakUnit()
    }

    /// Packets were lost before the one that comes next, which begins no PES packet if it is `inside` of a picture.
    mutating func noteLoss(inside: Bool, isShifted: Bool) {
        let before = tear
        tear = (scanner.position, inside || before?.isTorn == true, isShifted || before?.isShifted == true)
    }

    mutating func finish() {
        scanner.finish()
        isOver = true
    }

    /// The frames that are complete since the last call, in the order of decoding.
    mutating func takeFrames(_ use: (Frame) -> Void) {
        guard scanner.hasFrames || isOver else { return }
        while let next = scanner.takeFrame() {
            if let frame = held { use(timed(frame, until: next.place.position)) }
            held = next
        }
        if isOver, let frame = held {
            held = nil
            use(timed(frame, until: scanner.position))
        }
    }

    private mutating func timed(_ coded: CodedFrame, until endPosition: UInt64) -> Frame {
        var frame = Frame(coded: coded)
        // The time is that of the first frame that begins in the PES packet (§2.4.3.7).
        if coded.place.packet > lastStamped {
            lastStamped = coded.place.packet
            var index = firstStamp
            while index < stamps.count, stamps[index].packet < coded.place.packet { index += 1 }
            if index < stamps.count {
                if stamps[index].packet == coded.place.packet {
                    frame.pts = stamps[index].pts
                    frame.dts = stamps[index].dts
                }
                firstStamp = index
            }
        }
        if let tear, coded.place.position >= tear.position {
            frame.isTorn = tear.isTorn
            frame.isShifted = tear.isShifted
            self.tear = nil
        }
        if keepsBytes { takeBytes(&frame, until: endPosition) }
        return frame
    }

    private mutating func takeBytes(_ frame: inout Frame, until endPosition: UInt64) {
        let from = Int(clamping: frame.coded.place.position &- bytesStart)
        let to = Int(clamping: endPosition &- bytesStart)
        guard endPosition >= bytesStart else { return frame.coded.isWhole = false }
        if frame.coded.place.position < bytesStart {
            frame.coded.isWhole = false
        } else if from <= to, to <= bytes.count {
            frame.bytes = Array(bytes[from..<to])
        }
        if to <= bytes.count {
            bytes.removeFirst(to)
            bytesStart = endPosition
        }
        var last = 0
        while last + 1 < carriers.count, carriers[last + 1].position < endPosition { last += 1 }
        if last < carriers.count {
            frame.end = carriers[last].end
            carriers.removeFirst(last)
        }
    }
}
