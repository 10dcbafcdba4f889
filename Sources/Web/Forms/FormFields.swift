import BatchReports
import Foundation

/// The names and values of a form or a query, repeated names kept in order (application/x-www-form-urlencoded, WHATWG URL standard,
/// section 5).
public struct FormFields: Sendable, Hashable {
  public static let maximumFields = 20_000

  public private(set) var pairs: [(name: String, value: String)]
  private var index: [String: [Int]] = [:]

  public init(_ pairs: [(name: String, value: String)] = []) {
    self.pairs = pairs
    for (position, pair) in pairs.enumerated() { index[pair.name, default: []].append(position) }
  }

  /// Throws `RequestRefusal.malformed` for an escape that is not one, for text that is not UTF-8, and for too many fields.
  public init(urlEncoded bytes: some Sequence<UInt8>, maximumFields: Int = FormFields.maximumFields) throws {
    var pairs: [(name: String, value: String)] = []
    for part in Array(bytes).split(separator: UInt8(ascii: "&")) {
      if pairs.count >= maximumFields { throw RequestRefusal.malformed("There are more than \(maximumFields) fields.") }
      let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      pairs.append((try FormFields.decode(halves[0]), halves.count > 1 ? try FormFields.decode(halves[1]) : ""))
    }
    self.init(pairs)
  }

  /// The first value of a name.
  public subscript(_ name: String) -> String? { index[name]?.first.map { pairs[$0].value } }

  /// Every value of a name, in order.
  public func all(_ name: String) -> [String] { index[name, default: []].map { pairs[$0].value } }

  /// The first value, trimmed of spaces at its ends; nil when that leaves nothing.
  public func text(_ name: String) -> String? {
    guard let value = self[name] else { return nil }
    let trimmed = value.trimmingCharacters(in: .whitespacesAndNewlines)
    return trimmed.isEmpty ? nil : trimmed
  }

  /// Whether a tick box was ticked.
  public func isTicked(_ name: String) -> Bool {
    guard let value = self[name] else { return false }
    return !["", "0", "false", "off", "no"].contains(value.lowercased())
  }

  /// A whole number; nil when the field is empty. Throws `InvalidInput` for anything else and outside `range`.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = text(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw InvalidInput(name, "Give a whole number from \(range.lowerBound) to \(range.upperBound).", code: "out_of_range")
    }
    return number
  }

  /// An amount of dollars, such as 0.15; nil when the field is empty. Throws `InvalidInput` for anything else.
  public func money(_ name: String) throws -> Money? {
    guard let text = text(name) else { return nil }
    guard text.wholeMatch(of: /[0-9]{1,12}(\.[0-9]{1,12})?/) != nil, let money = Decimal(string: text).flatMap({ Money(usd: $0) }) else {
      throw InvalidInput(name, "Give an amount of dollars, such as 0.15.")
    }
    return money
  }

  /// The same fields written as a query, without the names in `dropping`.
  public func query(dropping: Set<String> = []) -> String {
    pairs.filter { !dropping.contains($0.name) && !$0.value.isEmpty }
      .map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }.joined(separator: "&")
  }

  public static func == (a: FormFields, b: FormFields) -> Bool { a.pairs.elementsEqual(b.pairs) { $0 == $1 } }
  public func hash(into hasher: inout Hasher) { for pair in pairs { hasher.combine(pair.name); hasher.combine(pair.value) } }

  private static func decode(_ bytes: ArraySlice<UInt8>) throws -> String {
    guard let text = PercentEncoding.decode(bytes, plusIsSpace: true) else {
      throw RequestRefusal.malformed("A field is not properly encoded.")
    }
    return text
  }
}
