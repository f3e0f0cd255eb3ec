import Layouts

/// A layout as the index's `meta` and `index layout --json` show it.
public enum LayoutDescription {
    public static func json(_ layout: InferredLayout) -> JSON {
        .object([
            ("template", .string(layout.template.description)),
            ("files", .integer(Int64(layout.explained))),
            ("timeZone", .string(layout.zone.identifier)),
            ("confidence", .number((layout.confidence * 1000).rounded() / 1000)),
            ("cameras", .array(layout.cameras.map(JSON.string))),
            ("evidence", .array(layout.evidence.map(json))),
        ])
    }

    static func json(_ evidence: Evidence) -> JSON {
        switch evidence {
        case .explains(let count, let of): entry("explains", [("count", JSON.optional(count)), ("of", .optional(of))])
        case .contiguous(let agree, let of): entry("contiguous", [("agree", .optional(agree)), ("of", .optional(of))])
        case .overlapping(let count, let of): entry("overlapping", [("count", .optional(count)), ("of", .optional(of))])
        case .embeddedAgrees(let agree, let of, let offset):
            entry("embeddedAgrees", [("agree", .optional(agree)), ("of", .optional(of)), ("offsetSeconds", .optional(offset))])
        case .embeddedAtEnd(let agree, let of): entry("embeddedAtEnd", [("agree", .optional(agree)), ("of", .optional(of))])
        case .embeddedDisagrees(let agree, let of): entry("embeddedDisagrees", [("agree", .optional(agree)), ("of", .optional(of))])
        case .mtimeAgrees(let agree, let of, let offset, let atStart):
            entry(
                "mtimeAgrees",
                [
                    ("agree", .optional(agree)), ("of", .optional(of)), ("offsetSeconds", .optional(offset)), ("atStart", .bool(atStart)),
                ])
        case .mtimesDestroyed(let agree, let of): entry("mtimesDestroyed", [("agree", .optional(agree)), ("of", .optional(of))])
        case .ambiguousDayMonth(let other): entry("ambiguousDayMonth", [("other", .string(other))])
        case .zoneInPath: entry("zoneInPath", [])
        case .dstSeen(let at): entry("dstSeen", [("at", .string(ISO8601.format(at)))])
        case .dstNotFollowed(let at): entry("dstNotFollowed", [("at", .string(ISO8601.format(at)))])
        case .dstUnexplained: entry("dstUnexplained", [])
        case .zoneAssumed(let zone): entry("zoneAssumed", [("zone", .string(zone))])
        case .zoneGiven(let zone, let instead): entry("zoneGiven", [("zone", .string(zone)), ("instead", .optional(instead))])
        case .cameraZone(let camera, let zone): entry("cameraZone", [("camera", .string(camera)), ("zone", .string(zone))])
        case .noTimeInPath: entry("noTimeInPath", [])
        case .noTimeOfDay: entry("noTimeOfDay", [])
        case .noCamera: entry("noCamera", [])
        case .cameraConstant: entry("cameraConstant", [])
        }
    }

    private static func entry(_ kind: String, _ members: [(String, JSON)]) -> JSON {
        .object([("kind", .string(kind))] + members)
    }
}
