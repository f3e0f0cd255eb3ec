import CZlib
import LinuxSystem

/// The bytes of an archive in order, unpacked where they are gzip (RFC 1952; several members after each other are one stream).
///
/// What comes out is bounded: by a sum, and by what went in.
public final class ArchiveStream {
    /// A configuration with the dump of an index of ten million segments stays below it.
    static let mostBytes: UInt64 = 16 << 30
    /// Text and SQL shrink to a tenth or a thirtieth; zeroes to a thousandth. Small archives are free to.
    static let mostRatio: UInt64 = 200
    static let freeBytes: UInt64 = 256 << 20

    private let file: OpenFile
    private var input = [UInt8](repeating: 0, count: 128 << 10)
    private var next = 0
    private var filled = 0
    /// Read from the file so far, and given out.
    private(set) var taken: UInt64 = 0
    public private(set) var given: UInt64 = 0
    let isGzip: Bool
    private let zlib: UnsafeMutablePointer<z_stream>
    private var isInMember = false
    private var isAtEnd = false

    /// Throws `SystemError` where the file cannot be read.
    public init(_ file: OpenFile) throws {
        self.file = file
        zlib = .allocate(capacity: 1)
        zlib.initialize(to: z_stream())
        var magic: [UInt8] = [0, 0]
        let got = try magic.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        isGzip = got == 2 && magic == [0x1F, 0x8B]
        if isGzip, czlib_begin_reading(zlib) != Z_OK { throw ConfigurationError.damaged(.gzip("no memory"), at: 0) }
    }

    deinit {
        if isGzip { inflateEnd(zlib) }
        zlib.deallocate()
    }

    /// Fills as much of the buffer as it can; less only at the end.
    ///
    /// Throws `ConfigurationError` for what is no gzip, ends too early, or grows beyond measure.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var done = 0
        while done < buffer.count {
            let got = try step(UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
            if got == 0, isAtEnd { break }
            done += got
            given += UInt64(got)
        }
        if given > Self.mostBytes { throw ConfigurationError.tooLarge(bytes: given) }
        if isGzip, given > Self.freeBytes, given / Self.mostRatio > taken {
            throw ConfigurationError.unpacksTooMuch(packed: taken, bytes: given)
        }
        return done
    }

    private func step(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if isAtEnd { return 0 }
        if next == filled {
            filled = try input.withUnsafeMutableBytes { try file.read(at: taken, into: $0) }
            next = 0
            taken += UInt64(filled)
            if filled == 0 {
                isAtEnd = true
                if isGzip, isInMember { throw ConfigurationError.damaged(.endsEarly, at: given) }
                return 0
            }
        }
        guard isGzip else {
            let count = min(buffer.count, filled - next)
            input.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[next..<next + count])) }
            next += count
            return count
        }
        // Zeroes after the last member are the padding of a tape.
        if !isInMember, taken > UInt64(filled) || next > 0 {
            while next < filled, input[next] == 0 { next += 1 }
            if next == filled { return 0 }
            guard inflateReset(zlib) == Z_OK else { throw ConfigurationError.damaged(.gzip("reset"), at: given) }
        }
        isInMember = true
        return try inflateSome(buffer)
    }

    private func inflateSome(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var status: Int32 = Z_OK
        var made = 0
        let room = min(buffer.count, 1 << 20)
        input.withUnsafeMutableBytes { source in
            zlib.pointee.next_in = source.baseAddress?.advanced(by: next).assumingMemoryBound(to: UInt8.self)
            zlib.pointee.avail_in = UInt32(filled - next)
            zlib.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            zlib.pointee.avail_out = UInt32(room)
            status = inflate(zlib, Z_NO_FLUSH)
            next = filled - Int(zlib.pointee.avail_in)
            made = room - Int(zlib.pointee.avail_out)
        }
        switch status {
        case Z_STREAM_END: isInMember = false
        case Z_OK, Z_BUF_ERROR: break
        default:
            let message = zlib.pointee.msg.map { String(cString: $0) } ?? "zlib \(status)"
            throw ConfigurationError.damaged(.gzip(message), at: given + UInt64(made))
        }
        return made
    }
}

/// Packs bytes into one gzip member, without a name or a time: the same bytes give the same file.
final class GzipWriter {
    private let zlib: UnsafeMutablePointer<z_stream>
    private let isReady: Bool
    private var output = [UInt8](repeating: 0, count: 128 << 10)
    private let sink: ([UInt8]) throws -> Void

    init(_ sink: @escaping ([UInt8]) throws -> Void) {
        self.sink = sink
        zlib = .allocate(capacity: 1)
        zlib.initialize(to: z_stream())
        isReady = czlib_begin_writing(zlib) == Z_OK
    }

    deinit {
        if isReady { deflateEnd(zlib) }
        zlib.deallocate()
    }

    func write(_ bytes: [UInt8]) throws { try pack(bytes, Z_NO_FLUSH) }

    func finish() throws { try pack([], Z_FINISH) }

    private func pack(_ bytes: [UInt8], _ flush: Int32) throws {
        guard isReady else { throw SystemError(call: "deflate", errno: 12, path: "") }
        var bytes = bytes
        var taken = 0
        while true {
            var made = 0
            bytes.withUnsafeMutableBytes { source in
                output.withUnsafeMutableBytes { target in
                    zlib.pointee.next_in = source.baseAddress?.advanced(by: taken).assumingMemoryBound(to: UInt8.self)
                    zlib.pointee.avail_in = UInt32(source.count - taken)
                    zlib.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    zlib.pointee.avail_out = UInt32(target.count)
                    deflate(zlib, flush)
                    taken = source.count - Int(zlib.pointee.avail_in)
                    made = target.count - Int(zlib.pointee.avail_out)
                }
            }
            if made > 0 { try sink(Array(output[..<made])) }
            if made < output.count { return }
        }
    }
}
