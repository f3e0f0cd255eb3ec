/// What a demuxer has met. Capped, so that a file made of nothing but damage does not fill the memory.
struct FindingLog {
    /// Per code. Nobody reads the hundredth place where bytes were skipped.
    static let most = 64

    private(set) var findings: [MediaFinding] = []
    private var counts: [MediaFinding.Code: Int] = [:]

    mutating func add(_ code: MediaFinding.Code, at offset: UInt64? = nil, _ detail: @autoclosure () -> String = "") {
        let count = counts[code, default: 0]
        counts[code] = count + 1
        if count < Self.most {
            findings.append(MediaFinding(code, at: offset, detail()))
        } else if count == Self.most {
            findings.append(MediaFinding(.capReached, at: offset, "more than \(Self.most) of \(code.rawValue)"))
        }
    }

    func contains(_ code: MediaFinding.Code) -> Bool {
        counts[code] != nil
    }
}
