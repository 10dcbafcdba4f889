import Foundation

/// How far the last estimates lay from what their batches cost in the end.
public struct EstimateAccuracy: Sendable, Hashable {
  /// Batches that it looks back on.
  public static let depth = 10

  public var batches: Int
  /// The median of the absolute differences, each as a share of what the batch cost.
  public var median: Double

  /// Nil without a batch to compare. A batch that cost nothing although it was to cost something was off by all of it.
  public init?(_ pairs: [(estimated: Money, actual: Money)]) {
    let errors = pairs.filter { $0.estimated > .zero || $0.actual > .zero }.map { Self.error(estimated: $0.estimated, actual: $0.actual) }.sorted()
    guard let middle = errors.isEmpty ? nil : errors.count / 2 else { return nil }
    batches = errors.count
    median = errors.count % 2 == 1 ? errors[middle] : (errors[middle - 1] + errors[middle]) / 2
  }

  /// The absolute difference as a share of the actual cost.
  public static func error(estimated: Money, actual: Money) -> Double {
    if actual == .zero { return estimated == .zero ? 0 : 1 }
    return abs(Double((estimated - actual).micros)) / Double(actual.micros)
  }
}
