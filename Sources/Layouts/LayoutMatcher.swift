/// Tries templates in order. Immutable and free of allocation until something matches; share it between tasks.
public struct LayoutMatcher: Sendable {
    private let templates: [CompiledTemplate]
    private let slots: Int

    public init(templates: [PathTemplate]) {
        self.templates = templates.map(CompiledTemplate.init)
        slots = 2 * (self.templates.map(\.operations.count).max() ?? 0) + 2
    }

    public init(layouts: [InferredLayout]) {
        self.init(templates: layouts.map(\.template))
    }

    /// The first template that explains a path relative to the volume's root, and what it found there.
    public func match(_ path: [UInt8]) -> (layoutIndex: Int, fields: PathFields)? {
        path.withUnsafeBufferPointer(match)
    }

    public func match(_ path: String) -> (layoutIndex: Int, fields: PathFields)? {
        var path = path
        return path.withUTF8(match)
    }

    public func match(_ path: UnsafeBufferPointer<UInt8>) -> (layoutIndex: Int, fields: PathFields)? {
        // Linux accepts no path of more than 4096 bytes (PATH_MAX); relative walks may go deeper, but no recorder does.
        guard path.count <= 65_536 else { return nil }
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: slots) { bounds in
            for index in templates.indices where templates[index].match(path, bounds) {
                if let fields = templates[index].fields(path, bounds) { return (index, fields) }
            }
            return nil
        }
    }
}

extension PathTemplate {
    /// For one path; a `LayoutMatcher` compiles once for many.
    public func match(_ path: String) -> PathFields? {
        LayoutMatcher(templates: [self]).match(path)?.fields
    }

    public func match(_ path: [UInt8]) -> PathFields? {
        LayoutMatcher(templates: [self]).match(path)?.fields
    }
}
