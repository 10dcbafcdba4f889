import Foundation

/// Which leads a table shows and "all matching" takes: the very fields of the URL.
public struct LeadFilter: Sendable, Hashable {
  /// Words that name, website, email, contact, city or industry must contain, each as the start of a word.
  public var text: String?
  public var status: Lead.Status?
  public var tier: LeadTier?
  /// Created on or after this moment.
  public var from: Date?
  /// Created before this moment (the day after the one that was given).
  public var to: Date?
  public var source: String?
  public var tag: String?
  public var hasWebsite: Bool?
  public var isReported: Bool?

  public init() {}

  public var isEmpty: Bool { self == LeadFilter() }

  /// Reads the fields of a query or form; empty ones count as absent, bare days are days in this time zone.
  ///
  /// Throws `InvalidInput` naming each field that cannot be read.
  public init(fields: [String: String], in timeZone: TimeZone) throws {
    var problems: [InvalidInput.Problem] = []
    func value(_ name: String) -> String? {
      let text = (fields[name] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
      return text.isEmpty ? nil : text
    }
    func refuse(_ field: String, _ message: String) { problems.append(.init(field: field, code: "invalid", message: message)) }
    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ type: Choice.Type) -> Choice? where Choice.RawValue == String {
      guard let text = value(name) else { return nil }
      if let found = Choice(rawValue: text) { return found }
      refuse(name, "\(name) has to be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
      return nil
    }
    func flag(_ name: String) -> Bool? {
      switch value(name)?.lowercased() {
      case nil: return nil
      case "1", "true", "yes": return true
      case "0", "false", "no": return false
      default:
        refuse(name, "\(name) has to be yes or no.")
        return nil
      }
    }
    func moment(_ name: String, ofDay: (String, TimeZone) -> Date?) -> Date? {
      guard let text = value(name) else { return nil }
      if let date = ofDay(text, timeZone) ?? Date(rfc3339: text) { return date }
      refuse(name, "\(name) has to be a date such as 2026-01-31.")
      return nil
    }
    func words(_ name: String) -> String? {
      guard let text = value(name) else { return nil }
      if text.utf8.count <= 200 { return text }
      refuse(name, "\(name) can have at most 200 bytes.")
      return nil
    }
    text = words("q")
    status = choice("status", Lead.Status.self)
    tier = choice("tier", LeadTier.self)
    from = moment("from", ofDay: CalendarDay.start)
    to = moment("to", ofDay: CalendarDay.end)
    source = words("source")
    tag = words("tag")
    hasWebsite = flag("has_website")
    isReported = flag("reported")
    if let from, let to, from >= to { refuse("to", "The last day lies before the first.") }
    if !problems.isEmpty { throw InvalidInput(problems) }
  }
}

extension LeadFilter {
  /// The same filter as fields of a query or form: what `init(fields:in:)` reads back, without the absent ones.
  public func fields(in timeZone: TimeZone) -> [String: String] {
    var fields: [String: String] = [:]
    fields["q"] = text
    fields["status"] = status?.rawValue
    fields["tier"] = tier?.rawValue
    fields["from"] = from.map { moment in
      let day = BudgetDay.name(of: moment, in: timeZone)
      return CalendarDay.start(of: day, in: timeZone) == moment ? day : moment.rfc3339
    }
    fields["to"] = to.map { moment in
      let day = BudgetDay.name(of: moment.addingTimeInterval(-0.001), in: timeZone)
      return CalendarDay.end(of: day, in: timeZone) == moment ? day : moment.rfc3339
    }
    fields["source"] = source
    fields["tag"] = tag
    fields["has_website"] = hasWebsite.map { $0 ? "yes" : "no" }
    fields["reported"] = isReported.map { $0 ? "yes" : "no" }
    return fields
  }
}

/// The order of a lead table; ties are broken by key, so that paging neither skips nor repeats.
public enum LeadSort: String, Sendable, CaseIterable {
  case newest = "-created", oldest = "created", name, nameDescending = "-name", score, scoreDescending = "-score"
}
