/// Damage in the order in which it was met, listed as far as anyone would read.
struct DamageList {
    /// A file with more is beyond a list; the state says so.
    private static let mostFindings = 100

    private(set) var findings: [MediaFinding] = []
    var isEmpty: Bool { findings.isEmpty }

    mutating func note(_ code: MediaFinding.Code, at offset: UInt64, _ detail: @autoclosure () -> String) {
        if findings.count < Self.mostFindings {
            findings.append(MediaFinding(code, at: offset, detail()))
        } else if findings.count == Self.mostFindings {
            findings.append(MediaFinding(.capReached, at: offset, "further damage is not listed"))
        }
    }
}
