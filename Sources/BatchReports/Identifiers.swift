import Foundation

extension UUID {
  /// A version 7 UUID: 48 bits of Unix milliseconds, then random bits (RFC 9562, 5.7), so that ids sort by age and
  /// an index over them grows at its end.
  public static func version7(at time: Date = Date()) -> UUID {
    var random = SystemRandomNumberGenerator()
    return version7(at: time, using: &random)
  }

  /// The same with a source of random bits of the caller's, for tests and sample data.
  public static func version7(at time: Date, using random: inout some RandomNumberGenerator) -> UUID {
    let milliseconds = UInt64(max(0, time.timeIntervalSince1970 * 1000))
    let a = UInt64.random(in: 0...UInt64.max, using: &random)
    let b = UInt16.random(in: 0...UInt16.max, using: &random)
    func byte(_ value: UInt64, _ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: value >> shift) }
    return UUID(
      uuid: (
        byte(milliseconds, 40), byte(milliseconds, 32), byte(milliseconds, 24), byte(milliseconds, 16), byte(milliseconds, 8),
        byte(milliseconds, 0), 0x70 | UInt8(truncatingIfNeeded: b >> 12), UInt8(truncatingIfNeeded: b),
        0x80 | (byte(a, 56) & 0x3F), byte(a, 48), byte(a, 40), byte(a, 32), byte(a, 24), byte(a, 16), byte(a, 8), byte(a, 0)
      ))
  }
}

extension Date {
  /// Milliseconds since 1970, as rows keep time.
  public var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

  public init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

  /// RFC 3339 in UTC with milliseconds, as the API writes time; from the very integer that a row keeps, where a formatter would cut off.
  public var rfc3339: String {
    let seconds = Int64((Double(milliseconds) / 1000).rounded(.down))
    let fraction = String(milliseconds - seconds * 1000)
    let whole = Date(timeIntervalSince1970: Double(seconds)).formatted(Date.ISO8601FormatStyle())
    return whole.dropLast() + "." + String(repeating: "0", count: 3 - fraction.count) + fraction + "Z"
  }

  /// Reads RFC 3339 with or without fractions of a second, or a bare day (midnight UTC); nil for days and hours that do not exist.
  public init?(rfc3339 text: String) {
    let shape = /([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,9})?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2})))?/
    guard let found = text.wholeMatch(of: shape) else { return nil }
    func number(_ digits: Substring?) -> Int { digits.flatMap { Int($0) } ?? 0 }
    let parts = found.output
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let components = DateComponents(
      calendar: calendar, year: number(parts.1), month: number(parts.2), day: number(parts.3), hour: number(parts.4),
      minute: number(parts.5), second: number(parts.6))
    guard components.isValidDate, let moment = calendar.date(from: components), number(parts.9) < 24, number(parts.10) < 60 else { return nil }
    let offset = Double(number(parts.9) * 3600 + number(parts.10) * 60) * (parts.8 == "-" ? -1 : 1)
    self = moment.addingTimeInterval((parts.7.flatMap { Double("0" + $0) } ?? 0) - offset)
  }
}
