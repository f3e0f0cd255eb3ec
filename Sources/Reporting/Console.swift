import Foundation
import Glibc
import Recordings
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

    /// The result: a document for programs, or words that fit the screen.
    public func show(json document: @autoclosure () -> JSON, text: @autoclosure () -> String) throws {
        if json { try Console.write(document().text() + "\n") } else { try Console.say(text()) }
    }

    /// Words of a result.
    public static func say(_ text: String) throws {
        try write(NextCommand.complete(text).fitted(to: searchableColumns))
    }

    /// A sentence beside the result.
    public static func tell(_ text: String, as mark: String = "") {
        note(NextCommand.complete(text).told(as: mark, width: errorColumns))
    }

    public static func note(_ text: String) {
        told(text + "\n")
    }

    /// Nobody may be there to read it: that is no reason to fail.
    static func told(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let written = Glibc.write(STDERR_FILENO, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                done += written
            }
        }
    }

    /// For paragraphs on standard output: `COLUMNS` where it is set, else the terminal's width, else 80; a serial line often does
    /// not know its own.
    public static var columns: Int { screenColumns ?? 80 }

    /// For what a script may search through: names in tables, sentences that say one thing. Cut or broken only where somebody
    /// looks at a screen.
    public static var searchableColumns: Int { screenColumns ?? 10_000 }

    /// Of standard error; nil where nobody reads it on a screen: a script finds one sentence in one line.
    public static var errorColumns: Int? { columns(of: STDERR_FILENO) }

    private static var screenColumns: Int? { columns(of: STDOUT_FILENO) ?? chosenColumns }

    private static var chosenColumns: Int? {
        ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init).flatMap { $0 >= 20 ? min($0, 500) : nil }
    }

    private static func columns(of terminal: Int32) -> Int? {
        guard isatty(terminal) == 1 else { return nil }
        if let chosenColumns { return chosenColumns }
        var size = winsize()
        return ioctl(terminal, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col >= 20 ? min(Int(size.ws_col), 500) : 80
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
        // The answer is typed behind it.
        told(text.told(as: "", width: errorColumns) + " ")
    }
}
