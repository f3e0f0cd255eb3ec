/// Understands trees that were never seen before.
///
/// Every path proposes the ways in which it could be read; all paths vote on them; what the winners leave
/// unexplained votes again. Names in a winner become cameras, streams and kinds by how they divide time, and the
/// clocks of the files decide between readings that the digits leave open.
public enum LayoutInference {
    /// - Parameters:
    ///   - observations: a sample; some thousand files, several hundred of every kind of directory. Runs of neighbours say
    ///     more than scattered files, since they show whether segments join.
    ///   - zone: that of the place or of the server, believed only where the files do not contradict it
    /// - Returns: best first; together they explain what can be explained.
    public static func infer(_ observations: [PathObservation], zone: ZoneRules = .utc) -> [InferredLayout] {
        var run = InferenceRun(observations: observations, zone: zone)
        return run.layouts()
    }

    /// What the files say of templates that were given: how many follow each, and the zone of its times.
    /// - Returns: one for each template, in their order
    public static func judge(_ templates: [PathTemplate], _ observations: [PathObservation], zone: ZoneRules = .utc) -> [InferredLayout] {
        var run = InferenceRun(observations: observations, zone: zone)
        return templates.map { run.judge($0) }
    }
}

struct InferenceRun {
    let observations: [PathObservation]
    let zone: ZoneRules
    private let tokenised: [Int: TokenisedPath]
    private var pool: [Int]

    /// Paths longer than Linux accepts (PATH_MAX) propose and explain nothing.
    private static let longestPath = 4096
    /// Shapes that may propose in one round; more layouts than that in one tree come in later rounds.
    private static let mostProposers = 24
    private static let mostRounds = 16

    init(observations: [PathObservation], zone: ZoneRules) {
        self.observations = observations.map(InferenceRun.bounded)
        self.zone = zone
        pool = observations.indices.filter { observations[$0].isMedia && observations[$0].path.count <= InferenceRun.longestPath }
        tokenised = Dictionary(uniqueKeysWithValues: pool.map { ($0, TokenisedPath(observations[$0].path)) })
    }

    /// Values from which nothing overflows: no segment lasts a week, no clock tells a time 9000 years from now.
    private static func bounded(_ observation: PathObservation) -> PathObservation {
        var result = observation
        let clocks = -(1 << 58)...(1 << 58) as ClosedRange<Int64>
        result.durationUs = observation.durationUs.flatMap { (0..<7 * Microseconds.day).contains($0) ? $0 : nil }
        result.mtimeUs = observation.mtimeUs.flatMap { clocks.contains($0) ? $0 : nil }
        result.embeddedUs = observation.embeddedUs.flatMap { clocks.contains($0) ? $0 : nil }
        return result
    }

    /// Files that an earlier template explains are not asked again.
    mutating func judge(_ template: PathTemplate) -> InferredLayout {
        guard let hypothesis = Hypothesis(skeleton: template, prior: 0, among: pool, observations: observations, hint: zone) else {
            return InferredLayout(template: template, explained: 0, cameras: [], zone: .named(zone.identifier), confidence: 0)
        }
        var result = layout(hypothesis, [])
        let matcher = LayoutMatcher(templates: [template])
        result.template = template
        result.evidence.removeAll { $0 == .noCamera && template.contains(.camera) }
        result.cameras = Set(hypothesis.members.compactMap { matcher.match(observations[$0].path)?.fields.camera }).sorted()
        let explained = Set(hypothesis.members)
        pool.removeAll(where: explained.contains)
        return result
    }

    mutating func layouts() -> [InferredLayout] {
        let total = pool.count
        // One stray file that happens to carry a date is no layout, unless there is hardly anything else.
        let least = total < 40 ? 1 : max(2, total / 200)
        var result: [InferredLayout] = []
        for _ in 0..<InferenceRun.mostRounds where !pool.isEmpty {
            guard let (best, rivals, loose) = bestHypothesis(), best.members.count >= least else { break }
            result.append(layout(best, rivals))
            let explained = Set(best.members)
            if let rest = loose.flatMap({ others(than: explained, $0, best.prior) }) {
                result.append(rest.layout)
                pool.removeAll(where: rest.members.contains)
            }
            pool.removeAll(where: explained.contains)
        }
        // What carries no time at all, but is too much to be left without a camera.
        if pool.count >= max(1, total / 20), pool.count >= 4 || result.isEmpty {
            for timeless in timelessHypotheses() where timeless.members.count * 20 >= total {
                result.append(layout(timeless, []))
            }
        }
        return result.sorted {
            ($0.confidence * Double($0.explained), $1.template.description) > (
                $1.confidence * Double($1.explained), $0.template.description
            )
        }
    }

