import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("Lists of batches and of their leads")
struct ListTests {
  @Test("the history pages by cursor, newest first, and knows how many there are")
  func paging() async throws {
    let desk = try await BatchDesk(leads: 7)
    for key in Int64(1)...7 { _ = try await desk.start([key]) }
    var keys: [Int64] = []
    var cursor: String?
    repeat {
      let page = try await desk.batches.history(BatchFilter(), visibleTo: desk.viewer, limit: 3, cursor: cursor)
      #expect(page.totalCount == 7)
      keys += page.batches.map(\.key)
      cursor = page.nextCursor
    } while cursor != nil
    #expect(keys == [7, 6, 5, 4, 3, 2, 1])
    await #expect(throws: InvalidInput.self) { try await desk.batches.history(BatchFilter(), visibleTo: desk.viewer, limit: 3, cursor: "x'") }
  }

  @Test("every filter narrows the history")
  func filters() async throws {
    let desk = try await BatchDesk(leads: 4)
    let first = try await desk.start([1], BatchDesk.order("Spring 100%"))
    _ = try await desk.start([2], BatchDesk.order("Autumn"), by: desk.otherOperator, now: BatchDesk.noon.addingTimeInterval(3600))
    _ = try await desk.batches.pause(first.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    func names(_ change: (inout BatchFilter) -> Void) async throws -> [String] {
      var filter = BatchFilter()
      change(&filter)
      let page = try await desk.batches.history(filter, visibleTo: desk.viewer, limit: 10, cursor: nil)
      #expect(page.totalCount == page.batches.count)
      return page.batches.map(\.name)
    }
    #expect(try await names { _ in } == ["Autumn", "Spring 100%"])
    #expect(try await names { $0.states = [.paused] } == ["Spring 100%"])
    #expect(try await names { $0.states = [.paused, .pending] } == ["Autumn", "Spring 100%"])
    #expect(try await names { $0.createdBy = "OTHER@" } == ["Autumn"])
    #expect(try await names { $0.createdBy = "Other@Example.com" } == ["Autumn"])
    #expect(try await names { $0.createdBy = "her@example.com" } == [])
    #expect(try await names { $0.createdBy = "@example" } == ["Autumn", "Spring 100%"])
    #expect(try await names { $0.text = first.id.text.uppercased() } == ["Spring 100%"])
    #expect(try await names { $0.text = String(first.id.text.prefix(8)) } == ["Spring 100%"])
    #expect(try await names { $0.text = String(first.id.text.prefix(7)) } == [])
    #expect(try await names { $0.text = String(first.id.text.dropFirst()) } == [])
    #expect(try await names { $0.text = "________" } == [])
    #expect(try await names { $0.text = "spring" } == ["Spring 100%"])
    #expect(try await names { $0.text = "%" } == ["Spring 100%"])
    #expect(try await names { $0.text = "' OR 1 = 1" } == [])
    #expect(try await names { $0.createdAfter = BatchDesk.noon.addingTimeInterval(1) } == ["Autumn"])
    #expect(try await names { $0.createdBefore = BatchDesk.noon.addingTimeInterval(1) } == ["Spring 100%"])
    #expect(try await names { $0.template = TemplateReference("v1") } == [])
    #expect(try await names { $0.template = TemplateReference("v3") }.count == 2)
    #expect(try await desk.batches.live().map(\.name) == ["Spring 100%", "Autumn"])
  }

  @Test("starters and ended batches are those that one may see, and a batch gives back its leads")
  func around() async throws {
    let desk = try await BatchDesk(leads: 3)
    let open = try await desk.start([3, 1])
    let secret = try await desk.start([2], BatchDesk.order(isPrivate: true), by: desk.otherOperator)
    for batch in [open, secret] { _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon) }
    #expect(try await desk.batches.owners(visibleTo: desk.viewer) == ["operator@example.com"])
    #expect(try await desk.batches.owners(visibleTo: desk.admin) == ["operator@example.com", "other@example.com"])
    #expect(try await desk.batches.ended(visibleTo: desk.viewer, limit: 5).map(\.key) == [open.key])
    #expect(try await desk.batches.ended(visibleTo: desk.admin, limit: 1).map(\.key) == [secret.key])
    #expect(try await desk.batches.leadKeys(of: open) == [3, 1])
    #expect(try await desk.batches.recentThroughput() == RecentThroughput(batches: 0, leads: 0, failed: 0, busySeconds: 0))
  }

