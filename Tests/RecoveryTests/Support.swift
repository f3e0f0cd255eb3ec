import BlockDevices
import Foundation
import Recordings

@testable import Recovery

/// Where all trees of a run lie; gone when it ends, for an open root outlives the value it came from.
private let forest: String = {
    let path = NSTemporaryDirectory() + "/recovery." + UUID().uuidString
    atexit { try? FileManager.default.removeItem(atPath: forest) }
    return path
}()

/// A folder that stands for a volume.
struct Tree {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        path = forest + "/" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try add(files)
    }

    func add(_ files: [String: String]) throws {
        for (name, text) in files {
            let file = path + "/" + name
            try FileManager.default.createDirectory(atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        }
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
    }

    var root: VolumeRoot {
        get throws { try VolumeRoot(path: path) }
    }
}

func package(_ name: String, _ version: String, _ status: String = "install ok installed") -> String {
    "Package: \(name)\nStatus: \(status)\nArchitecture: amd64\nVersion: \(version)\nDescription: it\n Package: not a field\n\n"
}

/// What a system volume of a recorder holds, in a state that the arguments change.
func systemFiles(
    release: String = "14.04", codename: String = "trusty", library: String = "2.19-0ubuntu6.15", packages: String = "",
    camtrace: String? = "7.14.0.3", sources: String? = nil
) -> [String: String] {
    var status = package("libc6", library) + package("base-files", "7.2ubuntu5") + packages
    if let camtrace { status += package("camtrace-server", camtrace) }
    return [
        "etc/passwd": "root:x:0:0::/root:/bin/sh\n",
        "etc/os-release": "NAME=\"Ubuntu\"\nID=ubuntu\nPRETTY_NAME=\"Ubuntu \(release) LTS\"\nVERSION_ID=\"\(release)\"\n",
        "etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=\(release)\nDISTRIB_CODENAME=\(codename)\n",
        "etc/apt/sources.list": sources ?? "deb http://archive.ubuntu.com/ubuntu \(codename) main\n",
        "var/lib/dpkg/status": status,
    ]
}
