/// Lets a limited number of transfers per origin (scheme, host, port) run and keeps the others in the order in which they came.
/// Queued here rather than in libcurl, they do not use up their timeouts while they wait.
struct OriginQueue<Item> {
  private struct Lane {
    var running = 0
    var waiting: [Item] = []
  }

  private let limit: Int
  private var lanes: [String: Lane] = [:]

  init(limit: Int) {
    self.limit = max(1, limit)
  }

  /// True when the item may start now; false when it was queued.
  mutating func admits(_ item: Item, origin: String) -> Bool {
    var lane = lanes[origin] ?? Lane()
    defer { lanes[origin] = lane }
    guard lane.running < limit else {
      lane.waiting.append(item)
      return false
    }
    lane.running += 1
    return true
  }

  /// One that ran has ended; the answer is the next, which counts as running from now on.
  mutating func next(afterOneOf origin: String) -> Item? {
    guard var lane = lanes[origin] else { return nil }
    guard lane.waiting.isEmpty else {
      defer { lanes[origin] = lane }
      return lane.waiting.removeFirst()
    }
    lane.running -= 1
    lanes[origin] = lane.running > 0 ? lane : nil
    return nil
  }

  /// Takes a waiting item out.
  mutating func remove(where matches: (Item) -> Bool) -> Item? {
    for (origin, lane) in lanes {
      guard let index = lane.waiting.firstIndex(where: matches) else { continue }
      return lanes[origin]?.waiting.remove(at: index)
    }
    return nil
  }

  /// Takes all waiting items out.
  mutating func removeAll() -> [Item] {
    defer { lanes = [:] }
    return lanes.values.flatMap(\.waiting)
  }
}
