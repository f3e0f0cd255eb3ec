import Glibc
import LinuxSystem
import Synchronization

/// A command of this program, run for the menu as a process of its own: what a hostile disk does to it does not end the menu,
/// and it is stopped like any other, leaving what it wrote complete or resumable.
final class Errand {
    private(set) var output = ""
    private(set) var complaints = ""
    /// How far it is, in thousandths, and what it says of it.
    private(set) var permille: Int?
    private(set) var note = ""
    /// Its exit status once it ended; that of a shell for one that a signal ended.
    private(set) var status: Int32?

    private var process: pid_t = 0
    private var ends: [Int32] = [-1, -1]
    private var pending: [[UInt8]] = [[], []]

    var isRunning: Bool { status == nil }

    /// The one that runs now, for the signal's handler; 0 where none does.
    private static let current = Atomic<pid_t>(0)

    /// Where the terminal goes away, a serial line that is pulled out, newt would read its end for ever. The command that runs is
    /// stopped as by Ctrl-C, and the menu ends: what it writes itself is whole at every moment.
    static func endWithTerminal() {
        signal(SIGHUP) { _ in
            let process = Errand.current.load(ordering: .relaxed)
            if process > 0 { kill(-process, SIGINT) }
            _exit(130)
        }
    }

    /// The mark of a line of progress among those on standard error.
    static let progressMark = "@progress "

    /// More than anybody reads on a screen.
    private static let longestText = 4 << 20

    init(program: String, _ arguments: [String], input: String? = nil, columns: Int) {
        var pipes = [[Int32]](repeating: [-1, -1], count: 3)
        for index in pipes.indices where pipe(&pipes[index]) != 0 { status = 127 }
        for end in pipes.joined() where end >= 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { for end in [pipes[0][0], pipes[1][1], pipes[2][1]] where end >= 0 { close(end) } }
        ends = [pipes[1][0], pipes[2][0]]
        guard status == nil else { return }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes[0][0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, pipes[1][1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, pipes[2][1], STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var variables: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while let variable = next.pointee {
            let text = String(cString: variable)
            if !text.hasPrefix("COLUMNS=") { variables.append(strdup(text)) }
            next += 1
        }
        variables += [strdup("COLUMNS=\(columns)"), strdup("CAMTRACE_PROGRESS=feed"), nil]
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        guard posix_spawn(&process, program, &actions, &attributes, &words, &variables) == 0 else {
            status = 127
            return
        }
        Self.current.store(process, ordering: .relaxed)
        if let input {
            // A password; a pipe takes more than any.
            _ = Array((input + "\n").utf8).withUnsafeBytes { write(pipes[0][1], $0.baseAddress, $0.count) }
        }
        close(pipes[0][1])
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    deinit {
        for end in ends where end >= 0 { close(end) }
    }

    /// Takes in what it said since, and whether it ended.
    func pump() {
        guard isRunning else { return }
        for index in ends.indices { drain(index) }
        var raw: Int32 = 0
        guard waitpid(process, &raw, WNOHANG) == process else { return }
        for index in ends.indices { drain(index) }
        finishLine()
        Self.current.store(0, ordering: .relaxed)
        status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
    }

    /// As Ctrl-C would: its whole group, because a script that waits for a program ends only after that. Each of them once; a second
    /// time ends our own commands at once.
    func interrupt() {
        if isRunning, process > 0 { kill(-process, SIGINT) }
    }

    /// To its end, without a screen.
    func wait() {
        while isRunning {
            pump()
            usleep(20_000)
        }
    }

    private func drain(_ index: Int) {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(ends[index], &chunk, chunk.count)
            guard count > 0 else { return }
            if index == 0 {
                if pending[0].count < Self.longestText { pending[0].append(contentsOf: chunk.prefix(count)) }
                continue
            }
            for byte in chunk.prefix(count) {
                if byte == 0x0A { finishLine() } else if pending[1].count < 4096 { pending[1].append(byte) }
            }
        }
    }

    private func finishLine() {
        output = String(decoding: pending[0], as: UTF8.self)
        guard !pending[1].isEmpty else { return }
        let line = String(decoding: pending[1], as: UTF8.self)
        pending[1] = []
        if line.hasPrefix(Self.progressMark) {
            let words = line.dropFirst(Self.progressMark.count).split(separator: " ", maxSplits: 1)
            permille = words.first.flatMap { Int($0) }
            note = words.count > 1 ? String(words[1]) : ""
        } else if complaints.utf8.count < Self.longestText {
            complaints += line + "\n"
        }
    }
}