  /// Six leads: completed, failed by DNS, failed by 404, waiting for a retry, in flight, pending.
  static func mixed() async throws -> (BatchDesk, Batch, Int64) {
    let desk = try await BatchDesk(leads: 6)
    let batch = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(5, epoch: epoch)
    let due = BatchDesk.noon.addingTimeInterval(30)
    try await desk.advance(
      [
        claims[0].succeeds(score: 91), claims[1].fails(.dnsFailed), claims[2].fails(.notHTML),
        claims[3].ends(.retry(LeadFailure(.timeout, "Too slow."), dueAt: due)),
      ], epoch: epoch)
    return (desk, try await desk.batch(batch.id), epoch)
  }

  @Test("leads are listed in order, by state and by cause, in pages")
  func leads() async throws {
    let (desk, batch, _) = try await Self.mixed()
    let all = try await desk.batches.leads(of: batch, limit: 10).leads
    #expect(all.map(\.state) == [.completed, .failed, .failed, .retrying, .processing, .pending])
    #expect(all[0].score == 91 && all[0].cost == Money(micros: 50_000) && all[0].durationMilliseconds == 1000 && all[0].attempts == 1)
    #expect(all[1].errorCode == .dnsFailed && all[1].errorMessage == "It failed." && all[1].cost == .zero && all[1].finishedAt != nil)
    #expect(all[3].nextAttemptAt == BatchDesk.noon.addingTimeInterval(30) && all[3].errorCode == .timeout)
    #expect(all[5].nextAttemptAt == nil && all[5].attempts == 0)
    #expect(try await desk.batches.leads(of: batch, states: [.failed, .completed], limit: 10).leads.map(\.position) == [0, 1, 2])
    #expect(try await desk.batches.leads(of: batch, errorCode: .notHTML, limit: 10).leads.map(\.position) == [2])
    #expect(try await desk.batches.leads(of: batch, errorCode: .timeout, limit: 10).leads.isEmpty)
    #expect(try await desk.batches.leads(of: batch, states: [.retrying], errorCode: .timeout, limit: 10).leads.map(\.position) == [3])
    #expect(try await desk.batches.leads(of: batch, states: [.retrying], errorCode: .notHTML, limit: 10).leads.isEmpty)
    let page = try await desk.batches.leads(of: batch, limit: 4)
    #expect(page.leads.count == 4)
    let next = try await desk.batches.leads(of: batch, limit: 4, cursor: page.nextCursor)
    #expect(next.leads.map(\.position) == [4, 5] && next.nextCursor == nil)
    await #expect(throws: InvalidInput.self) { try await desk.batches.leads(of: batch, limit: 4, cursor: "last") }
  }

  @Test("one lead is found in its batch, and in no other")
  func one() async throws {
    let (desk, batch, _) = try await Self.mixed()
    let ids = try await desk.leadIDs()
    #expect(try await desk.batches.lead(ids[3], of: batch)?.state == .retrying)
    #expect(try await desk.batches.lead(.version7(), of: batch) == nil)
    let other = try await desk.start([1])
    #expect(try await desk.batches.lead(ids[3], of: other) == nil)
  }

