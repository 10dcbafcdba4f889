import Foundation

/// The state of one day's budget, as a preview shows it and as a start is measured against.
public struct BudgetState: Sendable, Hashable {
  /// Nil when no limit is set.
  public var dailyLimit: Money?
  public var spentToday: Money
  public var reserved: Money
  /// What calls without a known answer may have cost: held, not spent.
  public var inDoubt: Money
  /// How far admins let the day pass its limit.
  public var overrun: Money

  public init(dailyLimit: Money?, spentToday: Money, reserved: Money, inDoubt: Money = .zero, overrun: Money = .zero) {
    self.dailyLimit = dailyLimit
    self.spentToday = spentToday
    self.reserved = reserved
    self.inDoubt = inDoubt
    self.overrun = overrun
  }

  /// Spent, reserved and in doubt: all that the limit is measured against.
  public var used: Money { spentToday + reserved + inDoubt }

  /// Nil when no limit is set. An overrun is for the batch that it was approved for: it leaves nothing for others.
  public var remaining: Money? { dailyLimit.map { max(.zero, $0 - used) } }

  /// From which share of the limit on people are told, in percent.
  public static let alertLevels = [80, 100]

  /// The highest level that is reached, in percent; 0 below the first or without a limit.
  public var alertLevel: Int {
    guard let dailyLimit, used > .zero else { return 0 }
    return Self.alertLevels.last { used.micros >= dailyLimit.micros / 100 * Int64($0) } ?? 0
  }

  /// What the alert of that level says.
  public var alert: String? {
    guard alertLevel > 0, let dailyLimit else { return nil }
    let spent = "\(spentToday.dollars) is spent and \(reserved.dollars) reserved"
    let doubt = inDoubt > .zero ? ", \(inDoubt.dollars) is in doubt" : ""
    let over = overrun > .zero ? " An admin approved \(overrun.dollars) beyond it." : ""
    return "\(alertLevel) % of today's budget of \(dailyLimit.dollars) is used: \(spent)\(doubt).\(over)"
  }

  public func isWithin(_ amount: Money) -> Bool { remaining.map { amount <= $0 } ?? true }

  /// A sentence from 80 % of the limit on, counting `amount` as spent; nil below.
  public func warning(adding amount: Money) -> String? {
    guard let dailyLimit, dailyLimit > .zero else { return dailyLimit == nil ? nil : "Today's budget is $0: nothing can be started." }
    let used = used + amount
    if used > dailyLimit {
      return "This batch would pass today's budget of \(dailyLimit.dollars): \((remaining ?? .zero).dollars) is left."
    }
    let percent = Int((Double(used.micros) / Double(dailyLimit.micros) * 100).rounded(.down))
    return percent >= 80 ? "With this batch \(percent) % of today's budget is used." : nil
  }
}

public struct BudgetExceeded: Refusal, Hashable {
  public var needed: Money
  public var remaining: Money
  /// How many of its leads, the best by score first, would fit into what remains; nil where that is not known.
  public var fittingLeadCount: Int?

  public init(needed: Money, remaining: Money, fittingLeadCount: Int? = nil) {
    self.needed = needed
    self.remaining = remaining
    self.fittingLeadCount = fittingLeadCount
  }

  public var code: RefusalCode { .budgetExceeded }
  public var explanation: String {
    let advice =
      switch fittingLeadCount {
      case nil: "Pick fewer leads, or wait until tomorrow."
      case 0?: "Not a single lead fits: wait until tomorrow."
      case 1?: "The best lead by score fits. Take it, pick others, or wait until tomorrow."
      case let count?: "The best \(Grouping.thousands(count)) leads by score fit. Take these, pick others, or wait until tomorrow."
      }
    return "This batch needs \(needed.dollars), and \(remaining.dollars) of today's budget is left. \(advice)"
  }
}
