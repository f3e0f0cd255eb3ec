/// MPEG-4 part 2 (ISO/IEC 14496-2 §6.2): start codes, and the headers that matter to an index.
enum MPEG4Visual {
    static let sequenceStart: UInt8 = 0xB0, sequenceEnd: UInt8 = 0xB1, userData: UInt8 = 0xB2
    static let groupOfVOP: UInt8 = 0xB3, visualObject: UInt8 = 0xB5, vop: UInt8 = 0xB6

    /// Start codes that a stream of natural video holds (Table 6-3).
    static func isLegal(code: UInt8) -> Bool {
        code <= 0x2F || (0xB0...0xB6).contains(code)
    }

    static func isLayer(code: UInt8) -> Bool { (0x20...0x2F).contains(code) }

    enum CodingType: UInt8 {
        case intra, predicted, bidirectional, sprite
    }
}

/// VideoObjectLayer (§6.2.3).
struct MPEG4Layer: Equatable {
    /// Ticks per second of the VOP times.
    var timeResolution = 0
    /// Ticks per VOP; nil where the rate varies or is not stated.
    var fixedIncrement: Int?
    var width = 0
    var height = 0
    /// Progressive, without sprites, partitions, resynchronisation markers or other tools that change a picture's syntax.
    var isSimple = false

    /// `unit` begins with the start code's value, 20…2F.
    init?(_ unit: UnsafeRawBufferPointer) {
        guard unit.count >= 8, MPEG4Visual.isLayer(code: unit[0]) else { return nil }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[1...]), removesEmulation: false)
        guard bits.skip(9), let identified = bits.flag() else { return nil }
        var version: UInt32 = 1
        if identified {
            guard let number = bits.bits(4), bits.skip(3) else { return nil }
            version = number
        }
        guard let aspect = bits.bits(4) else { return nil }
        if aspect == 15, !bits.skip(16) { return nil }
        guard let control = bits.flag() else { return nil }
        if control {
            guard bits.skip(3), let buffer = bits.flag() else { return nil }
            // bit rates, buffer size and occupancy with their markers
            if buffer, !bits.skip(79) { return nil }
        }
        guard let shape = bits.bits(2) else { return nil }
        if shape == 3, version != 1, !bits.skip(4) { return nil }
        guard bits.flag() == true, let resolution = bits.bits(16), resolution > 0, bits.flag() == true, let fixed = bits.flag() else {
            return nil
        }
        timeResolution = Int(resolution)
        if fixed {
            guard let increment = bits.bits(timeBits) else { return nil }
            if increment > 0 { fixedIncrement = Int(increment) }
        }
        guard shape == 0 else { return }
        guard bits.flag() == true, let w = bits.bits(13), bits.flag() == true, let h = bits.bits(13), bits.flag() == true,
            w > 0, h > 0
        else { return nil }
        width = Int(w)
        height = Int(h)
        isSimple = Self.readTools(&bits, version: version)
    }

    /// What follows the size; false where a tool is used, or where the bits end.
    private static func readTools(_ bits: inout BitReader, version: UInt32) -> Bool {
        guard bits.flag() == false, bits.skip(1), bits.bits(version == 1 ? 1 : 2) == 0, bits.flag() == false,
            let hasMatrices = bits.flag()
        else { return false }
        if hasMatrices {
            for _ in 0..<2 {
                guard let isLoaded = bits.flag() else { return false }
                // Up to 64 values, a zero ends them.
                for _ in 0..<64 where isLoaded {
                    guard let value = bits.bits(8) else { return false }
                    if value == 0 { break }
                }
            }
        }
        if version != 1, !bits.skip(1) { return false }
        // complexity_estimation_disable, resync_marker_disable, data_partitioned, newpred_enable, reduced_resolution_vop_enable
        guard bits.flag() == true, bits.flag() == true, bits.flag() == false else { return false }
        if version != 1 { guard bits.flag() == false, bits.flag() == false else { return false } }
        return true
    }

    /// The length of vop_time_increment: enough for 0 ..< timeResolution, at least 1.
    var timeBits: Int { max(1, Int.bitWidth - (timeResolution - 1).leadingZeroBitCount) }

    var macroblockCount: Int { (width + 15) / 16 * ((height + 15) / 16) }

    var frameRate: FrameRate? {
        fixedIncrement.flatMap { FrameRate(numerator: Int64(timeResolution), denominator: Int64($0)) }
    }
}

/// VideoObjectPlane (§6.2.5), its start.
struct MPEG4VOP: Equatable {
    var type: MPEG4Visual.CodingType
    /// False for a VOP that repeats the one before (vop_coded 0); true where no layer header tells.
    var isCoded = true
    /// vop_time_increment: ticks within the second; nil where no layer header tells how long it is.
    var increment: Int?
    /// Whole seconds since the VOP or time code before.
    var seconds = 0
    /// Bits behind the start code's value up to vop_coded; 0 where no layer header tells.
    var headerBits = 0

    /// `unit` begins with the start code's value, B6. Nil where the markers are wrong.
    init?(_ unit: UnsafeRawBufferPointer, layer: MPEG4Layer?) {
        guard unit.count >= 2, unit[0] == MPEG4Visual.vop, let type = MPEG4Visual.CodingType(rawValue: unit[1] >> 6) else { return nil }
        self.type = type
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[1...]), removesEmulation: false)
        guard bits.skip(2) else { return nil }
        // modulo_time_base: a one for every second since the last; more than an hour is no recording.
        var seconds = 0
        while let more = bits.flag(), more {
            seconds += 1
            if seconds > 3600 { return nil }
        }
        guard bits.flag() == true else { return nil }
        guard let layer else { return }
        guard let ticks = bits.bits(layer.timeBits), bits.flag() == true, let coded = bits.flag() else { return nil }
        increment = Int(ticks)
        isCoded = coded
        self.seconds = seconds
        headerBits = 2 + seconds + 2 + layer.timeBits + 2
    }
}
