import CLinux
import Glibc

private let words: [[UInt8]] = (0..<clinux_argument_count()).compactMap { number in
    clinux_argument(number).map { [UInt8](UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
}

/// The words the program was called with, its own name first. `CommandLine.arguments` is empty where `/proc` is not mounted.
/// A word that is no UTF-8 has its bytes in a form that tells it from others; `argumentBytes` gives them back.
public let programArguments: [String] = words.map { String(validating: $0, as: UTF8.self) ?? legible($0) }

private let illegible = Dictionary(
    words.filter { String(validating: $0, as: UTF8.self) == nil }.map { (legible($0), $0) }, uniquingKeysWith: { first, _ in first })

/// The bytes of a word as they were given: the name of a file, in whatever encoding.
public func argumentBytes(_ word: String) -> [UInt8] {
    illegible[word] ?? Array(word.utf8)
}

/// `caf\u{FFFD}E9.mp4`: the sign for what cannot be read, and which byte it was.
private func legible(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        byte < 0x80 ? String(UnicodeScalar(byte)) : "\u{FFFD}" + String(byte, radix: 16, uppercase: true)
    }.joined()
}
