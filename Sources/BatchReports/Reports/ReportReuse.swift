/// Reuse of fresh reports: a lead that has one is skipped, gets no second report and costs nothing.
public enum ReportReuse {
  /// Days that a report may be old.
  public static let daysRange = 1...365
  /// What a form offers.
  public static let choices = [1, 7, 30, 90]

  /// The days as a form or a client gives them; nil for an empty text, which means that every lead gets a new report. Throws `InvalidInput`.
  public static func days(_ text: String) throws -> Int? {
    if text.isEmpty { return nil }
    guard let days = Int(text) else { throw refusal }
    return try check(days)
  }

  /// Nil for nil and 0. Throws `InvalidInput`.
  public static func check(_ days: Int?) throws -> Int? {
    guard let days, days != 0 else { return nil }
    guard daysRange.contains(days) else { throw refusal }
    return days
  }

  private static var refusal: InvalidInput {
    InvalidInput("reuse_days", "Reuse of reports: a whole number of days from 1 to 365, or nothing for a new report of every lead.", code: "out_of_range")
  }
}

/// A fresh report in place of a new one, as a quote seals it.
public struct ReusedReport: Sendable, Hashable {
  public var leadKey: Int64
  /// Where the report was made.
  public var batchKey: Int64
  public var position: Int

  public init(leadKey: Int64, batchKey: Int64, position: Int) {
    self.leadKey = leadKey
    self.batchKey = batchKey
    self.position = position
  }
}
