/// The entropy-coded data of a baseline JPEG image (ISO/IEC 10918-1 Annex F): whether it holds every block of the picture,
/// no more and no less. Nothing is reconstructed. What was overwritten inside a scan without a marker shows only here.
struct JPEGScan {
    private struct Component {
        var id: UInt8
        /// Blocks of an MCU.
        var blocks: Int
        var dc = 0
        var ac = 0
    }

    /// The codes of one Huffman table: by their first 9 bits at once, the longer ones length by length (F.2.2.3).
    private struct Table {
        static let lookBits = 9
        /// Length << 8 | value; 0 where the code is longer.
        var look = [UInt16](repeating: 0, count: 1 << lookBits)
        var values: [UInt8] = []
        /// For each length: the largest code, and what to add to a code for its index; -1 where there are none.
        var largest = [Int](repeating: -1, count: 17)
        var shift = [Int](repeating: 0, count: 17)

        /// BITS and HUFFVAL (B.2.4.2); nil where the codes do not fit.
        init?(counts: ArraySlice<UInt8>, values: ArraySlice<UInt8>) {
            self.values = Array(values)
            var code = 0, index = 0
            for (length, count) in zip(1...16, counts) {
                shift[length] = index - code
                for _ in 0..<Int(count) {
                    guard code < 1 << length, index < self.values.count else { return nil }
                    if length <= Self.lookBits {
                        let first = code << (Self.lookBits - length)
                        for entry in first..<(first + 1 << (Self.lookBits - length)) {
                            look[entry] = UInt16(length) << 8 | UInt16(self.values[index])
                        }
                    }
                    code += 1
                    index += 1
                }
                if count > 0 { largest[length] = code - 1 }
                code <<= 1
            }
        }
    }

    private var components: [Component] = []
    private var tables: [[Table?]] = [Array(repeating: nil, count: 4), Array(repeating: nil, count: 4)]
    private var restartInterval = 0
    private var units = 0

    /// True and false are proven; nil where it cannot be told: other processes than baseline, tables that the file
    /// leaves out, several scans. `bytes` are one image, SOI first.
    static func isWhole(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        var scan = JPEGScan()
        var cursor = ByteCursor(bytes)
        guard cursor.u16() == 0xFFD8 else { return false }
        while let prefix = cursor.u8() {
            guard prefix == 0xFF, var marker = cursor.u8() else { return false }
            while marker == 0xFF {
                guard let next = cursor.u8() else { return false }
                marker = next
            }
            guard let length = cursor.u16(), length >= 2, let segment = cursor.take(Int(length) - 2) else { return false }
            switch marker {
            case 0xC0, 0xC1:
                guard scan.readFrame(segment) else { return nil }
            case 0xC4:
                guard scan.readTables(segment) else { return false }
            case 0xDD:
                var inside = ByteCursor(segment)
                scan.restartInterval = Int(inside.u16() ?? 0)
            case 0xDA:
                guard let start = scan.readScan(segment) else { return nil }
                guard start, let data = cursor.take(cursor.remaining) else { return false }
                return scan.holdsEveryBlock(data)
            case 0xC2...0xCF:
                return nil
            default:
                break
            }
        }
        return false
    }

    private mutating func readFrame(_ segment: UnsafeRawBufferPointer) -> Bool {
        var cursor = ByteCursor(segment)
        guard components.isEmpty, cursor.u8() == 8, let height = cursor.u16(), let width = cursor.u16(), height > 0, width > 0,
            let count = cursor.u8(), (1...4).contains(count)
        else { return false }
        var widest = 1, highest = 1
        for _ in 0..<count {
            guard let id = cursor.u8(), let factors = cursor.u8(), cursor.skip(1) else { return false }
            let across = Int(factors >> 4), down = Int(factors & 15)
            guard (1...4).contains(across), (1...4).contains(down) else { return false }
            widest = max(widest, across)
            highest = max(highest, down)
            components.append(Component(id: id, blocks: across * down))
        }
        if count == 1 {
            // One component alone is not interleaved: an MCU is a block (A.2.2).
            components[0].blocks = 1
            widest = 1
            highest = 1
        }
        let across = (Int(width) + 8 * widest - 1) / (8 * widest), down = (Int(height) + 8 * highest - 1) / (8 * highest)
        units = across * down
        return true
    }

    private mutating func readTables(_ segment: UnsafeRawBufferPointer) -> Bool {
        var cursor = ByteCursor(segment)
        while let kind = cursor.u8() {
            guard kind >> 4 <= 1, kind & 15 <= 3, let counts = cursor.take(16) else { return false }
            let total = counts.reduce(0) { $0 + Int($1) }
            guard total <= 256, let values = cursor.take(total), let table = Table(counts: Array(counts)[...], values: Array(values)[...])
            else { return false }
            tables[Int(kind >> 4)][Int(kind & 15)] = table
        }
        return true
    }

