import BatchReports

/// The import page: the form, a checked file that waits for a yes, or what an import did.
struct LeadImportValues {
  /// Row errors that the page lists; the API gives all that were kept.
  static let shownErrors = 200

  var upload: CheckedUpload?
  var refusal: (any Refusal)?
  var limit: Int

  var pageValues: PageValues {
    let isWaiting = upload?.stage == .checked
    return FormState(["file": ""], refusal: refusal).pageValues.merging([
      "sizeLimit": .text(FileSize.text(limit)), "hasResult": .flag(upload != nil), "result": upload.map { .values(result($0)) } ?? .none,
      "isUpload": .flag(!isWaiting),
    ])
  }

  private func result(_ upload: CheckedUpload) -> PageValues {
    let isCheck = upload.stage == .checked
    let shown = upload.rowErrors.prefix(Self.shownErrors)
    // Before the import nobody knows which leads are new.
    func figure(_ value: Int) -> PageValue { .text(isCheck ? "–" : Grouping.thousands(value)) }
    return [
      "title": .text("\(upload.fileName) was \(isCheck ? "checked" : "imported")"), "isCheck": .flag(isCheck),
      "usable": .text(Grouping.thousands(upload.usableRows)), "imported": figure(upload.imported), "updated": figure(upload.updated),
      "skipped": figure(upload.unchanged), "failed": .text(upload.failedText), "hasMapping": .flag(isCheck),
      "columns": .list(upload.columns.map { ["field": .text(Self.label($0.field)), "header": .text($0.header)] }),
      "sample": .list(upload.sample.map { row in ["cells": .list(row.map { ["text": .text($0)] })] }),
      "hasRowErrors": .flag(!shown.isEmpty),
      "rowErrorsNote": .text("\(Grouping.thousands(shown.count)) of \(Grouping.thousands(upload.rowErrorCount))"),
      "rowErrors": .list(
        shown.map { ["row": .text("\($0.row)"), "column": .text($0.column), "code": .text($0.code), "message": .text($0.message)] }),
      "upload": .text(upload.id.text), "question": .text(question(upload)), "mayImport": .flag(isCheck && upload.usableRows > 0),
      "importCount": .text(Grouping.thousands(upload.usableRows)),
    ]
  }

  private func question(_ upload: CheckedUpload) -> String {
    var sentences: [String] = []
    if upload.isCutShort { sentences.append("The file cannot be read to its end; only the rows before that would be imported.") }
    if upload.usedFallbackEncoding { sentences.append("Some text is not UTF-8 and was read as Windows-1252: look at the names.") }
    if !upload.ignoredColumns.isEmpty {
      let names = upload.ignoredColumns.prefix(10).joined(separator: ", ") + (upload.ignoredColumns.count > 10 ? ", …" : "")
      sentences.append("These columns are left out: \(names).")
    }
    switch (upload.usableRows, upload.rowErrorCount) {
    case (0, _): sentences.append("No row can be imported.")
    case (_, 0): sentences.append("Import every row?")
    default: sentences.append("Import the rows without errors?")
    }
    return sentences.joined(separator: " ")
  }

  /// "contact_name" → "Contact name".
  private static func label(_ field: String) -> String {
    let words = field.replacing("_", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }
}

extension CheckedUpload {
  /// Rows with errors among those that were kept; a row may have several.
  private var failedRows: Int { Set(rowErrors.map(\.row)).count }
  private var hasAllErrors: Bool { rowErrors.count == rowErrorCount }

  fileprivate var failedText: String { Grouping.thousands(failedRows) + (hasAllErrors ? "" : "+") }

  /// Rows that said nothing new. Where not every error was kept, the refused rows among the skipped ones cannot be told apart.
  fileprivate var unchanged: Int {
    // The row at which a file was cut short is no row that was skipped.
    hasAllErrors ? max(0, skipped - failedRows + (isCutShort ? 1 : 0)) : skipped
  }
}
