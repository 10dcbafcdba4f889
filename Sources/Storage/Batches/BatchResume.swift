import BatchReports
import Foundation
import GRDB

/// Taking up a paused batch. One whose approved money is spent gets more first: what its open leads can still cost.
extension BatchStore {
  /// What a resume would do, as the page before it shows.
  public struct ResumeOffer: Sendable {
    public var batch: Batch
    /// What it reserves beside what the batch still holds; zero for one that was paused for another reason.
    public var cost: Money
    /// Of the day on which the batch's money counts.
    public var budget: BudgetState
  }

  /// The price of a resume. Throws what `resume` would throw, but for the approval and the budget.
  public func resumeOffer(_ id: UUID, by account: Account, now: Date) async throws -> ResumeOffer {
    try await database.pool.read { db in
      guard let batch = try BatchRow.find(id, in: db), account.maySee(isPrivate: batch.isPrivate, ownedBy: batch.owner) else {
        throw NoSuchBatch(id: id)
      }
      guard account.mayControl(ownedBy: batch.owner) else { throw AccessRefusal.notYours }
      guard batch.state == .paused else { throw InvalidTransition(action: "resumed", state: batch.state) }
      let day = try BudgetBook.day(batchKey: batch.key, in: db) ?? budget.day(of: now)
      return ResumeOffer(batch: batch, cost: try Self.lacking(batch, in: db), budget: try budget.state(of: day, in: db))
    }
  }

  /// Takes a paused batch up again; one that was ordered for later and paused before goes back to waiting for its time.
  ///
  /// Throws `InvalidTransition`, and `ResumeRefusal` or `BudgetExceeded` for one that needs more money; nothing is written then.
  public func resume(_ id: UUID, _ order: ResumeOrder, by account: Account, now: Date) async throws -> Batch {
    try await change(id, action: "resumed", by: account) { batch, db in
      guard batch.state == .paused else { return false }
      let more = try approve(order, for: batch, by: account, now: now, in: db)
      try db.execute(
        sql: """
          UPDATE batch SET state = iif(started_at IS NULL AND scheduled_at > ?1, 'pending', 'processing'), state_reason = '',
            paused_by_engine = 0, reserve_spent = 0, recent_ends = '',
            at_most = iif(?3 = 0, at_most, max(coalesce(at_most, estimated_high) + ?3, actual)),
            paused_ms = paused_ms + CASE WHEN started_at IS NULL THEN 0 ELSE max(0, ?1 - paused_at) END, paused_at = NULL, seq = seq + 1
          WHERE key = ?2 AND state = 'paused'
          """,
        arguments: [now.milliseconds, batch.key, more.cost.micros])
      guard db.changesCount == 1 else { return false }
      let reasons = [order.reason, more.overrunReason].filter { !$0.isEmpty }
      try AuditTrail.record(
        AuditEntry(
          batch, "batch.resume", by: .account(account), reason: reasons.joined(separator: " / "),
          detail: more.cost == .zero ? [:] : ["approved": more.cost.dollars, "over_budget": more.overrunReason.isEmpty ? "no" : "yes"], at: now),
        in: db)
      return true
    }
  }

  /// A resume of a batch that needs no more money.
  public func resume(_ id: UUID, reason: String, by account: Account, now: Date) async throws -> Batch {
    try await resume(id, ResumeOrder(reason: reason), by: account, now: now)
  }

  /// Reserves what the rest of the batch lacks. Throws `ResumeRefusal` and `BudgetExceeded`.
  private func approve(
    _ order: ResumeOrder, for batch: Batch, by account: Account, now: Date, in db: Database
  ) throws -> (cost: Money, overrunReason: String) {
    let cost = try Self.lacking(batch, in: db)
    if cost == .zero { return (cost, "") }
    if let approved = order.approvedCost, approved.plain != cost.plain { throw ResumeRefusal.priceChanged(was: approved, now: cost) }
    if !order.isApproved { throw ResumeRefusal.costNotApproved(cost) }
    let overrunReason = account.role == .admin ? order.overrunReason : nil
    let passesLimit = try budget.extend(cost, batchKey: batch.key, mayOverrun: overrunReason != nil, at: now, in: db)
    return (cost, passesLimit ? overrunReason ?? "" : "")
  }

  /// What the open leads can still cost, less what the batch still holds.
  static func lacking(_ batch: Batch, in db: Database) throws -> Money {
    guard batch.isReserveSpent else { return .zero }
    let needs = try CallNeeds.sum(of: batch, where: "state IN ('pending', 'processing', 'retrying')", in: db)
    return max(.zero, needs.cost - (try BudgetBook.rest(batchKey: batch.key, in: db)))
  }
}
