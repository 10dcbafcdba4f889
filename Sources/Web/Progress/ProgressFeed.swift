import BatchReports
import Foundation
import Logging
import ServiceLifecycle
import Storage
import Synchronization

/// Fills the hub from the rows: whoever runs the batches, this process or another, its listeners hear of every change.
///
/// It looks a few times a second whether anyone has committed, reads the batches whose `seq` rose, and publishes each at most once a
/// second; a live batch is published at least every two seconds, and a terminal snapshot at once (contract, section 5).
public final class ProgressFeed: Service {
  /// Seconds.
  static let shortestGap = 1.0
  static let longestGap = 1.8
  /// Seconds between two roll calls while nobody commits anything; sessions end by themselves too.
  static let rollGap = 60.0
  private static let look = Duration.milliseconds(100)
  /// Seconds over which the current rate is taken.
  private static let rateWindow = 10.0

  private struct Topic {
    var publishedAt = Date.distantPast
    var seq: Int64 = 0
    var isTerminal = false
    /// It changed within the shortest gap, so that something is left to publish.
    var isBehind = false
    var samples: [(at: Date, processed: Int)] = []

    /// Seconds since the last message, also where the clock has been set back.
    func gap(at moment: Date) -> Double { abs(moment.timeIntervalSince(publishedAt)) }

    /// Leads a second over the window, or nil while there is nothing to measure.
    mutating func rate(adding processed: Int, at moment: Date, window: Double) -> Double? {
      samples.removeAll { moment.timeIntervalSince($0.at) > window }
      if samples.last.map({ moment.timeIntervalSince($0.at) >= 0.5 }) ?? true { samples.append((moment, processed)) }
      guard let first = samples.first, moment.timeIntervalSince(first.at) >= 2 else { return nil }
      return max(0, Double(processed - first.processed) / moment.timeIntervalSince(first.at))
    }
  }

  private let batches: BatchStore
  private let commits: CommitClock
  private let hub: ProgressHub
  private let logger: Logger
  private let now: @Sendable () -> Date
  private let topics = Mutex<[UUID: Topic]>([:])
  private let lastRoll = Mutex<(version: Int64, at: Date)>((.min, .distantPast))

  public init(
    batches: BatchStore, commits: CommitClock, hub: ProgressHub, logger: Logger, now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.batches = batches
    self.commits = commits
    self.hub = hub
    self.logger = logger
    self.now = now
  }

  public func run() async throws {
    try await cancelWhenGracefulShutdownQuietly {
      var seen: Int64 = -1
      while !Task.isCancelled {
        do {
          let version = try self.commits.version()
          self.callRoll(at: version)
          if version != seen || self.isOverdue() {
            try await self.publishChanges()
            seen = version
          }
        } catch is CancellationError { return } catch {
          self.logger.error("progress could not be read", metadata: ["error": "\(error)"])
        }
        do { try await Task.sleep(for: Self.look) } catch { return }
      }
    }
  }

  /// Has the listeners looked at again: at most once a second, and only when something was committed.
  func callRoll(at version: Int64) {
    let moment = now()
    let isDue = lastRoll.withLock { last in
      let gap = abs(moment.timeIntervalSince(last.at))
      guard last.version == version ? gap >= Self.rollGap : gap >= Self.shortestGap else { return false }
      last = (version, moment)
      return true
    }
    if isDue { hub.callRoll(version: version) }
  }

  /// Whether a batch has something left to publish, or one that somebody follows has been quiet for as long as it may be.
  private func isOverdue() -> Bool {
    let moment = now()
    let interest = hub.interest
    return topics.withLock { topics in
      topics.contains { id, topic in
        let gap = topic.gap(at: moment)
        let isFollowed = interest.all || interest.batches.contains(id)
        return !topic.isTerminal && (topic.isBehind ? gap >= Self.shortestGap : isFollowed && gap >= Self.longestGap)
      }
    }
  }

  /// Reads and publishes what is due now.
  func publishChanges() async throws {
    let moment = now()
    var known = topics.withLock { topics in
      topics.mapValues { topic in
        // A live batch that has been quiet for long is published whether it changed or not.
        topic.isTerminal || topic.gap(at: moment) < Self.longestGap ? topic.seq : topic.seq - 1
      }
    }
    // One that was made and has ended between two looks is neither known nor live, but somebody waits for its end.
    for id in hub.interest.batches where known[id] == nil { known[id] = 0 }
    let changed = try await batches.progress(since: known)
    for rows in changed {
      let (isDue, rate) = topics.withLock { topics in
        var topic = topics[rows.batch.id] ?? Topic()
        let isDue = rows.batch.state.isTerminal || topic.gap(at: moment) >= Self.shortestGap
        let rate = topic.rate(adding: rows.batch.counts.processed, at: moment, window: Self.rateWindow)
        topic.isBehind = !isDue
        topic.isTerminal = rows.batch.state.isTerminal
        if isDue { (topic.publishedAt, topic.seq) = (moment, rows.batch.seq) }
        topics[rows.batch.id] = topic
        return (isDue, rate)
      }
      if isDue { try hub.publish(rows.snapshot(recentRate: rate, now: moment), of: rows.batch.id) }
    }
    forgetEnded(at: moment)
  }

  /// The snapshot of a batch as it stands now, for a socket that has just been opened and for the API.
  public func snapshot(of id: UUID) async throws -> ProgressSnapshot? {
    guard let rows = try await batches.progress(of: id) else { return nil }
    return snapshot(of: rows)
  }

  public func snapshot(of rows: BatchStore.ProgressRows) -> ProgressSnapshot {
    let moment = now()
    let rate = topics.withLock { topics in
      var topic = topics[rows.batch.id] ?? Topic()
      // Whoever was shown a live batch hears of its end, even when it ends before the next look.
      if rows.batch.state.isLive, topics[rows.batch.id] == nil { topics[rows.batch.id] = topic }
      return topic.rate(adding: rows.batch.counts.processed, at: moment, window: Self.rateWindow)
    }
    return rows.snapshot(recentRate: rate, now: moment)
  }

  /// Ended batches are kept for ten minutes for listeners who come back, then forgotten.
  private func forgetEnded(at moment: Date) {
    let kept = topics.withLock { topics in
      topics = topics.filter { !$0.value.isTerminal || moment.timeIntervalSince($0.value.publishedAt) < 600 }
      return Set(topics.keys)
    }
    hub.forget(except: kept)
  }
}

/// Runs work until it ends or the service is asked to stop; being stopped is no error.
func cancelWhenGracefulShutdownQuietly(_ work: @escaping @Sendable () async throws -> Void) async throws {
  do { try await cancelWhenGracefulShutdown(work) } catch is CancellationError {}
}
