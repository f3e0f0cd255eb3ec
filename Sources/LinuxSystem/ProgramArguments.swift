import CLinux

/// The words the program was called with, its own name first. `CommandLine.arguments` is empty where `/proc` is not mounted.
public let programArguments: [String] = (0..<clinux_argument_count()).compactMap { number in
    clinux_argument(number).map { String(cString: $0) }
}
