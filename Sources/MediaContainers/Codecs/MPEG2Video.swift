/// MPEG-2 video (ISO/IEC 13818-2 §6.2): start codes, and the headers that matter to an index.
enum MPEG2Video {
    static let picture: UInt8 = 0x00, userData: UInt8 = 0xB2, sequence: UInt8 = 0xB3, ext: UInt8 = 0xB5
    static let sequenceEnd: UInt8 = 0xB7, group: UInt8 = 0xB8

    static func isSlice(code: UInt8) -> Bool { (0x01...0xAF).contains(code) }
    static func isLegal(code: UInt8) -> Bool { code <= 0xB8 && code != 0xB0 && code != 0xB1 && code != 0xB6 }

    /// picture_coding_type 1, 2, 3: I, P, B (§6.3.9). `unit` begins with the start code's value, 00.
    static func pictureType(_ unit: UnsafeRawBufferPointer) -> UInt8? {
        guard unit.count >= 3, unit[0] == picture else { return nil }
        let type = unit[2] >> 3 & 7
        return (1...3).contains(type) ? type : nil
    }

    /// picture_structure of a picture coding extension: 1 top field, 2 bottom field, 3 frame (§6.3.10).
    static func pictureStructure(_ unit: UnsafeRawBufferPointer) -> UInt8? {
        guard unit.count >= 4, unit[0] == ext, unit[1] >> 4 == 8 else { return nil }
        let structure = unit[3] & 3
        return structure == 0 ? nil : structure
    }

    /// Pixels of a sequence header (§6.2.2.1).
    static func dimensions(_ unit: UnsafeRawBufferPointer) -> (width: Int, height: Int)? {
        guard unit.count >= 8, unit[0] == sequence else { return nil }
        let width = Int(unit[1]) << 4 | Int(unit[2] >> 4)
        let height = Int(unit[2] & 0x0F) << 8 | Int(unit[3])
        return width > 0 && height > 0 ? (width, height) : nil
    }
}
