import Layouts

/// One thing that is known of a segment, in the form in which a recorder writes it.
enum Field: Hashable, Sendable {
    enum PathPart: String, Hashable, Sendable, CaseIterable {
        /// `cam1/2026/x.mp4`, `cam1/2026/x`, `cam1/2026`, `x.mp4`, `x`, `mp4`
        case path, pathstem, folder, name, stem, ext
    }
    enum TimeForm: Hashable, Sendable {
        case number(Measure)
        case pattern(TimePattern, Measure.Rounding)
        case part(TimePart, Measure.Rounding)
    }
    enum Instant: String, Hashable, Sendable {
        case start, end
    }
    enum Plain: String, Hashable, Sendable, CaseIterable {
        case camera, stream, kind, protected, container, codec, audio, width, height, frames, keyframes, count, volume
    }

    /// `drop`: so many folders fewer at the beginning. `backslash`: written with `\`.
    case path(PathPart, drop: Int, backslash: Bool)
    /// The folder so many steps above the file.
    case part(Int)
    /// The run of digits, counted from the end of the path without its extension.
    case digits(Int)
    case plain(Plain)
    case size(Measure)
    case duration(TimeForm)
    /// `shift`: seconds that the recorder's clock is ahead of ours.
    case time(Instant, shift: Int64, TimeForm, ZoneRules)
    /// A new number, the highest plus one: of all rows, or of those that agree in these columns.
    case number(within: [String])
    /// The value of a column in the row of the same segment in another table.
    case row(table: String, column: String)
    /// Letters or digits that only have to be unique.
    case made(String, Int)
    case null

    var isShifted: Bool { if case .time(_, let shift, _, _) = self { shift != 0 } else { false } }

    /// Nil where the fact lacks what is asked for.
    func render(_ fact: Fact) -> String? {
        switch self {
        case .path(let part, let drop, let backslash):
            let text = Self.path(fact.path, part, drop: drop)
            return backslash ? text?.replacing("/", with: "\\") : text
        case .part(let steps):
            let parts = fact.path.utf8.split(separator: 0x2F)
            return steps < parts.count ? String(parts[parts.count - 1 - steps]) : nil
        case .digits(let index): return Self.digits(fact.path, index)
        case .plain(let plain): return Self.plain(plain, fact)
        case .size(let measure): return measure.render(fact.size, Measure.sizes)
        case .duration(let form):
            guard let duration = fact.duration else { return nil }
            if case .number(let measure) = form { return measure.render(duration, Measure.times) }
            return Self.render(duration, form, .utc)
        case .time(let instant, let shift, let form, let zone):
            guard let time = instant == .start ? fact.start : fact.end else { return nil }
            return Self.render(time &+ shift &* 1_000_000, form, zone)
        case .made(let alphabet, let length): return Self.made(alphabet, length, fact)
        case .number, .row, .null: return nil
        }
    }

    private static func render(_ time: Int64, _ form: TimeForm, _ zone: ZoneRules) -> String? {
        switch form {
        case .number(let measure):
            return measure.render(zone == .utc ? time : zone.local(ofUTC: time), Measure.epochs)
        case .pattern(let pattern, let rounding):
            let rounded = rounding.rounded(time, to: pattern.resolution)
            var result = ""
            let offset = zone.offsetSeconds(atUTC: rounded)
            pattern.render(civil: rounded &+ Int64(offset) * 1_000_000, offsetSeconds: offset, into: &result)
            return result
        case .part(let part, let rounding):
            let rounded = rounding.rounded(time, to: part.step)
            return String(part.value(civil: zone == .utc ? rounded : zone.local(ofUTC: rounded)))
        }
    }

    private static func plain(_ plain: Plain, _ fact: Fact) -> String? {
        func known(_ text: String) -> String? { text.isEmpty ? nil : text }
        return switch plain {
        case .camera: known(fact.camera)
        case .stream: fact.stream
        case .kind: known(fact.kind)
        case .protected: fact.isProtected ? "1" : "0"
        case .container: known(fact.container)
        case .codec: known(fact.codec)
        case .audio: fact.audio
        case .width: fact.width.map { String($0) }
        case .height: fact.height.map { String($0) }
        case .frames: fact.frames.map { String($0) }
        case .keyframes: fact.keyframes.map { String($0) }
        case .count: String(fact.count)
        case .volume: known(fact.volume)
        }
    }

    private static func path(_ path: String, _ part: PathPart, drop: Int) -> String? {
        guard !path.isEmpty else { return nil }
        let bytes = path.utf8
        var start = bytes.startIndex
        for _ in 0..<drop {
            guard let slash = bytes[start...].firstIndex(of: 0x2F) else { return nil }
            start = bytes.index(after: slash)
        }
        let nameStart = bytes.lastIndex(of: 0x2F).map { bytes.index(after: $0) } ?? bytes.startIndex
        let dot = bytes[nameStart...].lastIndex(of: 0x2E) ?? bytes.endIndex
        switch part {
        case .path: return String(path[start...])
        case .pathstem: return start <= dot ? String(path[start..<dot]) : nil
        case .folder: return nameStart > start ? String(path[start..<bytes.index(before: nameStart)]) : ""
        case .name: return String(path[nameStart...])
        case .stem: return String(path[nameStart..<dot])
        case .ext: return dot < bytes.endIndex ? String(path[bytes.index(after: dot)...]) : ""
        }
    }

    private static func digits(_ path: String, _ index: Int) -> String? {
        let bytes = Array(path.utf8)
        var end = bytes.count
        if let dot = bytes.lastIndex(of: 0x2E), !bytes[dot...].contains(0x2F) { end = dot }
        var left = index
        while end > 0 {
            while end > 0, bytes[end - 1] < 0x30 || bytes[end - 1] > 0x39 { end -= 1 }
            var start = end
            while start > 0, bytes[start - 1] >= 0x30, bytes[start - 1] <= 0x39 { start -= 1 }
            guard start < end else { return nil }
            left -= 1
            if left == 0 { return String(decoding: bytes[start..<end], as: UTF8.self) }
            end = start
        }
        return nil
    }

    static let alphabets: [(name: String, letters: String)] = [
        ("digits", "0123456789"), ("hex", "0123456789abcdef"), ("HEX", "0123456789ABCDEF"),
        ("alnum", "abcdefghijklmnopqrstuvwxyz0123456789"),
        ("letters", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
    ]

    /// The same for the same segment, so that an export can be repeated: FNV-1a of its path and time, stirred on for each letter.
    private static func made(_ alphabet: String, _ length: Int, _ fact: Fact) -> String? {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(fact.volume)/\(fact.path)|\(fact.start ?? 0)|\(fact.camera)".utf8 {
            state = (state ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        if alphabet == "uuid" {
            // RFC 9562, version 8: made by the program's own rule.
            let hex = (0..<30).map { _ in letter("0123456789abcdef", &state) }
            return "\(String(hex[0..<8]))-\(String(hex[8..<12]))-8\(String(hex[12..<15]))-8\(String(hex[15..<18]))-\(String(hex[18..<30]))"
        }
        guard let letters = alphabets.first(where: { $0.name == alphabet })?.letters else { return nil }
        return String((0..<length).map { _ in letter(letters, &state) })
    }

    private static func letter(_ letters: String, _ state: inout UInt64) -> Character {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        let all = Array(letters)
        return all[Int((mixed ^ (mixed >> 31)) % UInt64(all.count))]
    }
}
