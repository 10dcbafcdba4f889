import BatchReports

/// Notices a batch of which leads are in flight and none ends: one that runs, or one that waits for its last leads to come back.
///
/// It counts time in which the machine was awake, in this process alone: a clock that is set, a night asleep or a restart is no stall.
struct StallWatch {
  private let patience: Duration
  private var states: [Int64: BatchState] = [:]
  private var heard: [Int64: SuspendingClock.Instant] = [:]

  init(patience: Duration) { self.patience = patience }

  /// Told the state of each live batch. With a change of it, a pause, a resume or a cancel, its time begins anew.
  mutating func watch(_ states: [Int64: BatchState]) {
    heard = heard.filter { states[$0.key] == self.states[$0.key] }
    self.states = states
  }

  /// A lead of the batch has ended, in whatever way.
  mutating func hear(_ batch: Int64, at now: SuspendingClock.Instant) { heard[batch] = now }

  /// The batches, of those with leads in flight, that were silent for too long: until `settle`, whenever it is asked.
  mutating func stalled(inFlight: Set<Int64>, at now: SuspendingClock.Instant) -> [Int64] {
    heard = heard.filter { inFlight.contains($0.key) }
    return inFlight.sorted().filter { batch in
      let since = heard[batch] ?? now
      heard[batch] = since
      return now - since >= patience
    }
  }

  /// What was to be done about a silent batch is done and written down: its time begins anew.
  mutating func settle(_ batch: Int64, at now: SuspendingClock.Instant) { heard[batch] = now }
}
