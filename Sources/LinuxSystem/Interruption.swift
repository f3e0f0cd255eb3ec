import Glibc
import Synchronization

/// SIGINT, SIGTERM and SIGHUP asked the program to stop. Loops look at `requested` between two units of work,
/// so that every destination is left as before or resumable.
public enum Interruption {
    private static let flag = Atomic<Bool>(false)

    public static var requested: Bool { flag.load(ordering: .relaxed) }

    /// A second signal ends the program at once, as a person who presses ^C twice expects; writes are safe against that.
    public static func watch() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { received in
                if Interruption.flag.exchange(true, ordering: .relaxed) {
                    signal(received, SIG_DFL)
                    raise(received)
                }
            }
        }
        // A closed pipe is an error of the write, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
    }
}
