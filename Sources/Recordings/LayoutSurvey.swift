import Layouts
import LinuxSystem

/// Infers the layouts of source trees without writing anything.
public struct LayoutSurvey {
    private let builder: IndexBuilder

    public init(_ request: BuildRequest, progress: @escaping (BuildProgress) -> Void) throws {
        builder = try IndexBuilder(surveying: request, progress: progress)
    }

    /// Best first. Throws `nothingToIndex` where no file of the sample is video.
    public func run() throws -> [InferredLayout] {
        try builder.survey()
    }
}
