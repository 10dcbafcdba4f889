import Foundation

/// What a person asks for when starting a batch, checked against the rules that need no database.
public struct BatchOrder: Sendable, Hashable {
  public static let concurrencyRange = 1...100
  public static let retryRange = 0...5

  public var name: String
  public var description: String
  public var maxConcurrent: Int
  public var retryCount: Int
  public var maxFailurePercent: Double?
  public var maxFailureCount: Int?
  public var isPrivate: Bool
  public var priority: BatchPriority
  /// When to begin; nil for at once. Checked against the clock when the batch is placed.
  public var startAt: Date?
  /// Why the batch may pass the day's budget: an admin's to give. Nil when none was given.
  public var overrunReason: String?

  public init(
    name: String = "", description: String = "", maxConcurrent: Int, retryCount: Int, maxFailurePercent: Double? = nil,
    maxFailureCount: Int? = nil, isPrivate: Bool = false, priority: BatchPriority = .normal, startAt: Date? = nil, overrunReason: String? = nil
  ) throws {
    self.name = TypedText.isBlank(name) ? "" : name.trimmingCharacters(in: .whitespacesAndNewlines)
    self.description = description.trimmingCharacters(in: .whitespacesAndNewlines)
    self.maxConcurrent = maxConcurrent
    self.retryCount = retryCount
    self.maxFailurePercent = maxFailurePercent
    self.maxFailureCount = maxFailureCount
    self.isPrivate = isPrivate
    self.priority = priority
    self.startAt = startAt
    let reason = overrunReason?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    self.overrunReason = reason.isEmpty ? nil : reason
    try validate()
  }

  private func validate() throws {
    var problems: [InvalidInput.Problem] = []
    func refuse(_ field: String, _ message: String) { problems.append(.init(field: field, code: "out_of_range", message: message)) }
    problems += [
      TypedText.problem("name", name, "The name", limit: 120, tooLong: "out_of_range"),
      TypedText.problem("description", description, "The description", limit: 2000, tooLong: "out_of_range"),
      TypedText.problem("overrun_reason", overrunReason ?? "", "The reason", limit: 500, tooLong: "out_of_range"),
    ].compactMap { $0 }
    if !Self.concurrencyRange.contains(maxConcurrent) { refuse("max_concurrent", "Leads at a time: a whole number from 1 to 100.") }
    if !Self.retryRange.contains(retryCount) { refuse("retry_count", "Retries: a whole number from 0 to 5.") }
    if let percent = maxFailurePercent, !(percent >= 0 && percent <= 100) {
      refuse("max_failure_percent", "Tolerated failures: a number from 0 to 100 percent.")
    }
    if let count = maxFailureCount, count < 0 { refuse("max_failure_count", "Tolerated failures: a whole number from 0 up.") }
    if !problems.isEmpty { throw InvalidInput(problems) }
  }
}

/// Why a batch was not started, besides bad input and budget.
public enum StartRefusal: Refusal, Hashable {
  case noLeads
  case duplicateLeads([UUID])
  case tooManyLeads(count: Int, limit: Int)
  case unknownLeads([UUID])
  case costNotApproved(Money)
  case quoteExpired
  case quoteChanged(was: Money, now: Money)
  case idempotencyConflict
  case batchInProgress(UUID)

  public var code: RefusalCode {
    switch self {
    case .noLeads: .noLeads
    case .duplicateLeads: .duplicateLeads
    case .tooManyLeads: .tooManyLeads
    case .unknownLeads: .unknownLeads
    case .costNotApproved: .costNotApproved
    case .quoteExpired: .quoteExpired
    case .quoteChanged: .quoteChanged
    case .idempotencyConflict: .idempotencyConflict
    case .batchInProgress: .batchInProgress
    }
  }

  public var explanation: String {
    switch self {
    case .noLeads: "No lead is selected. Pick at least one."
    case .duplicateLeads(let ids): "\(ids.count) lead ids are listed more than once: \(Self.list(ids)). Send each once."
    case .tooManyLeads(let count, let limit):
      "\(Grouping.thousands(count)) leads are selected, and a batch takes at most \(Grouping.thousands(limit)). Take the first \(Grouping.thousands(limit)), or narrow the selection."
    case .unknownLeads(let ids): "\(ids.count) leads do not exist: \(Self.list(ids)). Remove them and try again."
    case .costNotApproved(let cost): "Approve the cost of \(cost.dollars) to start."
    case .quoteExpired: "This price has expired. Preview the cost again."
    case .quoteChanged(let was, let now) where was.shown == now.shown:
      "The prices or the template have changed since; this costs \(now.dollars) now as before. Check the new preview and approve it."
    case .quoteChanged(let was, let now): "The price is \(now.dollars) now; it was \(was.dollars). Check the new preview and approve it."
    case .idempotencyConflict: "This Idempotency-Key was used for a different request. Use a new key."
    case .batchInProgress(let id): "You already have a live batch over these leads: \(id.text). Wait for it, or cancel it."
    }
  }

  public var field: String? {
    switch self {
    case .noLeads, .duplicateLeads, .tooManyLeads, .unknownLeads: "lead_ids"
    case .costNotApproved: "cost_approved"
    case .quoteExpired, .quoteChanged: "quote"
    case .idempotencyConflict, .batchInProgress: nil
    }
  }

  private static func list(_ ids: [UUID]) -> String {
    ids.prefix(5).map(\.text).joined(separator: ", ") + (ids.count > 5 ? " …" : "")
  }
}
