import Foundation
import Glibc
import Wording

/// Where words go: results to standard output, everything else to standard error.
public struct Console: Sendable {
    public var language: Language
    public var json: Bool
    public var showsProgress: Bool

    public init(language: Language, json: Bool, showsProgress: Bool) {
        self.language = language
        self.json = json
        self.showsProgress = showsProgress
    }

    /// A result that cannot be written is a failure, not silence: a closed pipe or a full disk behind `>`.
    public static func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let written = Glibc.write(STDOUT_FILENO, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw OutputFailure(errno: errno) }
                done += written
            }
        }
    }

    public static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// `COLUMNS` where it is set, the terminal's width, else 80.
    public static var columns: Int {
        if let text = ProcessInfo.processInfo.environment["COLUMNS"], let value = Int(text), value >= 20 { return min(value, 500) }
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20 { return min(Int(size.ws_col), 500) }
        return 80
    }
}

/// Standard output could not be written.
public struct OutputFailure: Error, Sendable {
    public var errno: Int32

    public var readerWentAway: Bool { errno == EPIPE }
}

extension Console {
    /// A question, without an end of line; only where somebody sits at a terminal.
    public static func ask(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
