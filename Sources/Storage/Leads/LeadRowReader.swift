import BatchReports
import CSV
import Foundation

/// Reads one row of an import as a lead, or says what is wrong with it.
struct LeadRowReader {
  let columns: LeadColumns

  /// The draft, or every error of the row.
  func read(_ row: CSVRow) -> (draft: LeadDraft, errors: [LeadRowError]) {
    var draft = LeadDraft(name: "")
    var errors: [LeadRowError] = []
    func refuse(_ column: Int?, _ code: String, _ message: String) {
      errors.append(LeadRowError(row: row.number, column: column.map { columns.headers[$0] } ?? "", code: code, message: message))
    }
    if row.isBlank { return (draft, [LeadRowError(row: row.number, column: "", code: "empty_row", message: "The row is empty.")]) }
    if row.fields.count < columns.fields.count {
      refuse(nil, "too_few_fields", "The row has \(row.fields.count) fields, the header \(columns.fields.count).")
      return (draft, errors)
    }
    if row.fields[columns.fields.count...].contains(where: { !$0.isEmpty }) {
      refuse(
        nil, "too_many_fields",
        "The row has \(row.fields.count) fields, the header \(columns.fields.count). A field with a delimiter needs quotes.")
      return (draft, errors)
    }
    for (column, field) in columns.fields.enumerated() {
      guard let field else { continue }
      let value = Self.trimmed(row.fields[column])
      if value.unicodeScalars.count > field.maximumLength {
        refuse(column, "too_long", "\(columns.headers[column]) can have at most \(field.maximumLength) characters.")
      } else if field == .name && value.isEmpty {
        refuse(column, "name_missing", "The name is empty.")
      } else if let problem = Self.set(field, to: value, in: &draft) {
        refuse(column, problem.code, problem.message)
      }
    }
    return (draft, errors)
  }

  private typealias Problem = (code: String, message: String)

  private static func set(_ field: LeadField, to value: String, in draft: inout LeadDraft) -> Problem? {
    if value.isEmpty { return nil }
    switch field {
    case .name: draft.name = value
    case .website:
      guard isWebsite(value) else { return ("bad_website", "“\(value.prefix(60))” is no web address.") }
      draft.website = value
    case .email:
      guard isEmail(value) else { return ("bad_email", "“\(value.prefix(60))” is no email address.") }
      draft.email = value
    case .phone: draft.phone = value
    case .contactName: draft.contactName = value
    case .city: draft.city = value
    case .region: draft.region = value
    case .industry: draft.industry = value
    case .source: draft.source = value
    case .enrichmentStatus: draft.enrichmentStatus = value
    case .status:
      guard let status = Lead.Status(rawValue: value.lowercased()) else {
        return ("bad_status", "The status has to be one of \(Lead.Status.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      draft.status = status
    case .score:
      guard let score = Int(value), (0...100).contains(score) else {
        return ("bad_score", "The score has to be a whole number from 0 to 100.")
      }
      draft.score = score
    case .tags:
      let tags = value.split { $0 == ";" || $0 == "|" }.map { trimmed(String($0)) }.filter { !$0.isEmpty }
      if tags.contains(where: { $0.unicodeScalars.count > 60 }) || tags.count > 20 {
        return ("bad_tags", "A lead can have at most 20 tags of 60 characters, separated by semicolons.")
      }
      draft.tags = tags.reduce(into: []) { unique, tag in
        if !unique.contains(where: { $0.lowercased() == tag.lowercased() }) { unique.append(tag) }
      }
    case .created:
      guard let date = date(value) else { return ("bad_date", "The date has to look like 2026-01-31 or 2026-01-31T12:00:00Z.") }
      draft.createdAt = date
    }
    return nil
  }

  /// Without white space around.
  static func trimmed(_ text: String) -> String {
    guard let first = text.first, let last = text.last, first.isWhitespace || last.isWhitespace else { return text }
    let start = text.drop(while: \.isWhitespace)
    guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...end])
  }

  /// Whether it can be a web address, with or without a scheme; the fetch has the last word. It is kept as the file has it: without a
  /// scheme, https is tried first and then http.
  private static func isWebsite(_ text: String) -> Bool {
    let full = text.contains("://") ? text : "https://" + text
    guard let scheme = full.firstRange(of: "://"), ["http", "https"].contains(full[..<scheme.lowerBound].lowercased()) else { return false }
    if full.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F || "<>\"\\^`{}".unicodeScalars.contains($0) }) {
      return false
    }
    let authority = full[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    guard let host = parts.first, parts.count == 1 || (parts.count == 2 && UInt16(parts[1]) != nil) else { return false }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    let isNamed = labels.allSatisfy { label in
      !label.isEmpty && label.utf8.count <= 63 && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
    }
    return isNamed && (labels.count > 1 || host == "localhost")
  }

  /// One @, a host with a dot, no spaces: more cannot be known without sending a mail.
  private static func isEmail(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64 else { return false }
    let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    return labels.count > 1 && labels.allSatisfy { !$0.isEmpty }
      && !text.contains(where: { $0.isWhitespace || $0 == "," || $0 == ";" || $0 == "<" || $0 == ">" })
  }

  private static func date(_ text: String) -> Date? {
    Date(rfc3339: text) ?? Date(rfc3339: text.replacing(" ", with: "T") + "Z")
  }
}
