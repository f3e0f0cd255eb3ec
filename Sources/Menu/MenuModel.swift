import Mounting
import Recordings
import Recovery

/// What the menu offers now, and why not what it does not: a pure function of what was seen and done.
public struct MenuModel: Sendable {
    public enum Entry: String, Sendable, CaseIterable {
        case look, mount, destination, index, clips, configuration, tools, stick, shell, leave
    }

    public enum State: Sendable, Equatable {
        case ready
        case done
        /// Recordings may be missing: the logs of these volumes are not replayed.
        case incomplete([String])
        case waiting(Reason)
    }

    public enum Reason: Sendable, Equatable {
        case nothingToMount
        case nothingMounted
        case noDestination
        case noIndex
        case noStick
    }

    public var rows: [(entry: Entry, state: State)]
    /// What a person does next.
    public var next: Entry?
    /// Why a configuration must not be restored now: said with its entry, which also captures and checks.
    public var objection: GuardRefusal?

    /// `mounted`: mounts of the session that stand now. `indexed`: segments of the index, if there is one. `isOfOthers`: it holds
    /// nothing of what is mounted. `hasClips`: some were taken out of it.
    public init(
        _ survey: MachineSurvey, mounted: [Mounted], destination: Destination?, indexed: Int?, isOfOthers: Bool = false,
        hasClips: Bool = false,
        hasStick: Bool,
        objection: GuardRefusal?
    ) {
        self.objection = objection
        let recordings = Self.sources(survey, mounted)
        let isRescued = Self.isMounted(survey, mounted)
        let isThere = destination?.isThere ?? false
        let hidden = Self.hidden(survey, mounted).map(\.volume)
        rows = Entry.allCases.compactMap { entry in
            let state: State =
                switch entry {
                case .look: .done
                case .mount where survey.volumesToRescue.isEmpty && mounted.isEmpty: .waiting(.nothingToMount)
                case .mount where !isRescued: .ready
                case .mount: hidden.isEmpty ? .done : .incomplete(hidden)
                case .destination: isThere ? .done : .ready
                case .index where recordings.isEmpty: .waiting(.nothingMounted)
                case .index where !isThere: .waiting(.noDestination)
                case .index: indexed == nil || isOfOthers ? .ready : .done
                case .clips where indexed == nil: .waiting(.noIndex)
                case .clips: hasClips && !isOfOthers ? .done : .ready
                case .stick where !hasStick: .waiting(.noStick)
                default: .ready
                }
            return (entry, state)
        }
        let way: [Entry] = [.mount, .destination, .index, .clips]
        next = way.first { entry in rows.contains { $0.entry == entry && $0.state == .ready } } ?? (hasClips ? .leave : nil)
    }

    /// Where recordings are mounted: what the index is built from. A system's own volume is no source, unless it holds them too.
    static func sources(_ survey: MachineSurvey, _ mounted: [Mounted]) -> [Mounted] {
        mounted.filter { mounted in
            let facts = survey.facts(where: { facts in
                facts.volume.path == mounted.volume || facts.volume.uuid != nil && facts.volume.uuid == mounted.uuid
            })
            return facts.isEmpty || facts.contains { $0.role != .system }
        }
    }

    /// Mounted as they stand on the disk, while what was written last is in their logs only.
    static func hidden(_ survey: MachineSurvey, _ mounted: [Mounted]) -> [Mounted] {
        mounted.filter { mounted in
            mounted.mode == .readOnly
                && survey.machine.allVolumes.contains { $0.path == mounted.volume && $0.content.needsRecovery == true }
        }
    }

    /// Every volume that holds recordings is mounted.
    private static func isMounted(_ survey: MachineSurvey, _ mounted: [Mounted]) -> Bool {
        let holders = survey.facts { $0.role == .data || $0.role == .systemAndData }
        return !mounted.isEmpty
            && holders.allSatisfy { facts in
                !facts.volume.mountPoints.isEmpty
                    || mounted.contains { $0.volume == facts.volume.path || $0.uuid != nil && $0.uuid == facts.volume.uuid }
            }
    }
}
