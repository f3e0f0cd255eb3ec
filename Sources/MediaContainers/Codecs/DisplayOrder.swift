/// Notices that a frame that starts the count over was lost: two groups counted as one would be shown mixed.
struct LostRestart {
    private var last: Int?
    /// By how much the count fell from one frame to the next where nothing was lost: 0 where frames are shown as they are decoded.
    private var largestFall = 0

    /// `order` and `restarts` as in `CodedFrame`; `isBehindLoss`: bytes before the frame belong to none.
    mutating func take(_ order: Int?, restarts: Bool, isBehindLoss: Bool) -> Bool {
        defer { last = order }
        guard let order, let last, !restarts, order < last else { return false }
        let fall = last &- order
        guard isBehindLoss else {
            largestFall = max(largestFall, fall)
            return false
        }
        return largestFall == 0 || fall > DisplayOrder<Void>.depth
    }
}

/// Finds when frames are shown from when they are decoded and from their picture order counts.
struct DisplayOrder<Item> {
    private struct Entry {
        var item: Item
        var index: Int
        var order: Int?
        var restarts: Bool
    }

    /// No stream may hold back more frames than a decoded picture buffer has (H.264 §A.3.1, H.265 §A.4.2).
    static var depth: Int { 16 }

    private var pending: [Entry] = []
    private var past: [Int] = []
    private var count = 0

    /// `order` and `restarts` as in `CodedFrame`.
    mutating func push(_ item: Item, order: Int?, restarts: Bool) {
        pending.append(Entry(item: item, index: count, order: order, restarts: restarts))
        count += 1
    }

    /// The next frame in the order of decoding, its number, and its place in the order of display, which may be lower
    /// than its number. Nil until enough frames behind it are known.
    mutating func pop(isOver: Bool) -> (item: Item, decode: Int, display: Int)? {
        guard let first = pending.first, isOver || pending.count > Self.depth else { return nil }
        pending.removeFirst()
        if first.restarts { past.removeAll(keepingCapacity: true) }
        guard let order = first.order else { return (first.item, first.index, first.index) }
        var display = first.index
        for other in past where other > order { display -= 1 }
        for other in pending {
            if other.restarts { break }
            if let count = other.order, count < order { display += 1 }
        }
        past.append(order)
        if past.count > Self.depth { past.removeFirst() }
        return (first.item, first.index, display)
    }
}
