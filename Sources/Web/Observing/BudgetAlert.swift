import Foundation
import Storage

/// Tells from 80 % of the day's budget on. Everyone may read `/health`: amounts stay out of it.
public struct BudgetAlert: Sendable {
  private let budget: BudgetBook
  private let now: @Sendable () -> Date

  public init(budget: BudgetBook, now: @escaping @Sendable () -> Date = { Date() }) {
    self.budget = budget
    self.now = now
  }

  public var healthCheck: HealthCheck {
    HealthCheck("budget") {
      do {
        let level = try await budget.state(at: now()).alertLevel
        if level == 0 { return .init(isWell: true, detail: "less than 80 % of today's budget is used") }
        return .init(isWell: true, isNotice: true, detail: "\(level) % of today's budget is used. Settings, Budget has the figures.")
      } catch { return .init(isWell: false, detail: "the budget cannot be read") }
    }
  }
}
