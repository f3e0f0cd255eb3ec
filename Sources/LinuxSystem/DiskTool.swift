import Glibc

/// A program of the system's that does what no system call alone does: `dmsetup`, `mdadm`, `lvm`, `smartctl`.
public enum DiskTool {
    /// What it printed and how it ended.
    public struct Answer: Sendable, Equatable {
        public var status: Int32
        public var output: String
        public var complaint: String

        public init(status: Int32, output: String = "", complaint: String = "") {
            self.status = status
            self.output = output
            self.complaint = complaint
        }
    }

    /// Administrators' programs are not in everybody's path.
    public static func find(_ name: String) -> String? {
        ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"].map { $0 + name }.first { access($0, X_OK) == 0 }
    }

    /// More than any of them says; a program that says more is not listened to.
    private static let longestText = 4 << 20

    /// Runs one to its end. `ENOENT` where it is not installed.
    public static func run(_ name: String, _ arguments: [String]) -> Result<Answer, Errno> {
        find(name).map { run(at: $0, arguments, seconds: 120) } ?? .failure(Errno(ENOENT))
    }

    /// `ETIMEDOUT` where it did not end within so many seconds: a disk that does not answer must not hold everything up.
    ///
    /// Foundation's `Process` needs sockets, which a kernel may be without until a module is loaded.
    public static func run(at tool: String, _ arguments: [String], seconds: Double) -> Result<Answer, Errno> {
        var ends: [Int32] = [-1, -1, -1, -1]  // output to read and to write, complaint to read and to write
        defer { for end in ends where end >= 0 { close(end) } }
        for pair in [0, 2] {
            var both: [Int32] = [-1, -1]
            guard pipe(&both) == 0 else { return .failure(Errno(errno)) }
            ends.replaceSubrange(pair..<pair + 2, with: both)
            for end in both { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        var process: pid_t = 0
        let error = spawn(tool, arguments, output: ends[1], complaint: ends[3], &process)
        guard error == 0 else { return .failure(Errno(error)) }
        for index in [1, 3] {
            close(ends[index])
            ends[index] = -1
        }
        var said: [[UInt8]] = [[], []]
        var status: Int32?
        let deadline = now() + seconds
        while true {
            let open = [0, 2].filter { ends[$0] >= 0 }
            var waiting = open.map { pollfd(fd: ends[$0], events: Int16(POLLIN), revents: 0) }
            poll(&waiting, nfds_t(waiting.count), 100)
            var isSilent = true
            for (index, end) in open.enumerated() where waiting[index].revents != 0 {
                isSilent = false
                if !read(ends[end], into: &said[end / 2]) {
                    close(ends[end])
                    ends[end] = -1
                }
            }
            if status == nil { status = ended(process) }
            // What it started and left behind may hold the pipes open.
            if let status, isSilent {
                return .success(
                    Answer(
                        status: status, output: String(decoding: said[0], as: UTF8.self),
                        complaint: String(decoding: said[1], as: UTF8.self)))
            }
            if status == nil, now() >= deadline {
                // One that waits for a dead disk inside the kernel does not even end when it is killed: it is not waited for.
                kill(process, SIGKILL)
                return .failure(Errno(ETIMEDOUT))
            }
        }
    }

    /// Seconds of a clock that nobody sets.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// In a process group of its own: what a person interrupts is this program, and it then undoes what the other did.
    private static func spawn(
        _ tool: String, _ arguments: [String], output: Int32, complaint: Int32, _ process: inout pid_t
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, complaint, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        // Its sentences are read by a program.
        var environment = ["LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LVM_SUPPRESS_FD_WARNINGS=1"]
        // Where no udev runs, nobody else makes the nodes.
        if access("/run/udev/control", F_OK) != 0 { environment.append("DM_DISABLE_UDEV=1") }
        var words = ([tool] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        return posix_spawn(&process, tool, &actions, &attributes, &words, &variables)
    }

    /// False at the end.
    private static func read(_ descriptor: Int32, into text: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        if count < 0 { return errno == EINTR }
        if text.count < longestText { text.append(contentsOf: chunk.prefix(count)) }
        return count > 0
    }

    /// Its exit status once it ended; that of a shell for one that a signal ended.
    private static func ended(_ process: pid_t) -> Int32? {
        var raw: Int32 = 0
        let found = waitpid(process, &raw, WNOHANG)
        if found < 0, errno != EINTR { return 127 }
        guard found == process else { return nil }
        return raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
    }
}
