import Foundation

/// What a person asks for when retrying leads of a batch that has ended, checked against the rules that need no database.
public struct RetryOrder: Sendable, Hashable {
  /// Which of the leads that failed, or that a stop or cancel never ran.
  public enum Scope: Sendable, Hashable {
    case failed
    /// Those that were cancelled: they have no report.
    case unfinished
    case errorCode(LeadErrorCode)
    case leads(Set<UUID>)
  }

  public var scope: Scope
  /// The run that the person looked at, so that a form sent twice makes one retry; nil where the client does not say.
  public var run: Int?
  /// The total that was shown, where the client sends it along.
  public var approvedCost: Money?
  public var isApproved: Bool
  public var reason: String
  /// Why it may pass the day's budget: an admin's to give. Nil when none was given.
  public var overrunReason: String?

  /// Throws `InvalidInput` for texts that cannot be kept.
  public init(
    scope: Scope, run: Int? = nil, approvedCost: Money? = nil, isApproved: Bool, reason: String = "", overrunReason: String? = nil
  ) throws {
    self.scope = scope
    self.run = run
    self.approvedCost = approvedCost
    self.isApproved = isApproved
    self.reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
    let overrun = overrunReason?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    self.overrunReason = overrun.isEmpty ? nil : overrun
    let problems = [("reason", self.reason), ("overrun_reason", overrun)].compactMap { TypedText.problem($0.0, $0.1, "The reason", limit: 500) }
    if !problems.isEmpty { throw InvalidInput(problems) }
  }
}

extension RetryOrder.Scope {
  /// Reads `scope`, `error_code` and the leads as a form or a JSON body has them. Throws `InvalidInput`.
  public init(_ name: String?, errorCode: String?, leads: [String]) throws {
    switch name {
    case "failed": self = .failed
    case "unfinished": self = .unfinished
    case "error_code":
      guard let errorCode else { throw InvalidInput("error_code", "Say which error code is to be retried.", code: "missing") }
      guard let code = LeadErrorCode(rawValue: errorCode) else { throw InvalidInput("error_code", "There is no error code of that name.") }
      self = .errorCode(code)
    case "leads":
      if leads.isEmpty { throw InvalidInput("lead_ids", "Tick at least one failed or cancelled lead.", code: "missing") }
      let ids = try leads.map { text in
        guard let id = UUID(text: text) else { throw InvalidInput("lead_ids", "“\(text.prefix(60))” is no lead id.") }
        return id
      }
      self = .leads(Set(ids))
    default:
      throw InvalidInput("scope", "scope has to be failed, unfinished, error_code or leads.", code: name == nil ? "missing" : "invalid")
    }
  }

  /// As forms, calls and the audit trail name it.
  public var name: String {
    switch self {
    case .failed: "failed"
    case .unfinished: "unfinished"
    case .errorCode: "error_code"
    case .leads: "leads"
    }
  }

  public var errorCode: LeadErrorCode? {
    if case .errorCode(let code) = self { code } else { nil }
  }
}

/// Why a batch that has ended was not retried.
public enum RetryRefusal: Refusal, Hashable {
  case nothingFailed
  case nothingUnfinished
  case retriedMeanwhile
  case costNotApproved(Money)
  case priceChanged(was: Money, now: Money)

  public var code: RefusalCode {
    switch self {
    case .nothingFailed, .nothingUnfinished, .retriedMeanwhile: .invalidTransition
    case .costNotApproved: .costNotApproved
    case .priceChanged: .quoteChanged
    }
  }

  public var explanation: String {
    switch self {
    case .nothingFailed: "No lead of this batch has failed, so there is nothing to retry."
    case .nothingUnfinished: "No lead of this batch was cancelled, so there is nothing to take up."
    case .retriedMeanwhile: "This batch was retried meanwhile. Reload the page to see where it stands."
    case .costNotApproved(let cost): "Approve \(cost.dollars) at most to retry these leads."
    case .priceChanged(let was, let now): "These leads cost \(now.dollars) at most now; \(was.dollars) was approved. Approve the price of now to retry them."
    }
  }

  public var field: String? {
    switch self {
    case .nothingFailed, .nothingUnfinished, .retriedMeanwhile: nil
    case .costNotApproved: "cost_approved"
    case .priceChanged: "estimated_cost_usd"
    }
  }
}
