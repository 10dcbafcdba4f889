/// Notices a batch of which leads are in flight and none ends.
///
/// It counts time in which the machine was awake, in this process alone: a clock that is set, a night asleep or a restart is no stall.
struct StallWatch {
  private let patience: Duration
  private var running: Set<Int64> = []
  private var heard: [Int64: SuspendingClock.Instant] = [:]

  init(patience: Duration) { self.patience = patience }

  /// Only batches that run are watched: one that was paused or has ended begins anew with its resume.
  mutating func watch(only batches: Set<Int64>) {
    running = batches
    heard = heard.filter { batches.contains($0.key) }
  }

  /// A lead of the batch has ended, in whatever way.
  mutating func hear(_ batch: Int64, at now: SuspendingClock.Instant) {
    if running.contains(batch) { heard[batch] = now }
  }

  /// The batches, of those with leads in flight, that were silent for too long; each is told once.
  mutating func stalled(inFlight: Set<Int64>, at now: SuspendingClock.Instant) -> [Int64] {
    let watched = inFlight.intersection(running)
    heard = heard.filter { watched.contains($0.key) }
    var stalled: [Int64] = []
    for batch in watched {
      let since = heard[batch] ?? now
      heard[batch] = since
      if now - since >= patience {
        stalled.append(batch)
        heard[batch] = nil
      }
    }
    return stalled.sorted()
  }
}
