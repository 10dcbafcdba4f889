/// Why a coming rate card was not withdrawn.
public enum RateCardRefusal: Refusal, Hashable {
  case unknown(Int)
  case hasBegun(Int)
  case isUsed(Int)
  case isWithdrawn(Int)

  public var code: RefusalCode { if case .unknown = self { .notFound } else { .invalidTransition } }

  public var explanation: String {
    switch self {
    case .unknown(let version): "There is no rate card \(version)."
    case .hasBegun(let version): "Rate card \(version) is not to come: prices were made from it, or could have been. Add a new card instead."
    case .isUsed(let version): "A price was made from rate card \(version), which keeps it. Add a new card instead."
    case .isWithdrawn(let version): "Rate card \(version) was withdrawn before."
    }
  }
}
