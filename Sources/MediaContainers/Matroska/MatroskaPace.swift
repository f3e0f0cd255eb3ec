/// How a recording's time has run so far, to tell its own Clusters from those of an older one on the same disk blocks.
struct MatroskaPace {
    var firstCluster: UInt64?
    var lastCluster: UInt64?
    /// Bytes of the largest block so far.
    private(set) var largestBlock: UInt64 = 0
    /// The timestamp of the Cluster before, in ticks; nil at the start and behind damage.
    var clusterTime: Int64?
    private(set) var firstTime: Int64?
    /// The time of the block before.
    private(set) var lastTime: Int64 = 0

    mutating func note(_ block: MatroskaBlock) {
        if firstTime == nil { firstTime = block.time }
        lastTime = block.time
        largestBlock = max(largestBlock, block.payload.upperBound - block.payload.lowerBound)
    }

    /// Backwards, or further ahead than `limit` behind the last block.
    func isJump(to time: Int64, limit: Int64) -> Bool {
        guard let clusterTime, firstTime != nil else { return false }
        return time < clusterTime || time > max(lastTime, clusterTime) + limit
    }

    /// Whether a Cluster of `time` at `position` can go on with this recording, lost bytes from `lost` on being all that is between.
    /// Its time may not go back, nor ahead by more than those bytes hold at a sixteenth of the rate so far.
    /// `second` is one in ticks: reordered frames may be ahead of the next Cluster by less.
    func canGoOn(at time: Int64, position: UInt64, lost: UInt64, second: Int64) -> Bool {
        guard let firstTime, let firstCluster, lost > firstCluster else { return true }
        guard time >= firstTime, lastTime > firstTime else { return time >= firstTime }
        let ticksPerByte = Double(lastTime - firstTime) / Double(lost - firstCluster)
        let ahead = 10 * Double(second) + 16 * ticksPerByte * Double(position - lost)
        return time >= lastTime - second && Double(time) <= Double(lastTime) + ahead
    }
}
