import BatchReports

/// What a refusal for want of budget says besides: how much is missing, and how many of the leads would fit.
struct BudgetProblem: Encodable {
  var needed: Money
  var remaining: Money
  var fittingLeadCount: Int?

  enum CodingKeys: String, CodingKey {
    case needed = "needed_usd"
    case remaining = "remaining_usd"
    case fittingLeadCount = "fitting_lead_count"
  }

  init(_ refusal: BudgetExceeded) {
    (needed, remaining, fittingLeadCount) = (refusal.needed, refusal.remaining, refusal.fittingLeadCount)
  }
}
