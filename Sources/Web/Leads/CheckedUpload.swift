import BatchReports
import Foundation
import Storage

/// An uploaded file and what is known of it, as it is kept between the check and the import, and for showing the result.
struct CheckedUpload: Codable, Sendable, Equatable {
  enum Stage: String, Codable { case checked, imported }

  struct Column: Codable, Sendable, Equatable {
    var header: String
    /// The fact that it fills: `contact_name`.
    var field: String
  }

  var id: UUID
  var account: UUID
  var fileName: String
  var storedAt: Date
  var stage = Stage.checked
  /// The columns that mean something to us, in the file's order.
  var columns: [Column] = []
  /// The first rows, as texts of these columns.
  var sample: [[String]] = []
  var ignoredColumns: [String] = []
  var usableRows = 0
  var imported = 0
  var updated = 0
  var skipped = 0
  var rowErrors: [RowErrorJSON] = []
  var rowErrorCount = 0
  var usedFallbackEncoding = false
  var isCutShort = false

  init(id: UUID, account: UUID, fileName: String, storedAt: Date, check: LeadImportCheck) {
    self.id = id
    self.account = account
    self.fileName = fileName
    self.storedAt = storedAt
    columns = check.columns.compactMap { column in column.field.map { Column(header: column.header, field: $0) } }
    ignoredColumns = check.columns.filter { $0.field == nil && !$0.header.isEmpty }.map(\.header)
    sample = check.firstRows.map { draft in columns.map { draft.text(of: $0.field) } }
    usableRows = check.usableRows
    rowErrors = check.rowErrors.map(RowErrorJSON.init)
    rowErrorCount = check.rowErrorCount
    usedFallbackEncoding = check.usedFallbackEncoding
    isCutShort = check.isCutShort
  }

  /// Takes what the import did.
  mutating func take(_ result: LeadImportResult) {
    stage = .imported
    sample = []
    imported = result.imported
    updated = result.updated
    skipped = result.skipped
    rowErrors = result.rowErrors.map(RowErrorJSON.init)
    rowErrorCount = result.rowErrorCount
    isCutShort = result.isCutShort
  }
}

struct RowErrorJSON: Codable, Sendable, Equatable {
  var row: Int
  var column: String
  var code: String
  var message: String

  init(_ error: LeadRowError) {
    row = error.row
    column = error.column
    code = error.code
    message = error.message
  }
}

extension LeadDraft {
  /// The value of a column of an import, as text.
  fileprivate func text(of field: String) -> String {
    switch field {
    case "name": name
    case "website": website
    case "email": email
    case "phone": phone
    case "contact_name": contactName
    case "city": city
    case "region": region
    case "industry": industry
    case "source": source
    case "status": status?.rawValue ?? ""
    case "score": score.map(String.init) ?? ""
    case "enrichment_status": enrichmentStatus
    case "tags": tags.joined(separator: "; ")
    default: createdAt?.rfc3339 ?? ""
    }
  }
}
