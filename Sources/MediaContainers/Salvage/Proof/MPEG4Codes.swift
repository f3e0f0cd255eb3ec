/// The variable-length codes of MPEG-4 part 2 (ISO/IEC 14496-2 Annex B).
enum MPEG4Codes {
    /// mcbpc of I-VOPs (Table B-6): 4 x (macroblock type - 3) + cbpc; 8 is stuffing.
    static let intraTypes = PrefixCode("1 001 010 011 0001 000001 000010 000011 000000001")
    /// mcbpc of P-VOPs (Table B-7): 4 x macroblock type + cbpc; 20 is stuffing.
    static let interTypes = PrefixCode(
        """
        1 0011 0010 000101 011 0000111 0000110 000000101 010 0000101 0000100 00000101 00011 00000100 00000011 0000011 \
        000100 000000100 000000011 000000010 000000001
        """)
    /// cbpy of intra macroblocks (Table B-8).
    static let patterns = PrefixCode("0011 00101 00100 1001 00011 0111 000010 1011 00010 000011 0101 1010 0100 1000 0110 11")
    /// Magnitudes of motion_code (Table B-12).
    static let vectors = PrefixCode(
        """
        1 01 001 0001 000011 0000101 0000100 0000011 000001011 000001010 000001001 0000010001 0000010000 0000001111 \
        0000001110 0000001101 0000001100 0000001011 0000001010 0000001001 0000001000 0000000111 0000000110 0000000101 \
        0000000100 00000000111 00000000110 00000000101 00000000100 00000000011 00000000010 000000000011 000000000010
        """)
    /// dct_dc_size_luminance and dct_dc_size_chrominance (Tables B-13 and B-14).
    static let lumaSizes = PrefixCode(
        "011 11 10 010 001 0001 00001 000001 0000001 00000001 000000001 0000000001 00000000001")
    static let chromaSizes = PrefixCode(
        "11 10 01 001 0001 00001 000001 0000001 00000001 000000001 0000000001 00000000001 000000000001")

    /// Coefficients of intra and inter blocks (Tables B-16 and B-17).
    static let intraCoefficients = Coefficients(
        more: """
            , \
            10 110 1111 01101 01100 010101 010011 010010 0010111 00011111 00011110 00011101 000100101 000100100 000100011 000100001 0000100001 0000100000 0000001111 0000001110 00000000111 00000000110 00000100000 00000100001 000001010000 000001010001 000001010010, \
            1110 010100 0010110 00011100 000100000 000011111 0000001101 00000100010 000001010011 000001010101, \
            01011 0010101 000011110 0000001100 000001010110, 010001 00011011 000011101 0000001011, \
            010000 000100010 0000001010, 001101 000011100 0000001000, 0010010 000011011 000001010100, \
            0010100 000011010 000001010111, 00011001 0000001001, 00011000 00000100011, 00010111, 000011001, 000011000, \
            0000000111, 000001011000
            """,
        last: """
            0111 001100 00010110 000010111 0000000110 00000000101 00000000100 000001011001, 001111 000010110 0000000101, \
            001110 0000000100, 0010001 00000100100, 0010000 00000100101, 0010011 000001011010, 00010101 000001011011, \
            00010100, 00010011, 00011010, 000010101, 000010100, 000010011, 000010010, 000010001, 00000100110, 00000100111, \
            000001011100, 000001011101, 000001011110, 000001011111
            """)
    static let interCoefficients = Coefficients(
        more: """
            10 1111 010101 0010111 00011111 000100101 000100100 0000100001 0000100000 00000000111 00000000110 00000100000, \
            110 010100 00011110 0000001111 00000100001 000001010000, 1110 00011101 0000001110 000001010001, \
            01101 000100011 0000001101, 01100 000100010 000001010010, 01011 0000001100 000001010011, \
            010011 0000001011 000001010100, 010010 0000001010, 010001 0000001001, 010000 0000001000, 0010110 000001010101, \
            0010101, 0010100, 00011100, 00011011, 000100001, 000100000, 000011111, 000011110, 000011101, 000011100, \
            000011011, 000011010, 00000100010, 00000100011, 000001010110, 000001010111
            """,
        last: """
            0111 000011001 00000000101, 001111 00000000100, 001110, 001101, 001100, 0010011, 0010010, 0010001, 0010000, \
            00011010, 00011001, 00011000, 00010111, 00010110, 00010101, 00010100, 00010011, 000011000, 000010111, \
            000010110, 000010101, 000010100, 000010011, 000010010, 000010001, 0000000111, 0000000110, 0000000101, \
            0000000100, 00000100100, 00000100101, 00000100110, 00000100111, 000001011000, 000001011001, 000001011010, \
            000001011011, 000001011100, 000001011101, 000001011110, 000001011111
            """)

    /// Events of a block: the zeroes before a coefficient, and whether it is the last.
    struct Coefficients {
        private let code: PrefixCode
        private let events: [(run: Int, level: Int, isLast: Bool)]
        /// RMAX by level (Tables B-21 and B-22), for coefficients that are not the last and for those that are.
        private let longestRuns: [[Int]]

        /// Groups of words: one group for each run from 0, in it one word for each level from 1.
        init(more: String, last: String) {
            var words: [String] = []
            var events: [(run: Int, level: Int, isLast: Bool)] = []
            var runs: [[Int]] = []
            for (list, isLast) in [(more, false), (last, true)] {
                var longest: [Int] = [0]
                for (run, group) in list.split(separator: ",").enumerated() {
                    let codes = group.split(separator: " ")
                    for (index, word) in codes.enumerated() {
                        words.append(String(word))
                        events.append((run, index + 1, isLast))
                        if longest.count <= index + 1 { longest.append(run) } else { longest[index + 1] = run }
                    }
                }
                runs.append(longest)
            }
            code = PrefixCode((words + ["0000011"]).joined(separator: " "))
            self.events = events
            longestRuns = runs
        }

        /// The next event; nil where the bits make no sense.
        func read(_ bits: inout BitReader) -> (run: Int, isLast: Bool)? {
            guard let index = code.read(&bits) else { return nil }
            if index < events.count { return bits.skip(1) ? (events[index].run, events[index].isLast) : nil }
            // Escapes (§7.4.1.3): a greater level, a longer run, or everything as it is.
            guard let hasOtherLevel = bits.flag() else { return nil }
            if !hasOtherLevel {
                guard let inner = code.read(&bits), inner < events.count, bits.skip(1) else { return nil }
                return (events[inner].run, events[inner].isLast)
            }
            guard let isWhole = bits.flag() else { return nil }
            if !isWhole {
                guard let inner = code.read(&bits), inner < events.count, bits.skip(1) else { return nil }
                let event = events[inner]
                return (event.run + longestRuns[event.isLast ? 1 : 0][event.level] + 1, event.isLast)
            }
            guard let isLast = bits.flag(), let run = bits.bits(6), bits.flag() == true, bits.skip(12), bits.flag() == true else {
                return nil
            }
            return (Int(run), isLast)
        }
    }
}
