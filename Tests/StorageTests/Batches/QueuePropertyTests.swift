import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

/// Random operations on real rows beside the naive model: after each one they agree, and the money adds up.
@Suite("Work queue against a model")
struct QueuePropertyTests {
  struct Walk {
    let desk: BatchDesk
    var random: SeededRandom
    var model = QueueModel()
    var epoch: Int64
    var now = BatchDesk.noon
    var claims: [(claim: WorkQueue.Claim, epoch: Int64)] = []
    var seqs: [Int64: Int64] = [:]
    var retries = 0

    mutating func start() async throws {
      let count = Int.random(in: 1...6, using: &random)
      let keys = Array(try await desk.leadKeys().shuffled(using: &random).prefix(count))
      let limit = Bool.random(using: &random) ? nil : Int.random(in: 0...2, using: &random)
      let order = try BatchDesk.order(maxConcurrent: Int.random(in: 1...4, using: &random), maxFailureCount: limit)
      let batch: Batch
      do { batch = try await desk.start(keys, order, now: now) } catch let refusal as StartRefusal {
        #expect(refusal.code == .batchInProgress)
        return
      }
      model.batches[batch.key] = .init(
        id: batch.id, leads: Array(repeating: .init(), count: count), maxConcurrent: order.maxConcurrent, maxFailureCount: limit)
    }

    mutating func control() async throws {
      guard let (key, entry) = model.batches.sorted(by: { $0.key < $1.key }).randomElement(using: &random) else { return }
      let kind = Int.random(in: 0...4, using: &random)
      let isTaken = kind < 2 ? model.pause(key) : kind < 4 ? model.resume(key) : model.cancel(key)
      do {
        switch kind {
        case 0, 1: _ = try await desk.batches.pause(entry.id, reason: "", by: desk.admin, now: now)
        case 2, 3: _ = try await desk.batches.resume(entry.id, reason: "", by: desk.admin, now: now)
        default: _ = try await desk.batches.cancel(entry.id, reason: "", by: desk.admin, now: now)
        }
        #expect(isTaken)
      } catch is InvalidTransition { #expect(!isTaken) }
    }

    mutating func retry() async throws {
      let all = model.batches.sorted { $0.key < $1.key }
      let fit = all.filter { model.mayRetry($0.key, nil) }
      guard let (key, entry) = (fit.isEmpty ? all : fit).randomElement(using: &random) else { return }
      let position = Bool.random(using: &random) ? nil : Int.random(in: entry.leads.indices, using: &random)
      let leads = try await desk.batches.leads(of: desk.batch(entry.id), limit: 100).leads
      let order = try RetryOrder(scope: position.map { .leads([leads[$0].leadID]) } ?? .failed, isApproved: true)
      let isTaken = model.mayRetry(key, position)
      do {
        _ = try await desk.batches.retry(entry.id, order, by: desk.admin, now: now)
        #expect(isTaken)
        model.retry(key, position)
        retries += 1
      } catch let refusal as StartRefusal { #expect(isTaken && refusal.code == .batchInProgress) } catch is any Refusal { #expect(!isTaken) }
    }

    mutating func result() -> WorkQueue.Outcome.Result {
      switch Int.random(in: 0...9, using: &random) {
      case 0...4: .completed(score: Int.random(in: 0...100, using: &random), report: Data("{}".utf8))
      case 5, 6: .failed(LeadFailure(.dnsFailed, "no"))
      case 7: .retry(LeadFailure(.timeout, "slow"), dueAt: now.addingTimeInterval(Double.random(in: 0...9, using: &random)))
      case 8: .released
      default: .cancelled
      }
    }

    mutating func advance() async throws {
      var outcomes: [WorkQueue.Outcome] = []
      for index in claims.indices.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random)) {
        let (outcome, owner) = (claims[index].claim.ends(result()), claims[index].epoch)
        if owner == epoch {
          outcomes.append(outcome)
        } else {
          // An engine that was replaced writes nothing.
          do {
            try await desk.advance([outcome], epoch: owner, now: now)
            Issue.record("an engine of an earlier epoch could write")
          } catch is WorkQueue.LostLease {}
        }
      }
      let taking = Int.random(in: 0...3, using: &random)
      let advance = try await desk.advance(outcomes, claiming: taking, epoch: epoch, now: now)
      let late = model.record(outcomes)
      #expect(late == advance.stale.count)
      for claim in advance.claims {
        let couldBeTaken = model.take(claim)
        #expect(couldBeTaken)
        claims.append((claim, epoch))
      }
      #expect(Set(advance.liveBatches.map(\.key)) == Set(model.batches.filter { $0.value.state.isLive }.keys))
    }

