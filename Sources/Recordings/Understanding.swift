import Layouts
import LinuxSystem
import MediaContainers

/// What the sample of a tree taught: which templates its paths follow and how far each clock can be believed.
struct Understanding: Sendable {
    var layouts: [InferredLayout]
    /// The zone in which the index shows and reads times without an offset.
    var zone: ZoneRules
    private var matcher: LayoutMatcher
    private var perLayout: [Trust]
    private let zoneIsCertain: Bool

    struct Trust: Sendable {
        /// The zone of local times in the path.
        var zone: ZoneRules
        var mtimes: Bool
        /// Nothing showed that zone.
        var zoneIsAssumed: Bool
        /// Names a file of this layout may end with and be a recording, in lower case.
        var extensions: Set<String> = []
    }

    init(_ sampled: [ProbedFile], request: BuildRequest) {
        var observations: [PathObservation] = []
        for file in sampled {
            let media = file.description
            // What is no video must not shape the templates of what is.
            guard media != nil else { continue }
            let clock = media?.clocks.first
            observations.append(
                PathObservation(
                    path: file.file.path, volume: file.file.volume, durationUs: media?.durationMicroseconds, mtimeUs: file.modified / 1000,
                    embeddedUs: clock?.microseconds, embeddedUncertaintyUs: clock?.uncertaintyMicroseconds ?? 0,
                    sizeBytes: UInt64(clamping: file.sizeBytes), pixels: media?.video.map { $0.width &* $0.height }, isMedia: true))
        }
        // What the given templates explain is theirs; only the rest is left to inference.
        layouts = LayoutInference.judge(request.templates, observations, zone: request.zone)
        let given = LayoutMatcher(layouts: layouts)
        let rest = observations.filter { given.match($0.path) == nil }
        if !rest.isEmpty || layouts.isEmpty { layouts += LayoutInference.infer(rest, zone: request.zone) }
        if request.zoneIsCertain { layouts = layouts.map { $0.with(givenZone: request.zone) } }
        let matcher = LayoutMatcher(layouts: layouts)
        self.matcher = matcher
        zoneIsCertain = request.zoneIsCertain
        perLayout = layouts.map { layout in
            let destroyed = layout.evidence.contains { if case .mtimesDestroyed = $0 { true } else { false } }
            let zone = request.zoneIsCertain ? request.zone : layout.zone.rules ?? request.zone
            let assumed = !request.zoneIsCertain && layout.evidence.contains { if case .zoneAssumed = $0 { true } else { false } }
            return Trust(zone: zone, mtimes: !destroyed, zoneIsAssumed: assumed)
        }
        for file in sampled where file.description != nil {
            guard let match = matcher.match(file.file.path), let suffix = match.fields.ext else { continue }
            perLayout[match.layoutIndex].extensions.insert(suffix.lowercased())
        }
        let localLayout = layouts.first { if case .named = $0.zone { true } else { false } }
        zone = request.zoneIsCertain ? request.zone : localLayout?.zone.rules ?? request.zone
    }

    func match(_ path: [UInt8]) -> Match? {
        matcher.match(path).map { found in
            var trust = perLayout[found.layoutIndex]
            if !zoneIsCertain, let camera = found.fields.camera, let own = layouts[found.layoutIndex].cameraZones[camera]?.rules {
                trust.zone = own
            }
            return Match(layout: found.layoutIndex, fields: found.fields, trust: trust)
        }
    }

    /// What a layout reads in a path.
    struct Match {
        var layout: Int
        var fields: PathFields
        var trust: Trust

        /// Whether recordings of this layout end as this file does.
        var endsAsRecordingsDo: Bool { fields.ext.map { trust.extensions.contains($0.lowercased()) } ?? true }
    }
}

/// How many files follow each layout, and which cameras they name: of all files, where inference saw a sample.
struct LayoutCensus {
    private var inferred: [InferredLayout]
    private var files: [Int]
    private var cameras: [Set<String>]
    /// A hostile tree may name a camera in every file.
    private static let mostCameras = 10_000

    init(_ layouts: [InferredLayout]) {
        inferred = layouts
        files = layouts.map { _ in 0 }
        cameras = layouts.map { _ in [] }
    }

    mutating func add(_ match: Understanding.Match) {
        files[match.layout] += 1
        if let camera = match.fields.camera, cameras[match.layout].count < Self.mostCameras { cameras[match.layout].insert(camera) }
    }

    var layouts: [InferredLayout] {
        inferred.indices.map { index in
            var layout = inferred[index]
            layout.explained = files[index]
            layout.cameras = cameras[index].sorted()
            return layout
        }
    }
}

extension ProbedFile {
    /// Nil where it is no video, or was not read.
    var description: MediaDescription? {
        switch content {
        case .media(let description): description.isVideo ? description : nil
        case .known(let segment, _): MediaDescription(segment)
        default: nil
        }
    }
}

extension MediaDescription {
    /// A file of sound only is no recording of a camera. One without its tables or its head is one until the contrary is known.
    var isVideo: Bool {
        video != nil || (audio == nil && findings.contains { $0.code == .moovMissing || $0.code == .headMissing })
    }

    /// As much as the index remembers.
    fileprivate init(_ segment: Segment) {
        self.init(container: segment.container ?? .mp4)
        video = segment.video
        audio = segment.audio
        durationMicroseconds = segment.duration
        frameCount = segment.frameCount
        keyframeCount = segment.keyframeCount
        clocks = segment.embeddedClock.map { [$0] } ?? []
        state = segment.state
        playableBytes = UInt64(clamping: segment.playableBytes)
    }
}