    /// Files in the folder of another day, as where a recording goes on past midnight: the same layout, but for what it tells
    /// a second time. Their names are understood beside those of all others.
    private func others(than explained: Set<Int>, _ loose: PathTemplate, _ prior: Double) -> (layout: InferredLayout, members: Set<Int>)? {
        let compiled = CompiledTemplate(loose)
        guard pool.contains(where: { !explained.contains($0) && count(compiled, [$0]) > 0 }),
            let all = Hypothesis(skeleton: loose, prior: prior, among: pool, observations: observations, hint: zone)
        else { return nil }
        let members = Set(all.members).subtracting(explained)
        var result = layout(all, [])
        let matcher = LayoutMatcher(templates: [all.template])
        result.explained = members.count
        result.cameras = Set(members.compactMap { matcher.match(observations[$0].path)?.fields.camera }).sorted()
        result.evidence[0] = .explains(count: members.count, of: members.count)
        return (result, members)
    }

    // MARK: Proposals

    private struct Proposal {
        var template: PathTemplate
        /// The same without what the path tells a second time.
        var loose: PathTemplate?
        var prior: Double
        /// Shapes whose paths proposed it.
        var shapes: Set<Int>
    }

    private func shapes() -> [[Int]] {
        var groups: [[UInt8]: [Int]] = [:]
        for index in pool { groups[tokenised[index]?.shape ?? [], default: []].append(index) }
        return groups.values.sorted { ($0.count, $1.first ?? 0) > ($1.count, $0.first ?? 0) }
    }

    private func proposals(_ shapes: [[Int]]) -> [Proposal] {
        var known: [PathTemplate: Int] = [:]
        var result: [Proposal] = []
        for (number, shape) in shapes.prefix(InferenceRun.mostProposers).enumerated() {
            for index in Set([shape[0], shape[shape.count / 2], shape[shape.count - 1]]).sorted() {
                guard let path = tokenised[index] else { continue }
                for reading in TimeReader(path: path).readings() {
                    guard let template = Skeleton.template(path, reading) else { continue }
                    let prior = InferenceRun.worth(reading)
                    if let place = known[template] {
                        result[place].shapes.insert(number)
                        result[place].prior = max(result[place].prior, prior)
                    } else {
                        known[template] = result.count
                        result.append(
                            Proposal(
                                template: template, loose: reading.once.flatMap { Skeleton.template(path, $0) }, prior: prior,
                                shapes: [number]))
                    }
                }
            }
        }
        return result
    }

    /// Finer times are worth more, unusual orders less.
    private static func worth(_ reading: TimeReading) -> Double {
        let fields = Set(reading.spans.map(\.field))
        var points = -reading.cost
        if !fields.isDisjoint(with: [.second, .epochSeconds, .epochMilliseconds, .epochMicroseconds]) {
            points += 3
        } else if fields.contains(.minute) {
            points += 2
        } else if fields.contains(.hour) {
            points += 0.8
        }
        if !fields.isDisjoint(with: [.milliseconds, .microseconds]) { points += 0.4 }
        return points
    }

    // MARK: Votes

    private func bestHypothesis() -> (best: Hypothesis, rivals: [Hypothesis], loose: PathTemplate?)? {
        let shapes = shapes()
        let proposals = proposals(shapes)
        let sample = InferenceRun.spread(shapes, most: 480)
        var ranked: [(proposal: Proposal, coverage: Double, rank: Double)] = []
        for proposal in proposals {
            let compiled = CompiledTemplate(proposal.template)
            let own = proposal.shapes.flatMap { InferenceRun.spread([shapes[$0]], most: 24) }
            // A few percent may be misfits; in a small group one stranger is more than that.
            guard count(compiled, own) * 10 >= own.count * 8 else { continue }
            let coverage = Double(count(compiled, sample)) / Double(max(1, sample.count))
            ranked.append((proposal, coverage, 10 * coverage + proposal.prior))
        }
        ranked.sort { ($0.rank, $1.proposal.template.description) > ($1.rank, $0.proposal.template.description) }
        var hypotheses: [(hypothesis: Hypothesis, score: Double)] = []
        for candidate in ranked.prefix(12) {
            guard
                let hypothesis = Hypothesis(
                    skeleton: candidate.proposal.template, prior: candidate.proposal.prior, among: pool, observations: observations,
                    hint: zone)
            else { continue }
            let coverage = Double(hypothesis.members.count) / Double(pool.count)
            hypotheses.append((hypothesis, hypothesis.score + 10 * coverage))
        }
        hypotheses.removeAll { $0.hypothesis.isHopeless }
        guard var best = hypotheses.max(by: { $0.score < $1.score }) else { return nil }
        // A coarser reading joins segments that the finer one shows to be apart: that is no evidence against the finer.
        if let finer = hypotheses.first(where: { $0.hypothesis.refines(best.hypothesis) }) { best = finer }
        let rivals = hypotheses.filter { $0.hypothesis.skeleton != best.hypothesis.skeleton && $0.score > best.score - 1 }
        let loose = proposals.first { $0.template == best.hypothesis.skeleton }?.loose
        return (best.hypothesis, rivals.map(\.hypothesis), loose)
    }

