import Foundation
import Synchronization

/// Work on another thread, so that the screen goes on while a disk that fails takes its time.
final class Background<Value: Sendable>: Sendable {
    private let state = Mutex<Result<Value, any Error>?>(nil)

    init(_ body: @escaping @Sendable () throws -> Value) {
        let thread = Thread { [self] in
            let result = Result { try body() }
            state.withLock { $0 = result }
        }
        // Parsers of file systems and containers have the room that they have on the main thread.
        thread.stackSize = 8 << 20
        thread.start()
    }

    var isOver: Bool { state.withLock { $0 != nil } }

    /// Only once it is over.
    func result() throws -> Value {
        while true {
            if let result = state.withLock({ $0 }) { return try result.get() }
            usleep(20_000)
        }
    }
}
