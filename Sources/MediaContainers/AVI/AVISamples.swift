/// The frames of an AVI file as samples. AVI carries no times: the n-th chunk of a stream begins n frames after the first.
///
/// Chunks lie in decode order and nothing tells the order of presentation: presentation is given as decode time,
/// as every AVI writer that knows B-frames assumes. After lost bytes the count goes on with what is there, unless the
/// index of the file still counts what was lost.
final class AVISamples: SampleReader {
    let tracks: [Track]
    var findings: [MediaFinding] { walk.log.findings }

    private let walk: any AVIChunkWalk
    private let indexes: [Int?]
    /// Units of `scale` so far, per stream.
    private var units: [Int64]

    init(_ walk: any AVIChunkWalk) {
        self.walk = walk
        var tracks: [Track] = []
        indexes = walk.header.streams.map { stream in
            guard let track = stream.track else { return nil }
            tracks.append(track)
            return tracks.count - 1
        }
        self.tracks = tracks
        units = Array(repeating: 0, count: indexes.count)
    }

    func next() throws(SourceFailure) -> Sample? {
        while let chunk = try walk.next() {
            guard let index = indexes[chunk.stream] else { continue }
            let stream = walk.header.streams[chunk.stream]
            let isVideo = tracks[index].isVideo
            let begin = units[chunk.stream] &+ chunk.lostBefore
            let lasts = walk.header.lasts(chunk)
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
