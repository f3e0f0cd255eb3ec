import Foundation
import Glibc
import LinuxSystem

/// What a disk says of its own health, through `smartctl --json` (smartmontools, from version 7 on).
public enum SmartHealth {
    /// Asks one disk. It may take seconds on a disk that is failing, and is given no more than `limit`.
    public static func ask(_ path: String, limit: Double = 20, tool: String? = DiskTool.find("smartctl")) -> Health {
        guard let tool else { return Health(state: .unknown, evidence: [.noAnswer("smartctl")]) }
        // Without waking a disk that sleeps there is no answer; a recorder's disks never sleep.
        switch DiskTool.run(at: tool, ["--json=c", "--health", "--attributes", "--log=error", path], seconds: limit) {
        case .success(let answer): return judge(Array(answer.output.utf8))
        case .failure(let error):
            return Health(state: .unknown, evidence: [error.value == ETIMEDOUT ? .tooSlow(seconds: limit) : .noAnswer("smartctl")])
        }
    }

    /// Pure: the judgement of one answer.
    public static func judge(_ json: [UInt8]) -> Health {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(json)) else {
            return Health(state: .unknown, evidence: [.noAnswer("")])
        }
        var evidence: [HealthEvidence] = []
        var state = Health.State.unknown
        func worse(_ new: Health.State, _ why: HealthEvidence) {
            let order: [Health.State] = [.unknown, .good, .worn, .failing]
            if (order.firstIndex(of: new) ?? 0) > (order.firstIndex(of: state) ?? 0) { state = new }
            evidence.append(why)
        }
        if let passed = answer.smart_status?.passed {
            if passed { worse(.good, .passed) } else { worse(.failing, .selfAssessmentFailed) }
        }
        for attribute in answer.ata_smart_attributes?.table ?? [] {
            // Some drives keep other things in the upper bytes of these counters.
            let count = attribute.raw.value & 0xFFFF_FFFF
            guard count > 0 else { continue }
            switch attribute.id {
            case 5: worse(count >= manyReallocated ? .failing : .worn, .reallocatedSectors(count))
            case 197: worse(.failing, .pendingSectors(count))
            case 198: worse(.failing, .uncorrectableSectors(count))
            default: break
            }
        }
        if let log = answer.nvme_smart_health_information_log {
            if let warning = log.critical_warning, warning != 0 { worse(.failing, .criticalWarning(warning)) }
            if let errors = log.media_errors, errors > 0 { worse(.failing, .mediaErrors(errors)) }
            if let used = log.percentage_used, used >= 90 { worse(.worn, .lifeUsed(percent: used)) }
        }
        if let defects = answer.scsi_grown_defect_list, defects > 0 {
            worse(defects >= manyReallocated ? .failing : .worn, .reallocatedSectors(defects))
        }
        if let errors = answer.ata_smart_error_log?.summary?.count, errors > 0 { worse(.worn, .loggedErrors(errors)) }
        if evidence.isEmpty { evidence = [.noAnswer(answer.smartctl?.messages?.first?.string ?? "")] }
        return Health(state: state, evidence: evidence)
    }

    /// Google's study of 100,000 disks (Pinheiro et al., FAST 2007) found the first reallocations to multiply the risk already;
    /// from so many on we call a disk failing and advise to image it first.
    private static let manyReallocated: UInt64 = 100

    private struct Answer: Decodable {
        struct Status: Decodable { var passed: Bool? }
        struct Attributes: Decodable {
            struct Row: Decodable {
                struct Raw: Decodable { var value: UInt64 }
                var id: Int
                var raw: Raw
            }
            var table: [Row]
        }
        struct NVMe: Decodable {
            var critical_warning: UInt64?
            var media_errors: UInt64?
            var percentage_used: UInt64?
        }
        struct ErrorLog: Decodable {
            struct Summary: Decodable { var count: UInt64 }
            var summary: Summary?
        }
        struct Tool: Decodable {
            struct Message: Decodable { var string: String }
            var messages: [Message]?
        }
        var smart_status: Status?
        var ata_smart_attributes: Attributes?
        var nvme_smart_health_information_log: NVMe?
        var scsi_grown_defect_list: UInt64?
        var ata_smart_error_log: ErrorLog?
        var smartctl: Tool?
    }
}
