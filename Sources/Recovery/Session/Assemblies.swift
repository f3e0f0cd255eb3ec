import BlockDevices
import LinuxSystem
import Mounting

/// Arrays and volume groups of a session: assembled before their volumes are looked at, taken apart when nothing of
/// theirs is mounted any more.
extension Session {
    /// Those of this boot that were not taken apart, in the order they were assembled.
    public var assemblies: [Assembled] {
        var standing: [Assembled] = []
        for entry in ledger.entries where entry.boot == Ledger.boot {
            guard let assembly = entry.assembly else { continue }
            switch (entry.step, entry.state) {
            case (.assemble, .done): standing.append(assembly)
            case (.disassemble, .done): standing.removeAll { $0.kind == assembly.kind && $0.name == assembly.name }
            default: break
            }
        }
        return standing
    }

    /// Assembles what waits for it, read-only.
    public func assemble(calls: DiskCalls = .live) throws -> [AssemblyOutcome] {
        let outcomes = try Assembly.perform(look: { Inventory.machine() }, calls: calls) { event in
            switch event {
            case .intended(let assembly): try ledger.append(.assemble, .intended) { $0.assembly = assembly }
            case .assembled(let assembly): try ledger.append(.assemble, .done) { $0.assembly = assembly }
            case .failed(let assembly, let error):
                try ledger.append(.assemble, .failed) {
                    $0.assembly = assembly
                    $0.text = error.description
                }
            }
        }
        if outcomes.contains(where: { $0.failure != nil }) { try? lowerWalls(calls) }
        return outcomes
    }

    /// Takes apart what no live mount stands on; the last assembled first. What is busy stays, and is said.
    public func disassembleUnused(calls: DiskCalls = .live) throws -> [AssemblyOutcome] {
        var rows: [AssemblyOutcome] = []
        let machine = Inventory.machine()
        let used = Set(liveMounts().flatMap { mounted in machine.paths(below: mounted.volume) })
        for assembly in assemblies.reversed() where !assembly.members.contains(where: used.contains) {
            try ledger.append(.disassemble, .intended) { $0.assembly = assembly }
            do throws(SystemError) {
                try assembly.stop(calls: calls)
            } catch {
                try ledger.append(.disassemble, .failed) {
                    $0.assembly = assembly
                    $0.text = error.description
                }
                rows.append(AssemblyOutcome(assembled: assembly, failure: error))
                continue
            }
            try ledger.append(.disassemble, .done) { $0.assembly = assembly }
            rows.append(AssemblyOutcome(assembled: assembly))
        }
        if !rows.isEmpty { try? lowerWalls(calls) }
        return rows
    }

    /// Announced and never reported: the run was killed in between. Whether there was any.
    func undoKilledAssemblies() throws -> Bool {
        var open: [LedgerEntry] = []
        for entry in ledger.entries where entry.boot == Ledger.boot && entry.assembly != nil {
            open.removeAll { $0.assembly?.kind == entry.assembly?.kind && $0.assembly?.name == entry.assembly?.name }
            if entry.state == .intended { open.append(entry) }
        }
        for entry in open.reversed() {
            guard let assembly = entry.assembly else { continue }
            try? assembly.stop()
            try ledger.append(entry.step, entry.step == .assemble ? .failed : .done) {
                $0.assembly = assembly
                $0.text = "interrupted; undone"
            }
        }
        return !open.isEmpty
    }
}
