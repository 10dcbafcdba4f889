/// Notices a batch of which leads are in flight and none ends: one that runs, or one that waits for its last leads to come back.
///
/// It counts time in which the machine was awake, in this process alone: a clock that is set, a night asleep or a restart is no stall.
struct StallWatch {
  private let patience: Duration
  private var running: Set<Int64> = []
  private var heard: [Int64: SuspendingClock.Instant] = [:]

  init(patience: Duration) { self.patience = patience }

  /// Told which batches run. One that is paused or cancelled begins anew with that, and with its resume.
  mutating func watch(only batches: Set<Int64>) {
    let changed = running.symmetricDifference(batches)
    heard = heard.filter { !changed.contains($0.key) }
    running = batches
  }

  /// A lead of the batch has ended, in whatever way.
  mutating func hear(_ batch: Int64, at now: SuspendingClock.Instant) { heard[batch] = now }

  /// The batches, of those with leads in flight, that were silent for too long; each is told once in that time.
  mutating func stalled(inFlight: Set<Int64>, at now: SuspendingClock.Instant) -> [Int64] {
    heard = heard.filter { inFlight.contains($0.key) }
    var stalled: [Int64] = []
    for batch in inFlight {
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
