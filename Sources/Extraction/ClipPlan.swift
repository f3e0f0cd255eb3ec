import LinuxSystem
import MediaContainers
import Recordings

/// What the user asked for.
public struct ClipRequest: Sendable {
    public enum ContainerChoice: String, Sendable, CaseIterable {
        /// Bytes as recorded where a whole segment is wanted and players open it as it is; MP4 or Matroska where it must be
        /// cut, joined or mended.
        case automatic
        case original, mp4, mkv
    }
    public var selection: IndexReader.Selection
    public var container: ContainerChoice
    /// Consecutive segments become one clip.
    public var join: Bool
    /// No file is larger than this many bytes.
    public var largestFile: UInt64?
    public var subtitles: Bool

    public init(selection: IndexReader.Selection, container: ContainerChoice, join: Bool, largestFile: UInt64?, subtitles: Bool) {
        self.selection = selection
        self.container = container
        self.join = join
        self.largestFile = largestFile
        self.subtitles = subtitles
    }
}

/// Segments of one camera and stream that belong into one clip (or several, where a limit or a change of format cuts it).
public struct PlannedRun: Sendable {
    public var camera: IndexReader.Camera
    public var stream: String?
    public var segments: [Segment]

    /// UTC microseconds.
    public var start: Int64? { segments.first?.start }
    public var end: Int64? { segments.last?.end }
    public var sourceBytes: Int64 { segments.reduce(0) { $0 &+ $1.sizeBytes } }
}

/// A stretch without footage between two runs of one camera and stream.
public struct Gap: Sendable, Equatable {
    public var camera: String
    public var stream: String?
    public var from: Int64
    public var to: Int64
}

/// What will be written, before anything is.
public struct ClipPlan: Sendable {
    public var request: ClipRequest
    public var runs: [PlannedRun] = []
    public var gaps: [Gap] = []
    /// Selected, but nothing of them can be played.
    public var unplayable: [Segment] = []

    /// Recorders name files to the second and start them at a key frame: what lies within this of the end before is contiguous.
    static let contiguity: Int64 = 1_500_000

    public init(_ request: ClipRequest, index: IndexReader) throws {
        self.request = request
        let cameras = Dictionary(try index.cameras().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let unknown = IndexReader.Camera(id: 0, key: "unknown", name: "unknown")
        var previous: Segment?
        var reached: Int64?
        var pictures: [PlannedRun] = []
        try index.forEachSegment(request.selection) { segment in
            // As recorded, a file goes out even if only its bytes can be saved.
            guard segment.state != .empty,
                request.container == .original || segment.video != nil && segment.frameCount != 0 && segment.state != .unreadable
            else {
                unplayable.append(segment)
                return
            }
            let camera = segment.cameraID.flatMap { cameras[$0] } ?? unknown
            // A picture taken while the camera records is no part of the recording, and no break in it.
            if segment.container == .jpeg {
                pictures.append(PlannedRun(camera: camera, stream: segment.stream, segments: [segment]))
                return
            }
            let sameLine = previous.map { $0.cameraID == segment.cameraID && $0.stream == segment.stream } ?? false
            if !sameLine { reached = nil }
            var contiguous = false
            if sameLine, let start = segment.start, let end = reached {
                contiguous = abs(start - end) <= Self.contiguity
                if start - end > Self.contiguity { gaps.append(Gap(camera: camera.key, stream: segment.stream, from: end, to: start)) }
            }
            if request.join, contiguous, previous?.container == segment.container || request.container != .original,
                request.container != .original || segment.container.map(Self.canBeConcatenated) == true
            {
                runs[runs.count - 1].segments.append(segment)
            } else {
                runs.append(PlannedRun(camera: camera, stream: segment.stream, segments: [segment]))
            }
            if let end = segment.end { reached = max(reached ?? end, end) }
            previous = segment
        }
        runs += pictures
    }

    /// Whether a run leaves as the bytes of its file.
    func isCopied(_ run: PlannedRun) -> Bool {
        // A single picture is no film, whatever was asked for.
        if run.segments.first?.container == .jpeg { return true }
        switch request.container {
        case .original: return true
        case .mp4, .mkv: return false
        case .automatic:
            guard run.segments.count == 1, let segment = run.segments.first, segment.state == .complete else { return false }
            switch segment.container {
            case .mp4, .fmp4, .matroska, .webm, .avi: break
            case .mpegts where !request.subtitles: break
            default: return false
            }
            if let limit = request.largestFile, UInt64(clamping: segment.sizeBytes) > limit { return false }
            guard let start = segment.start, let end = segment.end else {
                return request.selection.from == nil && request.selection.to == nil
            }
            return (request.selection.from ?? start) <= start && (request.selection.to ?? end) >= end
        }
    }

    /// Containers whose files one after the other are again a file of that container.
    static func canBeConcatenated(_ container: Container) -> Bool {
        switch container {
        case .mpegts, .h264, .h265, .mpeg4, .mjpeg: true
        default: false
        }
    }
}

/// What was written.
public struct Clip: Sendable, Codable {
    /// Relative to the output folder.
    public var file: String
    public var camera: IndexReader.Camera
    public var stream: String?
    public var container: String
    public var video: VideoFormat?
    public var audio: AudioCodec?
    /// UTC microseconds of the first frame.
    public var start: Int64?
    public var duration: Int64
    public var frameCount: Int?
    public var timeSource: Segment.TimeSource
    public var timeUncertainty: Int64?
    public var sizeBytes: UInt64 = 0
    public var sha256 = ""
    public var sources: [Source] = []
    public var losses: [Loss] = []

    /// A part of a file that a clip was made from.
    public struct Source: Sendable, Codable {
        public var segment: Segment
        /// From the first to the last byte that was used.
        public var bytes: Range<UInt64>
        /// Where it stands in the clip, and when it was recorded: microseconds.
        public var clipTime: Int64
        public var start: Int64?
        public var duration: Int64
        public var frames: Int?
    }

    /// What a clip lacks, or a source that gave none.
    public struct Loss: Sendable, Equatable, Codable {
        public enum Code: String, Sendable, CaseIterable, Codable {
            case sourceMissing = "source-missing"
            case sourceChanged = "source-changed"
            case sourceUnreadable = "source-unreadable"
            case nothingPlayable = "nothing-playable"
            case parameterSetsMissing = "parameter-sets-missing"
            case audioLeftOut = "audio-left-out"
            case codecNotCarried = "codec-not-carried"
            case tailLost = "tail-lost"
            case framesBeforeKeyframe = "frames-before-keyframe"
            /// Frames that the file promises and whose blocks hold something else by now.
            case framesOverwritten = "frames-overwritten"
            case tooLarge = "too-large"
        }
        public var code: Code
        /// The path of the source it is about.
        public var path: String
        public var detail: String

        public init(_ code: Code, path: String, detail: String = "") {
            self.code = code
            self.path = path
            self.detail = detail
        }
    }
}
