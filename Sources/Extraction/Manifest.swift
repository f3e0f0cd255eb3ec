import Layouts
import MediaContainers
import Recordings

/// Who exports what, when: what the French decree of 3 August 2007 wants logged with every export.
public struct ExportRecord: Sendable {
    public var toolVersion: String
    /// UTC microseconds.
    public var exportedAt: Int64
    public var operatorName: String
    public var host: String
    public var zone: ZoneRules
    public var indexPath: String
    /// Seconds by which the recorder's clock was ahead of true time, as the operator measured it.
    public var clockOffsetSeconds: Double?

    public init(
        toolVersion: String, exportedAt: Int64, operatorName: String, host: String, zone: ZoneRules, indexPath: String,
        clockOffsetSeconds: Double?
    ) {
        self.toolVersion = toolVersion
        self.exportedAt = exportedAt
        self.operatorName = operatorName
        self.host = host
        self.zone = zone
        self.indexPath = indexPath
        self.clockOffsetSeconds = clockOffsetSeconds
    }
}

enum Manifest {
    static func json(_ result: ExtractionResult, plan: ClipPlan, record: ExportRecord, volumes: [Int64: IndexReader.Volume]) -> JSON {
        let request = plan.request
        return .object([
            ("schema", "camtrace-rescue/manifest/1"),
            ("toolVersion", .string(record.toolVersion)),
            ("exportedAt", .string(ISO8601.format(record.exportedAt))),
            ("operator", .string(record.operatorName)),
            ("host", .string(record.host)),
            ("index", .string(record.indexPath)),
            ("timeZone", .string(record.zone.identifier)),
            ("clockOffsetSeconds", record.clockOffsetSeconds.map(JSON.number) ?? .null),
            (
                "request",
                .object([
                    ("cameras", .array(request.selection.cameras.map(JSON.string))),
                    ("from", .optional(request.selection.from.map { ISO8601.format($0) })),
                    ("to", .optional(request.selection.to.map { ISO8601.format($0) })),
                    ("protectedOnly", .bool(request.selection.protectedOnly)),
                    ("container", .string(request.container.rawValue)),
                    ("join", .bool(request.join)),
                    ("maxFileSizeBytes", .optional(request.largestFile)),
                ])
            ),
            ("reencoded", false),
            ("clips", .array(result.clips.map { clip($0, record: record, volumes: volumes) })),
            (
                "gaps",
                .array(
                    plan.gaps.map { gap in
                        .object([
                            ("camera", .string(gap.camera)), ("stream", .optional(gap.stream)),
                            ("fromUtc", .string(ISO8601.format(gap.from))), ("toUtc", .string(ISO8601.format(gap.to))),
                            ("seconds", .seconds(gap.to - gap.from)),
                        ])
                    })
            ),
            ("losses", .array(result.losses.map(loss))),
        ])
    }

    static func clip(_ clip: Clip, record: ExportRecord, volumes: [Int64: IndexReader.Volume]) -> JSON {
        .object([
            ("file", .string(clip.file)),
            ("camera", .string(clip.camera.key)),
            ("cameraName", .string(clip.camera.name)),
            ("stream", .optional(clip.stream)),
            ("startUtc", .optional(clip.start.map { ISO8601.format($0) })),
            ("startLocal", .optional(clip.start.map { ISO8601.format($0, zone: record.zone, fraction: true) })),
            ("durationSeconds", .seconds(clip.duration)),
            ("timeSource", .string(clip.timeSource.rawValue)),
            ("timeUncertaintySeconds", .seconds(clip.timeUncertainty)),
            ("clockOffsetSeconds", record.clockOffsetSeconds.map(JSON.number) ?? .null),
            ("container", .string(clip.container)),
            ("videoCodec", .optional(clip.video?.codec.rawValue)),
            ("width", .optional(clip.video?.width)),
            ("height", .optional(clip.video?.height)),
            ("audioCodec", .optional(clip.audio?.rawValue)),
            ("frameCount", .optional(clip.frameCount)),
            ("sizeBytes", .integer(Int64(clamping: clip.sizeBytes))),
            ("sha256", .string(clip.sha256)),
            (
                "sources",
                .array(
                    clip.sources.map { source in
                        let volume = volumes[source.segment.volumeID]
                        return .object([
                            (
                                "volume",
                                .object([
                                    ("uuid", .optional(volume?.uuid)), ("label", .optional(volume?.label)),
                                    ("serial", .optional(volume?.serial)), ("sourcePath", .optional(volume?.sourcePath)),
                                ])
                            ),
                            ("path", .string(source.segment.path.text)),
                            ("pathEncoding", .string(source.segment.path.encoding)),
                            ("sizeBytes", .integer(source.segment.sizeBytes)),
                            (
                                "byteRange",
                                .array([
                                    .integer(Int64(clamping: source.bytes.lowerBound)), .integer(Int64(clamping: source.bytes.upperBound)),
                                ])
                            ),
                            ("state", .string(source.segment.state.rawValue)),
                            ("kind", .string(source.segment.kind.rawValue)),
                            ("protected", .bool(source.segment.isProtected)),
                            ("sha256", .optional(source.segment.sha256.map(Checksum.hexadecimal))),
                            ("startUtc", .optional(source.start.map { ISO8601.format($0) })),
                            ("clipTimeSeconds", .seconds(source.clipTime)),
                            ("durationSeconds", .seconds(source.duration)),
                            ("frameCount", .optional(source.frames)),
                        ])
                    })
            ),
            ("losses", .array(clip.losses.map(loss))),
        ])
    }

    static func loss(_ loss: Clip.Loss) -> JSON {
        .object([("code", .string(loss.code.rawValue)), ("path", .string(loss.path)), ("detail", .string(loss.detail))])
    }
}