  @Test("causes are grouped, the most frequent first")
  func causes() async throws {
    let (desk, batch, epoch) = try await Self.mixed()
    let claims = try await desk.claim(5, epoch: epoch, now: BatchDesk.noon.addingTimeInterval(60))
    try await desk.advance(claims.map { $0.fails(.notHTML) }, epoch: epoch)
    let causes = try await desk.batches.failureCauses(of: try await desk.batch(batch.id))
    #expect(causes.map(\.code) == [.notHTML, .dnsFailed])
    #expect(causes.map(\.count) == [3, 1])
    #expect(causes[0].example == "It failed.")
    #expect(try await desk.batches.failureCauses(of: desk.start([1])).isEmpty)
  }

  @Test("a lead knows its reports and its tries, of the batches that one may see")
  func ofLead() async throws {
    let (desk, batch, epoch) = try await Self.mixed()
    let ids = try await desk.leadIDs()
    let secret = try await desk.start([1], BatchDesk.order("Secret", isPrivate: true), by: desk.admin)
    let claims = try await desk.claim(9, epoch: epoch).filter { $0.batchKey == secret.key }
    try await desk.advance(claims.map { $0.succeeds(score: 50) }, epoch: epoch)
    #expect(try await desk.batches.reports(ofLead: ids[0], visibleTo: desk.viewer).map(\.score) == [91])
    #expect(Set(try await desk.batches.reports(ofLead: ids[0], visibleTo: desk.admin).map(\.score)) == [91, 50])
    #expect(try await desk.batches.attempts(ofLead: ids[0], visibleTo: desk.viewer).map(\.batchID) == [batch.id])
    #expect(try await desk.batches.attempts(ofLead: ids[0], visibleTo: desk.admin).map(\.batchName) == ["Secret", batch.name])
    let failed = try await desk.batches.attempts(ofLead: ids[1], visibleTo: desk.viewer)
    #expect(failed.map(\.outcome) == ["failed"] && failed.first?.errorCode == .dnsFailed && failed.first?.number == 1)
  }

  @Test("progress names leads in flight and the last errors, at most ten of each")
  func progress() async throws {
    let (desk, batch, _) = try await Self.mixed()
    let rows = try #require(try await desk.batches.progress(of: batch.id))
    #expect(rows.currentLeads.map(\.name) == ["Lead 4"])
    #expect(rows.recentErrors.map(\.code) == ["not_html", "dns_failed"])
    let snapshot = rows.snapshot(recentRate: nil, now: BatchDesk.noon.addingTimeInterval(10))
    #expect(snapshot.seq == batch.seq && snapshot.inFlight == 1 && snapshot.failureCount == 2 && snapshot.actualCost == Money(micros: 50_000))
    #expect(try await desk.batches.progress(of: .version7()) == nil)
    let many = try await BatchDesk(leads: 30)
    let big = try await many.start(nil, BatchDesk.order(maxConcurrent: 30))
    let epoch = try await many.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await many.claim(30, epoch: epoch)
    try await many.advance(claims.prefix(15).map { $0.fails() }, epoch: epoch)
    let full = try #require(try await many.batches.progress(of: big.id))
    #expect(full.currentLeads.count == 10 && full.recentErrors.count == 10)
  }

  @Test("progress since a seq: what moved on, and live batches that were not known")
  func since() async throws {
    let (desk, batch, epoch) = try await Self.mixed()
    let other = try await desk.start([1])
    let found = { (known: [UUID: Int64]) in Set(try await desk.batches.progress(since: known).map(\.batch.id)) }
    #expect(try await found([:]) == [batch.id, other.id])
    #expect(try await found([batch.id: batch.seq, other.id: other.seq]) == [])
    #expect(try await found([batch.id: batch.seq - 1, other.id: other.seq]) == [batch.id])
    _ = try await desk.batches.cancel(other.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    // One that ended is told to those who knew it, and to nobody else.
    #expect(try await found([batch.id: batch.seq, other.id: other.seq]) == [other.id])
    #expect(try await found([batch.id: batch.seq]) == [])
    _ = epoch
  }
}
