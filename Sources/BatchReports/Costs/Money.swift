import Foundation

/// An amount of US dollars, kept as an integer of millionths.
public struct Money: Sendable, Hashable, Comparable, AdditiveArithmetic {
  public var micros: Int64

  public init(micros: Int64) { self.micros = micros }

  /// From a decimal number of dollars, rounded half to even at a millionth; nil when it is no finite amount below a trillion.
  public init?(usd: Decimal) {
    guard usd.isFinite, abs(usd) < 1_000_000_000_000 else { return nil }
    var scaled = usd * 1_000_000
    var rounded = Decimal()
    NSDecimalRound(&rounded, &scaled, 0, .bankers)
    micros = NSDecimalNumber(decimal: rounded).int64Value
  }

  public static let zero = Money(micros: 0)
  public static func + (a: Money, b: Money) -> Money { Money(micros: a.micros + b.micros) }
  public static func - (a: Money, b: Money) -> Money { Money(micros: a.micros - b.micros) }
  public static func * (a: Money, count: Int) -> Money { Money(micros: a.micros * Int64(count)) }
  public static func < (a: Money, b: Money) -> Bool { a.micros < b.micros }

  /// Dollars, exact.
  public var usd: Decimal { Decimal(micros) / 1_000_000 }

  /// Ten-thousandths of a dollar, rounded half to even: what is shown.
  private var tenThousandths: Int64 {
    let magnitude = micros.magnitude
    var quotient = magnitude / 100
    let rest = magnitude % 100
    if rest > 50 || (rest == 50 && quotient % 2 == 1) { quotient += 1 }
    return micros < 0 ? -Int64(quotient) : Int64(quotient)
  }

  /// "450.0000": four decimals, no sign of currency, as JSON and CSV carry it.
  public var plain: String {
    let value = tenThousandths
    let digits = String(value.magnitude % 10_000)
    return "\(value < 0 ? "-" : "")\(value.magnitude / 10_000).\(String(repeating: "0", count: 4 - digits.count))\(digits)"
  }

  /// "450.000001": all six decimals, as books are kept.
  public var exact: String {
    let digits = String(micros.magnitude % 1_000_000)
    return "\(micros < 0 ? "-" : "")\(micros.magnitude / 1_000_000).\(String(repeating: "0", count: 6 - digits.count))\(digits)"
  }

  /// "$0.0340" or "$0.034001": a price of one piece as pages show it, with all the decimals that it has, four at least.
  public var unitDollars: String {
    let rest = Int64(micros.magnitude % 100)
    if rest == 0 { return dollars }
    let whole = Money(micros: micros < 0 ? micros + rest : micros - rest).dollars
    return whole + (rest % 10 == 0 ? "\(rest / 10)" : rest < 10 ? "0\(rest)" : "\(rest)")
  }

  /// "$4.10", or "$0.0912" below a dollar: what is only about so much.
  public var aboutDollars: String {
    let cents = (Double(micros) / 10_000).rounded(.toNearestOrEven)
    return cents.magnitude < 100 ? dollars : String(Money(micros: Int64(cents) * 10_000).dollars.dropLast(2))
  }

  /// The same, but never more than what stands beside it as the most.
  public func aboutDollars(atMost most: Money) -> String {
    (Double(micros) / 10_000).rounded(.toNearestOrEven) * 10_000 > Double(most.micros) ? dollars : aboutDollars
  }

  /// "$3,800", or "$4.10" below ten dollars: an extrapolation's two digits that can be relied on.
  public var roughDollars: String {
    guard micros >= 1_000_000 else { return dollars }
    var unit: Int64 = 100_000
    while micros / unit >= 100 { unit *= 10 }
    let rounded = Money(micros: (micros + unit / 2) / unit * unit).dollars
    return String(rounded.dropLast(unit < 1_000_000 ? 2 : 5))
  }

  /// "$1,450.0000", as pages show it.
  public var dollars: String {
    let value = tenThousandths
    let digits = String(value.magnitude % 10_000)
    return "\(value < 0 ? "−" : "")$\(Grouping.thousands(Int64(value.magnitude / 10_000))).\(String(repeating: "0", count: 4 - digits.count))\(digits)"
  }
}

/// Numbers as people read them.
public enum Grouping {
  /// "1,234,567".
  public static func thousands(_ value: Int64) -> String {
    var text = String(value.magnitude)
    var index = text.count - 3
    while index > 0 {
      text.insert(",", at: text.index(text.startIndex, offsetBy: index))
      index -= 3
    }
    return value < 0 ? "−" + text : text
  }

  public static func thousands(_ value: Int) -> String { thousands(Int64(value)) }
}

extension Money: Codable {
  /// A JSON number of dollars.
  public init(from decoder: any Decoder) throws {
    let number = try decoder.singleValueContainer().decode(Decimal.self)
    guard let money = Money(usd: number) else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not an amount of dollars"))
    }
    self = money
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Decimal(tenThousandths) / 10_000)
  }
}
