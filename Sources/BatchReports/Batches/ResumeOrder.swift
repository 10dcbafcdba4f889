import Foundation

/// What a person asks for when taking up a paused batch; the money matters only for one whose approved money is spent.
public struct ResumeOrder: Sendable, Hashable {
  public var reason: String
  /// What more was shown to be reserved, where the client sends it along.
  public var approvedCost: Money?
  public var isApproved: Bool
  /// Why it may pass the day's budget: an admin's to give. Nil when none was given.
  public var overrunReason: String?

  /// Throws `InvalidInput` for texts that cannot be kept.
  public init(reason: String = "", approvedCost: Money? = nil, isApproved: Bool = false, overrunReason: String? = nil) throws {
    self.reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
    self.approvedCost = approvedCost
    self.isApproved = isApproved
    let overrun = overrunReason?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    self.overrunReason = overrun.isEmpty ? nil : overrun
    let problems = [("reason", self.reason), ("overrun_reason", overrun)].compactMap { TypedText.problem($0.0, $0.1, "The reason", limit: 500) }
    if !problems.isEmpty { throw InvalidInput(problems) }
  }
}

/// Why a batch whose approved money is spent was not taken up again.
public enum ResumeRefusal: Refusal, Hashable {
  case costNotApproved(Money)
  case priceChanged(was: Money, now: Money)

  public var code: RefusalCode {
    switch self {
    case .costNotApproved: .costNotApproved
    case .priceChanged: .quoteChanged
    }
  }

  public var explanation: String {
    switch self {
    case .costNotApproved(let cost): "Approve another \(cost.dollars) at most to resume."
    case .priceChanged(let was, let now):
      "The rest of this batch needs \(now.dollars) at most now; \(was.dollars) was approved. Approve the amount of now to resume."
    }
  }

  public var field: String? {
    switch self {
    case .costNotApproved: "cost_approved"
    case .priceChanged: "estimated_cost_usd"
    }
  }
}
