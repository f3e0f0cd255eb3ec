/// The frames of an AVI file as samples. AVI carries no times: the n-th chunk of a stream begins n frames after the first.
///
/// Chunks lie in decode order and nothing tells the order of presentation: presentation is given as decode time,
/// as every AVI writer that knows B-frames assumes. After lost bytes the count goes on with what is there.
final class AVISamples: SampleReader {
    let tracks: [Track]
    var findings: [MediaFinding] { walker.log.findings }

    private let walker: AVIWalker
    private let indexes: [Int?]
    /// Units of `scale` so far, per stream.
    private var units: [Int64]

    init(_ walker: AVIWalker) {
        self.walker = walker
        var tracks: [Track] = []
        indexes = walker.header.streams.map { stream in
            guard let track = stream.track else { return nil }
            tracks.append(track)
            return tracks.count - 1
        }
        self.tracks = tracks
        units = Array(repeating: 0, count: indexes.count)
    }

    func next() throws(SourceFailure) -> Sample? {
        while let chunk = try walker.next() {
            guard let index = indexes[chunk.stream] else { continue }
            let stream = walker.header.streams[chunk.stream]
            let isVideo = tracks[index].isVideo
            let begin = units[chunk.stream]
            let lasts = isVideo ? 1 : stream.units(byteCount: chunk.payload.count)
            units[chunk.stream] = begin &+ lasts
            guard !chunk.payload.isEmpty else { continue }
            let time = begin &* stream.scale
            return Sample(
                track: index, decodeTime: time, presentationTime: time, duration: lasts &* stream.scale,
                isKeyframe: !isVideo || chunk.isKeyframe, sourceRange: chunk.payload)
        }
        return nil
    }
}