    private func count(_ compiled: CompiledTemplate, _ indices: [Int]) -> Int {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * compiled.operations.count + 2) { bounds in
            indices.count { index in
                observations[index].path.withUnsafeBufferPointer { path in
                    compiled.match(path, bounds) && compiled.time(path, bounds) != nil
                }
            }
        }
    }

    /// Some of every group, evenly, more of the large ones.
    private static func spread(_ groups: [[Int]], most: Int) -> [Int] {
        let total = groups.reduce(0) { $0 + $1.count }
        if total <= most { return groups.flatMap { $0 } }
        var result: [Int] = []
        var debt = 0
        for group in groups {
            for index in group {
                debt += most
                if debt >= total {
                    debt -= total
                    result.append(index)
                }
            }
        }
        return result
    }

    // MARK: Paths without time

    private func timelessHypotheses() -> [Hypothesis] {
        var result: [Hypothesis] = []
        var templates: [PathTemplate: Int] = [:]
        for index in pool {
            guard let path = tokenised[index], path.components.count <= 16 else { continue }
            guard let template = Skeleton.template(path, TimeReading(spans: [], cost: 0)) else { continue }
            templates[template, default: 0] += 1
        }
        for (template, _) in templates.sorted(by: { ($0.value, $1.key.description) > ($1.value, $0.key.description) }).prefix(4) {
            if let hypothesis = Hypothesis(skeleton: template, prior: 0, among: pool, observations: observations, hint: zone) {
                result.append(hypothesis)
            }
        }
        return result
    }

    // MARK: Results

    private func layout(_ hypothesis: Hypothesis, _ rivals: [Hypothesis]) -> InferredLayout {
        var evidence = hypothesis.evidence
        let matcher = LayoutMatcher(templates: [hypothesis.template])
        let cameras = hypothesis.members.map { matcher.match(observations[$0].path)?.fields.camera }
        let places = CameraZones(hypothesis, cameras: cameras, members: hypothesis.members.map { observations[$0] }, hint: zone)
        let zone = places.common
        evidence += zone.evidence
        for (camera, verdict) in places.zones.sorted(by: { $0.key < $1.key }) {
            evidence.append(.cameraZone(camera: camera, zone: verdict.identifier))
        }
        let other = rivals.first { swapsDays(hypothesis.template, $0.template) }
        if let other { evidence.append(.ambiguousDayMonth(other: other.template.description)) }
        let alike = Set(hypothesis.members.map { tokenised[$0]?.shape ?? [] })
        let peers = pool.count { alike.contains(tokenised[$0]?.shape ?? []) }
        evidence.insert(.explains(count: hypothesis.members.count, of: max(peers, hypothesis.members.count)), at: 0)
        let confidence = LayoutScore.confidence(
            hypothesis, peers: max(peers, hypothesis.members.count), zoneConfidence: zone.confidence, ambiguous: other != nil)
        return InferredLayout(
            template: hypothesis.template, explained: hypothesis.members.count, cameras: Set(cameras.compactMap(\.self)).sorted(),
            zone: zone.verdict, cameraZones: places.zones, confidence: confidence, evidence: evidence)
    }

    /// The same template but for the order of the date.
    private func swapsDays(_ left: PathTemplate, _ right: PathTemplate) -> Bool {
        let dates: Set<TemplateField> = [.year, .shortYear, .month, .day]
        func blurred(_ template: PathTemplate) -> [TemplatePart] {
            template.parts.map { part in
                if case .field(let field) = part, dates.contains(field) { return .field(.day) }
                return part
            }
        }
        return left != right && blurred(left) == blurred(right)
    }
}

/// How far a layout is to be believed.
enum LayoutScore {
    /// 0.55 for a date and a time of day that every file of its kind carries, 0.15 more for clocks that agree, 0.1 for
    /// segments that join, up to 0.15 for a known zone, 0.05 for many files; less 0.25 where the date could be read in
    /// another order, 0.2 without a time of day; 0.25 in all without a date. Times the share explained of paths built alike.
    static func confidence(_ hypothesis: Hypothesis, peers: Int, zoneConfidence: Double, ambiguous: Bool) -> Double {
        let share = Double(hypothesis.members.count) / Double(max(1, peers))
        guard hypothesis.clock != nil else { return 0.25 * share }
        var value = 0.55
        if let best = hypothesis.witness.agreements.first { value += 0.15 * best.ratio }
        if hypothesis.contiguity.tested >= 2 { value += 0.1 * hypothesis.contiguity.ratio }
        value += 0.15 * zoneConfidence
        value += 0.05 * min(1, Double(hypothesis.members.count) / 50)
        if ambiguous { value -= 0.25 }
        if hypothesis.timeline.resolution >= Microseconds.hour { value -= 0.2 }
        return min(1, max(0, value * share))
    }
}
