/// What was spent on the last days, and on what. A charge counts on the day of its reservation, as the budget does.
public struct SpendReport: Sendable, Hashable {
  /// Days that can be looked back on, today included.
  public static let days = 1...365
  public static let standardDays = 30

  public struct Day: Sendable, Hashable {
    /// "2026-01-31".
    public var day: String
    public var spent: Money
    /// Batches that began on it, first runs and retries.
    public var runs: Int

    public init(day: String, spent: Money, runs: Int) {
      self.day = day
      self.spent = spent
      self.runs = runs
    }
  }

  /// A part of the sum: of one provider, template or account.
  public struct Part: Sendable, Hashable {
    public var name: String
    /// Charged calls of a provider; batches of a template or an account. Nil for the base cost of reports.
    public var count: Int?
    public var amount: Money

    public init(name: String, count: Int?, amount: Money) {
      self.name = name
      self.count = count
      self.amount = amount
    }
  }

  /// Every day of the window, oldest first.
  public var days: [Day]
  public var total: Money
  /// Base cost of delivered reports; the providers' parts are the rest of the total.
  public var base: Money
  /// Delivered reports that these days' charges are for.
  public var reports: Int
  public var providers: [Part]
  public var templates: [Part]
  public var accounts: [Part]
  /// Calls of which nobody knows whether they were charged: not part of the total.
  public var unresolved: Int
  public var inDoubt: Money

  public init(
    days: [Day], total: Money, base: Money, reports: Int, providers: [Part], templates: [Part], accounts: [Part], unresolved: Int, inDoubt: Money
  ) {
    self.days = days
    self.total = total
    self.base = base
    self.reports = reports
    self.providers = providers
    self.templates = templates
    self.accounts = accounts
    self.unresolved = unresolved
    self.inDoubt = inDoubt
  }

  /// Throws `InvalidInput`; nil is the standard.
  public static func days(_ text: String?) throws -> Int {
    guard let text, !text.isEmpty else { return standardDays }
    guard let days = Int(text), Self.days.contains(days) else {
      throw InvalidInput("days", "Look back on 1 to 365 days.", code: "out_of_range")
    }
    return days
  }
}

/// How batches of the window went: what an account may see one by one, the rest as a count.
public struct OutcomeReport: Sendable {
  public struct BatchLine: Sendable, Hashable {
    public var batch: Batch
    /// Of the actual cost; nil when it cannot be compared: it was cancelled or retried.
    public var error: Double?

    public init(batch: Batch, error: Double?) {
      self.batch = batch
      self.error = error
    }
  }

  /// Every day of the window, oldest first; they sum to the counts below.
  public var days: [DayOfLeads]
  /// By state.
  public var batches: [BatchState: Int]
  /// Leads of those batches, by how they ended.
  public var completed: Int
  public var failed: Int
  public var skipped: Int
  public var cancelled: Int
  /// Why leads failed, the most frequent first.
  public var causes: [(code: LeadErrorCode, count: Int)]
  /// The newest batches that have ended and that the account may see.
  public var lines: [BatchLine]
  /// Private batches of others that ended; their amounts are nobody else's, and two windows that differ by one batch would tell them.
  public var hidden: Int
  /// Over all batches of the window that can be compared.
  public var accuracy: EstimateAccuracy?

  public init(
    days: [DayOfLeads], batches: [BatchState: Int], completed: Int, failed: Int, skipped: Int, cancelled: Int, causes: [(code: LeadErrorCode, count: Int)],
    lines: [BatchLine], hidden: Int, accuracy: EstimateAccuracy?
  ) {
    self.days = days
    self.batches = batches
    self.completed = completed
    self.failed = failed
    self.skipped = skipped
    self.cancelled = cancelled
    self.causes = causes
    self.lines = lines
    self.hidden = hidden
    self.accuracy = accuracy
  }

  /// The whole window as if it were one day.
  public var all: DayOfLeads {
    DayOfLeads(
      day: "", completed: completed, failed: failed, skipped: skipped, measured: days.reduce(0) { $0 + $1.measured },
      busySeconds: days.reduce(0) { $0 + $1.busySeconds })
  }
}