    /// Nil where the scan holds less than the whole picture, or uses tables that are not in the file.
    private mutating func readScan(_ segment: UnsafeRawBufferPointer) -> Bool? {
        var cursor = ByteCursor(segment)
        guard !components.isEmpty, let count = cursor.u8() else { return false }
        guard Int(count) == components.count else { return nil }
        for index in components.indices {
            guard let id = cursor.u8(), let choice = cursor.u8(), components[index].id == id, choice >> 4 <= 3, choice & 15 <= 3
            else { return false }
            components[index].dc = Int(choice >> 4)
            components[index].ac = Int(choice & 15)
            if tables[0][components[index].dc] == nil || tables[1][components[index].ac] == nil { return nil }
        }
        return true
    }

    // MARK: - Blocks

    /// Entropy-coded bits; the zero behind each FF is left out.
    private struct Bits {
        let bytes: UnsafeRawBufferPointer
        var position = 0
        var cache: UInt64 = 0
        var count = 0
        /// A marker was met, at `position`.
        var isOver = false

        mutating func refill() {
            while count <= 48, !isOver {
                guard position < bytes.count else {
                    isOver = true
                    return
                }
                let byte = bytes[position]
                if byte == 0xFF {
                    guard position + 1 < bytes.count, bytes[position + 1] == 0 else {
                        isOver = true
                        return
                    }
                    position += 1
                }
                position += 1
                cache = cache << 8 | UInt64(byte)
                count += 8
            }
        }

        mutating func skip(_ bits: Int) -> Bool {
            if count < bits { refill() }
            guard count >= bits else { return false }
            count -= bits
            return true
        }

        mutating func symbol(_ table: Table) -> UInt8? {
            if count < 16 { refill() }
            // Behind the end stand ones, as the padding of the last byte does (F.1.2.3).
            let padding = max(0, 16 - count)
            let ahead = Int(
                UInt16(truncatingIfNeeded: padding == 0 ? cache >> UInt64(count - 16) : cache << UInt64(padding) | ((1 << padding) - 1)))
            let found = table.look[ahead >> (16 - Table.lookBits)]
            var length = Int(found >> 8)
            var value = UInt8(truncatingIfNeeded: found)
            if length == 0 {
                length = Table.lookBits + 1
                while length <= 16, ahead >> (16 - length) > table.largest[length] { length += 1 }
                guard length <= 16 else { return nil }
                let index = ahead >> (16 - length) + table.shift[length]
                guard table.values.indices.contains(index) else { return nil }
                value = table.values[index]
            }
            guard count >= length else { return nil }
            count -= length
            return value
        }
    }

    private func holdsEveryBlock(_ data: UnsafeRawBufferPointer) -> Bool {
        var bits = Bits(bytes: data)
        var untilRestart = restartInterval
        var restart: UInt8 = 0
        for _ in 0..<units {
            if restartInterval > 0 {
                if untilRestart == 0 {
                    guard atMarker(&bits, 0xD0 + restart) else { return false }
                    restart = (restart + 1) & 7
                    untilRestart = restartInterval
                }
                untilRestart -= 1
            }
            for component in components {
                guard let dc = tables[0][component.dc], let ac = tables[1][component.ac] else { return false }
                for _ in 0..<component.blocks {
                    guard takeBlock(&bits, dc, ac) else { return false }
                }
            }
        }
        return atMarker(&bits, 0xD9)
    }

    private func takeBlock(_ bits: inout Bits, _ dc: Table, _ ac: Table) -> Bool {
        guard let size = bits.symbol(dc), size <= 15, bits.skip(Int(size)) else { return false }
        var index = 1
        while index < 64 {
            guard let symbol = bits.symbol(ac) else { return false }
            let run = Int(symbol >> 4), size = Int(symbol & 15)
            if size == 0 {
                if run == 0 { return true }  // end of block
                guard run == 15 else { return false }
                index += 16
            } else {
                index += run + 1
                guard index <= 64, bits.skip(size) else { return false }
            }
        }
        return index == 64
    }

    /// Whether nothing but padding is left before a marker; it is stepped over.
    private func atMarker(_ bits: inout Bits, _ marker: UInt8) -> Bool {
        bits.refill()
        guard bits.count < 8, bits.isOver else { return false }
        var position = bits.position
        while position + 1 < bits.bytes.count, bits.bytes[position] == 0xFF, bits.bytes[position + 1] == 0xFF { position += 1 }
        guard position + 1 < bits.bytes.count, bits.bytes[position] == 0xFF, bits.bytes[position + 1] == marker else { return false }
        bits = Bits(bytes: bits.bytes, position: position + 2)
        return true
    }
}
