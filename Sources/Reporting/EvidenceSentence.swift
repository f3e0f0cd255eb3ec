import Layouts
import Wording

/// Evidence for a layout, in words.
enum EvidenceSentence {
    static func text(_ evidence: Evidence, _ language: Language) -> String {
        switch evidence {
        case .explains(let count, let of): language.evidenceExplains(count, of)
        case .contiguous(let agree, let of): language.evidenceContiguous(agree, of)
        case .overlapping(let count, let of): language.evidenceOverlapping(count, of)
        case .embeddedAgrees(let agree, let of, let offset): language.evidenceEmbedded(agree, of, offset)
        case .embeddedAtEnd(let agree, let of): language.evidenceEmbeddedAtEnd(agree, of)
        case .embeddedDisagrees(let agree, let of): language.evidenceEmbeddedDisagrees(agree, of)
        case .mtimeAgrees(let agree, let of, let offset, let atStart): language.evidenceMtime(agree, of, offset, atStart: atStart)
        case .mtimesDestroyed(let agree, let of): language.evidenceMtimesDestroyed(agree, of)
        case .ambiguousDayMonth(let other): language.evidenceAmbiguous(other)
        case .zoneInPath: language.evidenceZoneInPath
        case .dstSeen(let at): language.evidenceDaylightSaving(ISO8601.format(at))
        case .dstNotFollowed(let at): language.evidenceDaylightSavingNotFollowed(ISO8601.format(at))
        case .dstUnexplained: language.evidenceDaylightSavingUnexplained
        case .zoneAssumed(let zone): language.evidenceZoneAssumed(zone)
        case .zoneGiven(let zone, let instead): language.evidenceZoneGiven(zone, instead: instead)
        case .cameraZone(let camera, let zone): language.evidenceCameraZone(camera, zone)
        case .noTimeInPath: language.evidenceNoTime
        case .noTimeOfDay: language.evidenceNoTimeOfDay
        case .noCamera: language.evidenceNoCamera
        case .cameraConstant: language.evidenceCameraConstant
        }
    }
}
