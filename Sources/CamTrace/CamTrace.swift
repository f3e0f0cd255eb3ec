import LinuxSystem
import Recovery

/// What is known of CamTrace, as data. None of it was confirmed on a server; see `isConfirmed` in the profile.
public enum CamTrace {
    /// The profile inside the program, or the one a site put in its place.
    ///
    /// Throws what is wrong with that file: a correction that is not read would be worse than none.
    public static func profile(at path: String? = nil) throws -> ProductProfile {
        guard let path else { return try ProductProfile(json: PackageResources.camtrace_json) }
        return try ProductProfile(json: try OpenFile.forReading(path: path).readAll(limit: 1 << 20))
    }
}
