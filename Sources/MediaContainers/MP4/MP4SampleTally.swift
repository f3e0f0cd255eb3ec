/// What a run over video samples adds up to.
struct SampleTally: Equatable {
    var count = 0
    var keyframes = 0
    var firstDecode: Int64 = 0
    var firstPresentation = Int64.max
    var presentationEnd = Int64.min

    mutating func add(_ sample: TableSample) {
        if count == 0 { firstDecode = sample.decodeTime }
        count += 1
        if sample.isSync { keyframes += 1 }
        firstPresentation = min(firstPresentation, sample.presentationTime)
        presentationEnd = max(presentationEnd, sample.presentationTime &+ sample.duration)
    }

    /// The samples of a table that the edit list shows. ffmpeg decodes the others and drops the frames, so they are not counted.
    mutating func add(_ track: MovieTrack, movieTimescale: Int64) {
        let tables = track.tables
        guard tables.count > 0 else { return }
        let shown = track.edits.filter { $0.mediaTime >= 0 }
        let windows =
            shown.isEmpty
            ? [Int64.min..<Int64.max]
            : shown.map { edit in
                // No duration: nobody came back to write it, and the edit runs to the end.
                let length = edit.duration == 0 ? .max : track.ticks(edit.duration, of: movieTimescale)
                let (end, overflow) = edit.mediaTime.addingReportingOverflow(length)
                return edit.mediaTime..<(overflow ? .max : max(end, edit.mediaTime))
            }
        for window in windows {
            let times = tables.times(inside: window)
            if times.samplesInside == tables.count {
                keyframes += tables.syncCount(upTo: tables.count)
            } else {
                var cursor = SampleCursor(tables)
                while let sample = cursor.next() {
                    if sample.isSync, window.contains(sample.presentationTime) { keyframes += 1 }
                }
            }
            guard times.samplesInside > 0 else { continue }
            count += times.samplesInside
            firstPresentation = min(firstPresentation, max(times.firstPresentation, window.lowerBound))
            presentationEnd = max(presentationEnd, min(times.lastPresentationEnd, window.upperBound))
        }
    }
}
