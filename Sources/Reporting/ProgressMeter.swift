import Foundation
import Glibc
import Wording

/// Progress on standard error: a bar with rate and time left on a terminal, a plain line every 10 s elsewhere, or nothing.
public final class ProgressMeter {
    private let language: Language
    private let mode: Mode
    private let started = ContinuousClock.now
    private var phaseStarted = ContinuousClock.now
    private var label = ""
    private var lastShown: ContinuousClock.Instant?
    private var lineIsOpen = false

    private enum Mode {
        case bar, lines, silent
        /// For the menu, which draws a bar of its own.
        case feed

        var interval: Duration {
            switch self {
            case .bar: .milliseconds(100)
            case .feed: .milliseconds(250)
            case .lines, .silent: .seconds(10)
            }
        }
    }

    public init(_ console: Console) {
        language = console.language
        mode =
            !console.showsProgress
            ? .silent
            : ProcessInfo.processInfo.environment["CAMTRACE_PROGRESS"] == "feed"
                ? .feed : isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" ? .bar : .lines
    }

    deinit {
        end()
    }

    /// `done` of `total` units; `bytes` for the rate. Cheap to call often.
    public func show(_ label: String, done: UInt64, total: UInt64?, bytes: UInt64?) {
        guard mode != .silent else { return }
        let now = ContinuousClock.now
        if label != self.label {
            end()
            self.label = label
            phaseStarted = now
            // The first line only after its interval: quick work says nothing.
            lastShown = mode == .lines ? now : nil
        }
        if let lastShown, now - lastShown < mode.interval { return }
        lastShown = now
        let elapsed = seconds(now - phaseStarted)
        var text = label
        var left = ""
        if let total, total > 0 {
            let fraction = min(1, Double(done) / Double(total))
            text += " " + language.percent(fraction)
            if fraction > 0.005, elapsed > 1, fraction < 1 {
                left = ", " + language.timeLeft(Int64(elapsed / fraction * (1 - fraction) * 1_000_000))
            }
            text += " (\(language.count(Int(clamping: done)))/\(language.count(Int(clamping: total))))"
        } else {
            text += " \(language.count(Int(clamping: done)))"
        }
        if let bytes, elapsed > 0.5 { text += ", \(language.size(UInt64(Double(bytes) / elapsed)))/s" }
        text += left
        if mode == .feed {
            let permille = total.map { $0 == 0 ? 0 : min(1000, Int(Double(done) / Double($0) * 1000)) }
            Console.note("@progress \(permille.map(String.init) ?? "-") \(text)")
        } else if mode == .bar {
            let fitted = String(text.prefix(max(10, Console.columns - 1)))
            Console.told("\r\u{1B}[K\(fitted)")
            lineIsOpen = true
        } else {
            Console.note(text)
        }
    }

    /// Clears the bar, so that what follows stands on a line of its own.
    public func end() {
        if lineIsOpen { Console.told("\r\u{1B}[K") }
        lineIsOpen = false
    }

    private func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}
