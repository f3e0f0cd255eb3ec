import Layouts
import MediaContainers

/// Wall-clock time as SubRip text, one cue per second, which VLC shows by itself when it bears the clip's name.
enum Subtitles {
    /// 24 hours are 86,400 cues; a clip longer than a week gets none beyond it.
    private static let most = 7 * 86_400

    /// A transport stream gets none: VLC 3 (measured with 3.0.24) shows no picture of one that lies beside a subtitle file.
    static func accompany(_ clip: Clip) -> Bool {
        clip.start != nil && clip.duration > 0 && clip.container != Container.mpegts.rawValue && clip.container != Container.jpeg.rawValue
    }

    static func text(for clip: Clip, zone: ZoneRules) -> String {
        var result = ""
        let seconds = min(Int((clip.duration + 999_999) / 1_000_000), most)
        var source = 0
        for second in 0..<max(seconds, 0) {
            let from = Int64(second) * 1_000_000
            // The clock is that of the piece that is playing.
            while source + 1 < clip.sources.count, clip.sources[source + 1].clipTime <= from { source += 1 }
            guard source < clip.sources.count, let start = clip.sources[source].start else { continue }
            let utc = start + from - clip.sources[source].clipTime
            result += "\(second + 1)\n\(stamp(from)) --> \(stamp(min(from + 1_000_000, clip.duration)))\n"
            result += "\(ISO8601.format(utc, zone: zone).replacing("T", with: " "))  \(clip.camera.name)\n\n"
        }
        return result
    }

    private static func stamp(_ microseconds: Int64) -> String {
        let milliseconds = microseconds / 1000
        func pad(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return
            "\(pad(milliseconds / 3_600_000, 2)):\(pad(milliseconds / 60_000 % 60, 2)):\(pad(milliseconds / 1000 % 60, 2)),\(pad(milliseconds % 1000, 3))"
    }
}
