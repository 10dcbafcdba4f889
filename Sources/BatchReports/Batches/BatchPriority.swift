/// How large a share of the slots a batch gets while others run beside it.
public enum BatchPriority: String, Sendable, Codable, CaseIterable, Hashable {
  case low, normal, high

  /// A batch gets slots in proportion to this: one of high priority four times those of one of low priority.
  public var weight: Int {
    switch self {
    case .low: 1
    case .normal: 2
    case .high: 4
    }
  }

  public var label: String {
    switch self {
    case .low: "Low"
    case .normal: "Normal"
    case .high: "High"
    }
  }

  /// Reads the word of a form or of JSON. Throws `InvalidInput`.
  public init(field text: String) throws {
    guard let priority = BatchPriority(rawValue: text) else {
      throw InvalidInput("priority", "Priority: low, normal or high.")
    }
    self = priority
  }
}
