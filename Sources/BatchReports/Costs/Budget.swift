import Foundation

/// The state of one day's budget, as a preview shows it and as a start is measured against.
public struct BudgetState: Sendable, Hashable {
  /// Nil when no limit is set.
  public var dailyLimit: Money?
  public var spentToday: Money
  public var reserved: Money

  public init(dailyLimit: Money?, spentToday: Money, reserved: Money) {
    self.dailyLimit = dailyLimit
    self.spentToday = spentToday
    self.reserved = reserved
  }

  /// Nil when no limit is set.
  public var remaining: Money? { dailyLimit.map { max(.zero, $0 - spentToday - reserved) } }

  public func isWithin(_ amount: Money) -> Bool { remaining.map { amount <= $0 } ?? true }

  /// A sentence from 80 % of the limit on, counting `amount` as spent; nil below.
  public func warning(adding amount: Money) -> String? {
    guard let dailyLimit, dailyLimit > .zero else { return dailyLimit == nil ? nil : "Today's budget is $0: nothing can be started." }
    let used = spentToday + reserved + amount
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

  public init(needed: Money, remaining: Money) {
    self.needed = needed
    self.remaining = remaining
  }

  public var code: RefusalCode { .budgetExceeded }
  public var explanation: String {
    "This batch needs \(needed.dollars), and \(remaining.dollars) of today's budget is left. Pick fewer leads, or wait until tomorrow."
  }
}
