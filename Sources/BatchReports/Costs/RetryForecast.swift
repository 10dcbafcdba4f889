/// What retried leads will probably cost: whether each gets its report this time, and how often the calls that are not paid yet are charged.
///
/// The method stands in docs/estimates.md, "A retry".
public struct RetryForecast: Sendable, Hashable {
  /// The last retry of failed leads of an earlier batch.
  public struct Retried: Sendable, Hashable {
    /// Why they had failed, where only leads of one cause were retried.
    public var cause: LeadErrorCode?
    public var leads: Int
    /// Of these, the ones that got their report.
    public var delivered: Int

    public init(cause: LeadErrorCode?, leads: Int, delivered: Int) {
      self.cause = cause
      self.leads = leads
      self.delivered = delivered
    }
  }

  /// How often leads of the template get their report at the first go; of those that never ran.
  private let delivery: Double
  private let delivered: MeasuredRate
  private let byCause: [LeadErrorCode: MeasuredRate]
  /// Of a lead that gets its report, how often the provider is charged.
  private let shares: [String: Double]
  private let prices: CallPrices
  private let perReport: Money
  /// Batches that it goes by, the one to be retried left out.
  public let batches: Int

  /// - Parameters:
  ///   - history: of the template's batches but for the one to be retried.
  ///   - own: what that one measured itself.
  public init(history: CallHistory, own: CallHistory.Sample, retried: [Retried], prices: CallPrices, perReport: Money) {
    let before = CallRates(history, providers: Array(prices.own.keys))
    let rates = before.updated(delivery: own.delivery, calls: own.calls)
    shares = rates.calls.mapValues { rates.delivery > 0 ? min(1, $0 / rates.delivery) : 1 }
    delivery = before.delivery
    delivered = Self.rate(retried)
    byCause = Dictionary(grouping: retried.filter { $0.cause != nil }, by: { $0.cause ?? .internal }).mapValues(Self.rate)
    batches = history.batches
    self.prices = prices
    self.perReport = perReport
  }

  private static func rate(_ retried: [Retried]) -> MeasuredRate {
    MeasuredRate(
      hits: retried.reduce(0) { $0 + $1.delivered }, trials: retried.reduce(0) { $0 + $1.leads }, batches: retried.count, squares: 0)
  }

  /// Failed leads that were retried before, and how many of them got their report.
  public var retriedLeads: (all: Int, delivered: Int) { (delivered.trials, delivered.hits) }

  /// Whether a lead with a website gets its report: by what became of retried leads, those of its own cause before all, and without these as
  /// any lead of the template. Nil for one that never ran.
  public func chance(afterFailing cause: LeadErrorCode?) -> Double {
    guard let cause else { return delivery }
    return byCause[cause, default: .none].value(assuming: delivered.value(assuming: delivery))
  }

  /// In millionths of a dollar, not rounded, because many are summed.
  /// - Parameter called: the providers that apply to it and of which nothing is kept.
  public func cost(of lead: ProviderRule.Traits, called: [String], blendedIsPaid: Bool, afterFailing cause: LeadErrorCode?) -> Double {
    guard lead.hasWebsite else { return 0 }
    var cost = Double(perReport.micros)
    for provider in called where provider != ProviderRule.blended { cost += charged(provider) }
    if !blendedIsPaid && called.contains(where: prices.covered.contains) { cost += charged(ProviderRule.blended) }
    return cost * chance(afterFailing: cause)
  }

  private func charged(_ provider: String) -> Double { (shares[provider] ?? 1) * Double((prices[provider] ?? .zero).micros) }
}
