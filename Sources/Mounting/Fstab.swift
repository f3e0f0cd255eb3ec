import BlockDevices

/// What a system mounts when it starts (fstab(5)).
public struct Fstab: Sendable, Equatable {
    public private(set) var text: String

    public init(text: String) {
        self.text = text
    }

    /// One line that is no comment.
    public struct Line: Sendable, Equatable {
        /// `UUID=…`, `LABEL=…` or a device.
        public var source: String
        public var place: String
        public var type: String
    }

    public var lines: [Line] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard fields.count >= 3, !fields[0].hasPrefix("#") else { return nil }
            return Line(source: Self.unescaped(fields[0]), place: Self.unescaped(fields[1]), type: String(fields[2]))
        }
    }

    /// Where a volume was mounted, by its UUID or its label; names such as `/dev/sdb1` are no evidence.
    public func place(of volume: Volume) -> String? {
        lines.first { line in
            let source = line.source.replacingQuotes()
            return volume.uuid.map { source == "UUID=" + $0 } ?? false || volume.label.map { source == "LABEL=" + $0 } ?? false
        }?.place
    }

    /// Adds a line for a volume. `nofail`: a server must start even if a data disk is gone. False where the volume is there
    /// already, or its place is taken.
    public mutating func add(_ volume: Volume, at place: String) -> Bool {
        guard let uuid = volume.uuid, let type = volume.content.type else { return false }
        guard self.place(of: volume) == nil, !lines.contains(where: { $0.place == place }) else { return false }
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        // The last field: ext file systems are checked after the root's, the others check themselves.
        text += "UUID=\(uuid) \(Self.escaped(place)) \(type) defaults,nofail 0 \(type.hasPrefix("ext") ? 2 : 0)\n"
        return true
    }

    /// Blanks are written as octal numbers.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case " ": result += "\\040"
            case "\t": result += "\\011"
            case "\\": result += "\\134"
            default: result.append(character)
            }
        }
        return result
    }

    private static func unescaped(_ text: Substring) -> String {
        text.split(separator: "\\040", omittingEmptySubsequences: false).joined(separator: " ")
    }
}

extension String {
    fileprivate func replacingQuotes() -> String { filter { $0 != "\"" } }
}
