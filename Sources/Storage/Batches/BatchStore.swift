import BatchReports
import Foundation
import GRDB
import Secrets

/// Batches as people handle them: placing, finding, listing. What the engine does with them stands in `WorkQueue`.
public struct BatchStore: Sendable {
  let database: AppDatabase
  let budget: BudgetBook
  let maxLeads: Int

  public init(database: AppDatabase, budget: BudgetBook, maxLeads: Int) {
    self.database = database
    self.budget = budget
    self.maxLeads = maxLeads
  }

  /// A request to start, as it came: the person's approval beside the order.
  public struct Start: Sendable {
    public var quote: UUID
    public var order: BatchOrder
    /// The template that the form names; another one than the quote's means another price.
    public var template: String?
    /// The total that was shown to the person, where the client sends it along.
    public var approvedCost: Money?
    public var isApproved: Bool
    /// `Idempotency-Key` and a digest of the whole request.
    public var idempotency: (key: String, digest: Data)?

    public init(
      quote: UUID, order: BatchOrder, template: String? = nil, approvedCost: Money? = nil, isApproved: Bool,
      idempotency: (key: String, digest: Data)? = nil
    ) {
      self.quote = quote
      self.order = order
      self.template = template
      self.approvedCost = approvedCost
      self.isApproved = isApproved
      self.idempotency = idempotency
    }
  }

  /// Creates the batch with all of its leads, or hands back the one that this quote has already made: one transaction.
  ///
  /// Throws `AccessRefusal` for a viewer, `StartRefusal`, `TemplateRefusal` and `BudgetExceeded`; nothing is written then.
  public func place(_ start: Start, by account: Account, now: Date) async throws -> Batch {
    guard account.role >= .operator else { throw AccessRefusal.roleTooLow(needed: .operator) }
    do { return try await write(start, by: account, now: now) } catch var refusal as BudgetExceeded {
      let desk = QuoteDesk(database: database, budget: budget, maxLeads: maxLeads, maxConcurrentTotal: 1)
      refusal.fittingLeadCount = try await desk.fitting(start.quote, for: account, now: now).count
      throw refusal
    }
  }

