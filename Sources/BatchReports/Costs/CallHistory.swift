import Foundation

/// How often something came true, over several batches.
public struct MeasuredRate: Sendable, Hashable {
  public var hits: Int
  public var trials: Int
  /// Batches with at least one trial.
  public var batches: Int
  /// Σ hits² ∕ trials over the batches: tells how far they differ from each other.
  public var squares: Double

  public init(hits: Int, trials: Int, batches: Int, squares: Double) {
    self.hits = hits
    self.trials = trials
    self.batches = batches
    self.squares = squares
  }

  public static let none = MeasuredRate(hits: 0, trials: 0, batches: 0, squares: 0)

  /// The rate, leaning towards `assumed` by the weight of `weight` trials.
  public func value(assuming assumed: Double, weight: Double = 1) -> Double {
    (Double(hits) + assumed * weight) / (Double(trials) + weight)
  }

  /// How uncertain the rate is: the variance of a Beta distribution after these trials, times how far batches differ.
  ///
  /// Leads of one batch are alike. Until there are enough batches to tell how far these differ, each counts as few leads only.
  /// - Parameter share: the part of the trials that tells of this rate.
  public func variance(share: Double = 1, rate: Double) -> Double {
    let trials = min(Double(self.trials), batches < Self.enoughBatches ? Double(batches) * 5 : .infinity) * share
    let smoothed = (rate * trials + 1) / (trials + 2)
    return max(0, smoothed * (1 - smoothed)) / (trials + 3) * dispersion
  }

  private static let enoughBatches = 5

  /// How many times more than chance alone the batches differ (Pearson's statistic over its degrees of freedom); 1 until there are five, and
  /// as long as chance explains it to two standard deviations.
  public var dispersion: Double {
    let mean = trials == 0 ? 0 : Double(hits) / Double(trials)
    guard batches >= Self.enoughBatches, mean > 0, mean < 1 else { return 1 }
    let spread = squares - Double(hits) * mean
    let freedom = Double(batches - 1)
    let times = spread / (freedom * mean * (1 - mean))
    return times > 1 + 2 * (2 / freedom).squareRoot() ? min(25, times) : 1
  }
}

/// How the last batches of a template version went: how many leads got their report, how often each provider was charged.
public struct CallHistory: Sendable, Hashable {
  /// Finished batches that it looks back on.
  public static let depth = 20

  public var batches: Int
  /// Reports delivered, of leads with a website.
  public var delivery: MeasuredRate
  /// Charged calls, of the leads for which the provider is called.
  public var calls: [String: MeasuredRate]
  /// A sample that was run from the same leads: it outweighs what lies further back.
  public var sample: Sample?

  /// What a batch measured itself.
  public struct Sample: Sendable, Hashable {
    public var delivery: MeasuredRate
    public var calls: [String: MeasuredRate]

    public init(delivery: MeasuredRate, calls: [String: MeasuredRate]) {
      self.delivery = delivery
      self.calls = calls
    }
  }

  public init(batches: Int, delivery: MeasuredRate, calls: [String: MeasuredRate], sample: Sample? = nil) {
    self.batches = batches
    self.delivery = delivery
    self.calls = calls
    self.sample = sample
  }

  public static let none = CallHistory(batches: 0, delivery: .none, calls: [:])
}

/// The rates that an estimate goes by; kept with the batch, so that its projection begins with them.
public struct CallRates: Sendable, Hashable, Codable {
  /// Trials that an expectation weighs beside a measurement of the batch itself.
  public static let weight = 20.0

  /// Of leads with a website.
  public var delivery: Double
  public var calls: [String: Double]

  public init(delivery: Double, calls: [String: Double]) {
    self.delivery = delivery
    self.calls = calls
  }

  /// Without history every lead with a website is delivered and every call is charged once. A provider without a history of its own is
  /// charged as often as reports are delivered.
  public init(_ history: CallHistory, providers: [String]) {
    let before = history.delivery.value(assuming: 1)
    delivery = before
    calls = Dictionary(uniqueKeysWithValues: providers.map { ($0, history.calls[$0, default: .none].value(assuming: before)) })
    if let sample = history.sample { self = updated(delivery: sample.delivery, calls: sample.calls) }
  }

  /// With what was measured meanwhile.
  public func updated(delivery measured: MeasuredRate, calls measuredCalls: [String: MeasuredRate]) -> CallRates {
    CallRates(
      delivery: measured.value(assuming: delivery, weight: Self.weight),
      calls: calls.reduce(into: [:]) { $0[$1.key] = measuredCalls[$1.key, default: .none].value(assuming: $1.value, weight: Self.weight) })
  }
}
