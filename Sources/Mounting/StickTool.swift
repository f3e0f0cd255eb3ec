import LinuxSystem
import Glibc

/// What only the stick can do, in a script of its image: room for results, network, verification.
public enum StickTool {
    public static let path = "/usr/lib/camtrace-rescue/stick"

    public static var isThere: Bool { access(path, X_OK) == 0 }

    /// `key=value`, one a line.
    public static func status() -> [String: String] {
        guard case .success(let answer) = DiskTool.run(at: path, ["status"], seconds: 20) else { return [:] }
        var status: [String: String] = [:]
        for line in answer.output.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            status[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return status
    }
}
