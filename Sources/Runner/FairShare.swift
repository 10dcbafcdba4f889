import Storage

/// Deals free slots to the batches that could use them, one at a time to the one with the fewest leads in flight for its weight,
/// so that a small batch behind a large one starts at once. Among equals the one that was served least, for its weight, goes first: with
/// more batches than slots, none waits for another's end.
///
/// It remembers since when a batch takes part: what it was served before counts as much as the least that another was, or a batch that is
/// nearly done would wait until each newcomer had caught up with it.
struct FairShare {
  private var servedBefore: [Int64: Int] = [:]

  mutating func deal(_ free: Int, among batches: [WorkQueue.RunningBatch]) -> [Int64: Int] {
    servedBefore = servedBefore.filter { key, _ in batches.contains { $0.key == key } }
    let known = batches.filter { servedBefore[$0.key] != nil }
    let least = known.map { Double($0.served - (servedBefore[$0.key] ?? 0)) / Double($0.weight) }.min() ?? 0
    for batch in batches where servedBefore[batch.key] == nil { servedBefore[batch.key] = batch.served - Int(least * Double(batch.weight)) }
    return Self.deal(
      free,
      to: batches.map { batch in
        var level = batch
        level.served -= servedBefore[batch.key] ?? 0
        return level
      })
  }

  static func deal(_ free: Int, to batches: [WorkQueue.RunningBatch]) -> [Int64: Int] {
    var taken: [Int64: Int] = [:]
    var left = free
    while left > 0 {
      let open = batches.filter { batch in
        let mine = taken[batch.key] ?? 0
        return mine < batch.due && batch.inFlight + mine < batch.maxConcurrent
      }
      let poorest = open.min { a, b in
        // Each side is multiplied by the other's weight instead of divided by its own.
        let (loadA, loadB) = ((a.inFlight + (taken[a.key] ?? 0)) * b.weight, (b.inFlight + (taken[b.key] ?? 0)) * a.weight)
        return (loadA, a.served * b.weight, b.weight, a.key) < (loadB, b.served * a.weight, a.weight, b.key)
      }
      guard let poorest else { break }
      taken[poorest.key, default: 0] += 1
      left -= 1
    }
    return taken
  }
}
