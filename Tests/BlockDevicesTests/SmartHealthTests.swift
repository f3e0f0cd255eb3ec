import Foundation
import Testing

@testable import BlockDevices

/// Answers as smartctl 7.3 gives them, shortened to what is read and its surroundings.
@Suite struct SmartHealthTests {
    private func judge(_ json: String) -> Health { SmartHealth.judge(Array(json.utf8)) }

    private func ata(passed: Bool, reallocated: Int = 0, pending: Int = 0, uncorrectable: Int = 0, logged: Int = 0) -> String {
        """
        {"json_format_version":[1,0],"smartctl":{"version":[7,3],"exit_status":0},"device":{"name":"/dev/sda","type":"sat","protocol":"ATA"},
        "smart_status":{"passed":\(passed)},"ata_smart_attributes":{"revision":16,"table":[
        {"id":1,"name":"Raw_Read_Error_Rate","value":83,"worst":64,"thresh":44,"raw":{"value":218243192,"string":"218243192"}},
        {"id":5,"name":"Reallocated_Sector_Ct","value":100,"worst":100,"thresh":10,"raw":{"value":\(reallocated),"string":"0"}},
        {"id":194,"name":"Temperature_Celsius","value":36,"worst":52,"raw":{"value":73014444068,"string":"36 (0 17 0 0 0)"}},
        {"id":197,"name":"Current_Pending_Sector","value":100,"raw":{"value":\(pending),"string":"0"}},
        {"id":198,"name":"Offline_Uncorrectable","value":100,"raw":{"value":\(uncorrectable),"string":"0"}}]},
        "ata_smart_error_log":{"summary":{"revision":1,"count":\(logged)}},"temperature":{"current":36}}
        """
    }

    @Test func aGoodDisk() {
        #expect(judge(ata(passed: true)) == Health(state: .good, evidence: [.passed]))
    }

    @Test func wear() {
        #expect(judge(ata(passed: true, reallocated: 8)) == Health(state: .worn, evidence: [.passed, .reallocatedSectors(8)]))
        #expect(judge(ata(passed: true, logged: 3)) == Health(state: .worn, evidence: [.passed, .loggedErrors(3)]))
    }

    @Test func failure() {
        #expect(judge(ata(passed: false)).state == .failing)
        #expect(judge(ata(passed: true, pending: 1)).state == .failing)
        #expect(judge(ata(passed: true, uncorrectable: 1)).state == .failing)
        #expect(judge(ata(passed: true, reallocated: 100)).state == .failing)
        // What came later does not make it better.
        #expect(judge(ata(passed: false, logged: 1)).state == .failing)
    }

    @Test func upperBytesOfACounterAreSomethingElse() {
        #expect(judge(ata(passed: true, reallocated: 7 << 32)).state == .good)
    }

    @Test func nvme() {
        func answer(warning: Int = 0, used: Int = 3, errors: Int = 0) -> Health {
            judge(
                """
                {"smartctl":{"exit_status":0},"device":{"type":"nvme"},"smart_status":{"passed":\(warning == 0),"nvme":{"value":\(warning)}},
                "nvme_smart_health_information_log":{"critical_warning":\(warning),"temperature":41,"available_spare":100,
                "percentage_used":\(used),"power_on_hours":8123,"media_errors":\(errors),"num_err_log_entries":12}}
                """)
        }
        #expect(answer() == Health(state: .good, evidence: [.passed]))
        #expect(answer(used: 97) == Health(state: .worn, evidence: [.passed, .lifeUsed(percent: 97)]))
        #expect(answer(errors: 2) == Health(state: .failing, evidence: [.passed, .mediaErrors(2)]))
        #expect(answer(warning: 4).evidence == [.selfAssessmentFailed, .criticalWarning(4)])
    }

    @Test func scsi() {
        func answer(defects: Int) -> Health {
            judge(#"{"device":{"protocol":"SCSI"},"smart_status":{"passed":true},"scsi_grown_defect_list":\#(defects)}"#)
        }
        #expect(answer(defects: 0).state == .good)
        #expect(answer(defects: 12).state == .worn)
        #expect(answer(defects: 4000).state == .failing)
    }

    @Test func noAnswer() {
        let refused = #"""
            {"smartctl":{"messages":[{"string":"Smartctl open device: /dev/sda failed: DELL or MegaRaid controller, please try adding '-d megaraid,N'","severity":"error"}],"exit_status":2}}
            """#
        guard case .noAnswer(let why)? = judge(refused).evidence.first else {
            Issue.record("expected the reason")
            return
        }
        #expect(why.contains("megaraid,N"))
        #expect(judge(refused).state == .unknown)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "\u{0}\u{0}", #"{"smart_status":7}"#, #"{"ata_smart_attributes":{"table":[{"id":5}]}}"#,
        #"{"ata_smart_attributes":{"table":[{"id":5,"raw":{"value":-1}}]}}"#,
        #"{"scsi_grown_defect_list":99999999999999999999999999}"#, "<html>", String(repeating: "[", count: 20000),
    ])
    func garbageSaysNothing(json: String) {
        #expect(judge(json).state == .unknown)
        #expect(!judge(json).evidence.isEmpty)
    }

    private func ask(_ script: String, limit: Double = 20) throws -> Health {
        let scratch = try Scratch()
        try scratch.write("smartctl", Array("#!/bin/sh\n\(script)\n".utf8))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch.path + "/smartctl")
        // A process that another test starts just now may still have the file open for writing (ETXTBSY).
        for _ in 1...20 {
            let health = SmartHealth.ask("/dev/sdx", limit: limit, tool: scratch.path + "/smartctl")
            if health.evidence != [.noAnswer("smartctl")] { return health }
            usleep(50_000)
        }
        return Health(state: .unknown, evidence: [.noAnswer("smartctl")])
    }

    @Test func asksTheTool() throws {
        let good = try ask(#"test "$5" = /dev/sdx && echo '{"smart_status":{"passed":true}}'; exit 4"#)
        #expect(good == Health(state: .good, evidence: [.passed]))
        #expect(try ask("exit 2") == Health(state: .unknown, evidence: [.noAnswer("")]))
        #expect(SmartHealth.ask("/dev/sdx", tool: nil) == Health(state: .unknown, evidence: [.noAnswer("smartctl")]))
        // More than a pipe holds.
        #expect(try ask("head -c 1000000 /dev/zero").state == .unknown)
    }

    /// A process that waits for a dead disk inside the kernel does not end when it is told to; its child stands for it here.
    @Test func aDiskThatNeverAnswers() throws {
        let clock = ContinuousClock()
        var health: Health?
        let took = try clock.measure { health = try ask("trap '' TERM; sleep 30; sleep 30", limit: 0.5) }
        #expect(health == Health(state: .unknown, evidence: [.tooSlow(seconds: 0.5)]))
        #expect(took < .seconds(10))
    }

    @Test func aStatusWithoutAVerdictIsNone() {
        #expect(judge(#"{"smart_status":{}}"#).state == .unknown)
    }
}