    mutating func step() async throws {
      now = now.addingTimeInterval(Double.random(in: -1...5, using: &random))
      switch Int.random(in: 0...19, using: &random) {
      case 0...2: try await start()
      case 3...5: try await control()
      case 6:
        epoch = try await desk.queue.beginEpoch(now: now)
        model.crash()
      case 7...9: try await retry()
      default: try await advance()
      }
      try await compare()
    }

    mutating func compare() async throws {
      for (key, entry) in model.batches {
        let batch = try await desk.batch(entry.id)
        #expect(batch.state == entry.state)
        #expect(
          batch.counts
            == BatchCounts(
              total: entry.leads.count, pending: entry.count(.pending), processing: entry.count(.processing), retrying: entry.count(.retrying),
              completed: entry.count(.completed), failed: entry.count(.failed), skipped: 0, cancelled: entry.count(.cancelled)))
        #expect(batch.actual == batch.perReport * entry.count(.completed))
        #expect(batch.elapsedSeconds(at: now) >= 0)
        #expect(batch.seq >= seqs[key] ?? 0)
        seqs[key] = batch.seq
        let leads = try await desk.batches.leads(of: batch, limit: 100).leads
        #expect(leads.map(\.state) == entry.leads.map(\.state))
        #expect(leads.map(\.attempts) == entry.leads.map(\.attempts))
      }
      for sql in Self.falsehoods { #expect(try await desk.number("SELECT count(*) FROM (\(sql))") == 0, "\(sql)") }
    }

    /// Each finds rows only if the books are wrong.
    static let falsehoods = [
      "SELECT 1 FROM batch WHERE actual <> (SELECT coalesce(sum(amount), 0) FROM charge WHERE charge.batch_key = batch.key)",
      "SELECT 1 FROM batch WHERE actual <> (SELECT sum(cost) FROM batch_lead WHERE batch_lead.batch_key = batch.key)",
      "SELECT 1 FROM batch WHERE actual <> (SELECT sum(settled) FROM reservation WHERE reservation.batch_key = batch.key)",
      "SELECT 1 FROM batch JOIN reservation ON batch_key = key WHERE (finished_at IS NULL AND reservation.run = batch.run) <> (released_at IS NULL)",
      "SELECT 1 FROM budget_day WHERE spent <> (SELECT coalesce(sum(amount), 0) FROM charge WHERE charge.day = budget_day.day)",
      "SELECT 1 FROM budget_day d WHERE reserved <> (SELECT coalesce(sum(amount - settled), 0) FROM reservation r WHERE r.day = d.day AND released_at IS NULL)",
      """
      SELECT 1 FROM batch_lead WHERE attempts - (state = 'processing')
        <> (SELECT count(*) FROM attempt a WHERE a.batch_key = batch_lead.batch_key AND a.position = batch_lead.position)
      """,
      "SELECT 1 FROM batch_lead b WHERE (state = 'completed') <> EXISTS (SELECT 1 FROM report r WHERE r.batch_key = b.batch_key AND r.position = b.position)",
      "SELECT 1 FROM attempt WHERE finished_at < started_at",
    ]
  }

  @Test("rows and model agree after every step", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func walk(seed: UInt64) async throws {
    let desk = try await BatchDesk(leads: 12)
    var walk = Walk(desk: desk, random: SeededRandom(seed: seed), epoch: try await desk.queue.beginEpoch(now: BatchDesk.noon))
    for _ in 0..<120 { try await walk.step() }
    #expect(walk.model.batches.count > 5)
    #expect(walk.claims.count > 20)
    #expect(walk.retries > 0)
  }
}