  private func write(_ start: Start, by account: Account, now: Date) async throws -> Batch {
    try await database.pool.write { db in
      let batch = try Self.earlier(start, by: account, in: db) ?? placeNew(start, by: account, now: now, in: db)
      if let idempotency = start.idempotency {
        try db.execute(
          sql: """
            INSERT INTO idempotency (account_id, key, request_digest, batch_id, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
          arguments: [account.id.text, idempotency.key, idempotency.digest, batch.id.text, now.milliseconds])
      }
      return batch
    }
  }

  private func placeNew(_ start: Start, by account: Account, now: Date, in db: Database) throws -> Batch {
    guard let quote = try QuoteDesk.find(start.quote, for: account.id, in: db) else { throw StartRefusal.quoteExpired }
    try check(start, against: quote, now: now, in: db)
    return try insert(quote, start, by: account, now: now, in: db)
  }

  /// The batch that an earlier try with the same idempotency key made, before a new quote is sealed for it.
  public func earlierBatch(idempotencyKey: String, digest: Data, by account: Account) async throws -> Batch? {
    try await database.pool.read { try Self.byIdempotency(idempotencyKey, digest, account, in: $0) }
  }

  /// Seconds for which a repeated start with the same idempotency key is known as one.
  public static let idempotencyLifetime: TimeInterval = 7 * 86_400

  /// Forgets idempotency keys that are older than a repetition may be. Returns how many.
  @discardableResult
  public func removeOldIdempotencyKeys(now: Date) async throws -> Int {
    let old = try await database.pool.read { db in
      try Row.fetchAll(
        db, sql: "SELECT account_id, key FROM idempotency WHERE created_at < ?",
        arguments: [now.addingTimeInterval(-Self.idempotencyLifetime).milliseconds]
      ).map { (account: $0[0] as String, key: $0[1] as String) }
    }
    for start in stride(from: 0, to: old.count, by: 500) {
      let some = old[start..<min(start + 500, old.count)]
      try await database.pool.write { db in
        let remove = try db.cachedStatement(sql: "DELETE FROM idempotency WHERE account_id = ? AND key = ?")
        for row in some { try remove.execute(arguments: [row.account, row.key]) }
      }
    }
    return old.count
  }

  private static func earlier(_ start: Start, by account: Account, in db: Database) throws -> Batch? {
    if let idempotency = start.idempotency, let batch = try byIdempotency(idempotency.key, idempotency.digest, account, in: db) { return batch }
    let row = try Row.fetchOne(
      db, sql: BatchRow.select + " WHERE batch.quote_id = ? AND batch.owner = ?", arguments: [start.quote.text, account.id.text])
    return try row.map(BatchRow.batch)
  }

  private static func byIdempotency(_ key: String, _ digest: Data, _ account: Account, in db: Database) throws -> Batch? {
    let row = try Row.fetchOne(
      db, sql: "SELECT request_digest, batch_id FROM idempotency WHERE account_id = ? AND key = ?", arguments: [account.id.text, key])
    guard let row else { return nil }
    if row["request_digest"] as Data != digest { throw StartRefusal.idempotencyConflict }
    return try BatchRow.find(try Decode.uuid(row["batch_id"]), in: db)
  }

  private func check(_ start: Start, against quote: Quote, now: Date, in db: Database) throws {
    if now >= quote.expiresAt { throw StartRefusal.quoteExpired }
    if quote.leadKeys.count > maxLeads { throw StartRefusal.tooManyLeads(count: quote.leadKeys.count, limit: maxLeads) }
    let asked = try TemplateStore.usable(start.template ?? quote.template.description, in: db)
    let card = try RateCardStore.current(at: now, in: db)
    // The quote keeps what it expects of the leads and which providers are on; the prices must be today's.
    let units = UnitPrices(template: asked, card: card, paidProviders: quote.price.units.called, leadCount: quote.runCount)
    if asked.reference != quote.template || units != quote.price.units {
      throw StartRefusal.quoteChanged(was: quote.price.total, now: quote.price.at(units).total)
    }
    if let startAt = start.order.startAt { try PlannedStart.check(startAt, now: now) }
    if let approved = start.approvedCost, approved.plain != quote.price.total.plain {
      throw StartRefusal.quoteChanged(was: approved, now: quote.price.total)
    }
    if !start.isApproved { throw StartRefusal.costNotApproved(quote.price.total) }
    let same = try String.fetchOne(
      db,
      sql: """
        SELECT id FROM batch WHERE owner = ? AND leads_digest = ? AND state IN ('pending', 'processing', 'paused', 'cancelling')
        """,
      arguments: [quote.account.text, QuoteDesk.digest(of: quote.leadKeys)])
    if let same { throw StartRefusal.batchInProgress(try Decode.uuid(same)) }
  }

  private func insert(_ quote: Quote, _ start: Start, by account: Account, now: Date, in db: Database) throws -> Batch {
    let id = UUID.version7(at: now)
    let order = start.order
    let name = order.name.isEmpty ? "\(Grouping.thousands(quote.leadKeys.count)) leads, \(quote.template.name) \(quote.template.version)" : order.name
    try db.execute(
      sql: """
        INSERT INTO batch (id, quote_id, owner, name, description, template_name, template_version, rate_card_version, state, private,
          leads_digest, total, pending, max_concurrent, retry_count, max_failure_percent, max_failure_count, estimated, estimated_low,
          estimated_high, per_report, created_at, priority, scheduled_at, skipped, reuse_days, saved, unit_prices, mix, rates, without_website)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id.text, quote.id.text, account.id.text, name, order.description, quote.template.name, quote.template.version, quote.rateCardVersion,
        order.isPrivate, QuoteDesk.digest(of: quote.leadKeys), quote.leadKeys.count, quote.runCount, order.maxConcurrent,
        order.retryCount, order.maxFailurePercent, order.maxFailureCount, quote.price.total.micros, quote.low.micros, quote.high.micros,
        quote.price.perReport.micros, now.milliseconds, order.priority.rawValue, order.startAt?.milliseconds,
        quote.reused.count, quote.reuseDays, quote.saved.micros, try Encode.json(quote.price.unitPrices),
        try Encode.json(quote.mix), try Encode.json(quote.estimate.rates), quote.withoutWebsite,
      ])
    let key = db.lastInsertedRowID
    let overrunReason = account.role == .admin ? order.overrunReason : nil
    let passesLimit = try budget.reserve(quote.high, batchKey: key, run: 1, mayOverrun: overrunReason != nil, at: now, in: db)
    let insertLead = try db.cachedStatement(
      sql: "INSERT INTO batch_lead (batch_key, position, lead_key, state, due_at) VALUES (?, ?, ?, 'pending', ?)")
    let due = (order.startAt ?? now).milliseconds
    let reused = Set(quote.reused.map(\.leadKey))
    for (position, lead) in quote.leadKeys.enumerated() where !reused.contains(lead) {
      try insertLead.execute(arguments: [key, position, lead, due])
    }
    try FreshReports.skip(quote, batchKey: key, now: now, in: db)
    guard let batch = try BatchRow.find(key: key, in: db) else { throw UnreadableRow(description: "batch \(key) vanished") }
    try AuditTrail.record(
      AuditEntry(
        batch, "batch.start", by: .account(account), reason: passesLimit ? overrunReason ?? "" : "",
        detail: [
          "leads": "\(quote.leadKeys.count)", "template": quote.template.description, "approved": quote.price.total.dollars,
          "over_budget": passesLimit ? "yes" : "no", "reused": "\(quote.reused.count)",
        ].merging(Self.settings(order)) { $1 }.merging(try Self.sampleDetail(quote, in: db)) { $1 }
          .merging(order.startAt.map { ["scheduled_for": $0.rfc3339] } ?? [:]) { $1 }, at: now), in: db)
    if quote.runCount > 0 { return batch }
    try BatchEnding.endWithoutWork(batch, now: now, in: db)
    return try BatchRow.find(key: key, in: db) ?? batch
  }

  private static func settings(_ order: BatchOrder) -> [String: String] {
    var detail = ["priority": order.priority.rawValue, "max_concurrent": "\(order.maxConcurrent)", "private": order.isPrivate ? "yes" : "no"]
    if let percent = order.maxFailurePercent { detail["max_failure_percent"] = "\(percent)" }
    if let count = order.maxFailureCount { detail["max_failure_count"] = "\(count)" }
    return detail
  }

  /// Whether it is a sample of more leads, or the rest that a sample left.
  private static func sampleDetail(_ quote: Quote, in db: Database) throws -> [String: String] {
    if let sample = quote.sample { return ["sample": "yes", "rest": "\(sample.rest.count)"] }
    guard let key = quote.measuredBy, let measured = try BatchRow.find(key: key, in: db) else { return [:] }
    return ["rest_of_sample": measured.id.text]
  }

  /// The batch with this id, or nil when there is none that the account may see.
  public func find(_ id: UUID, visibleTo account: Account) async throws -> Batch? {
    try await database.pool.read { db in
      try BatchRow.find(id, in: db).flatMap { account.maySee(isPrivate: $0.isPrivate, ownedBy: $0.owner) ? $0 : nil }
    }
  }
}
