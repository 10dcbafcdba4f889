import BatchReports

/// Why an uploaded file was not taken.
enum UploadRefusal: Refusal, Hashable {
  case noFile
  case notCSV(String)
  case tooLarge(limit: Int)
  /// The file on the page that asks for a confirmation is no longer kept, or was never this account's.
  case gone
  /// The connection ended before the file did, while nothing of it was imported yet.
  case brokeOff
  /// It came more slowly than `UploadPace` allows; what had arrived of an import at once was imported.
  case tooSlow(imported: Int, updated: Int)
  /// The account has as many uploads under way as it may.
  case tooMany
  /// The connection ended before the file did, and what had arrived was imported.
  case brokeOffAfter(imported: Int, updated: Int)

  var code: RefusalCode {
    switch self {
    case .notCSV: .unsupportedMediaType
    case .tooLarge: .payloadTooLarge
    case .gone: .notFound
    case .tooMany: .rateLimited
    case .noFile, .brokeOff, .brokeOffAfter, .tooSlow: .invalidInput
    }
  }

  var field: String? { "file" }

  var retryAfterSeconds: Int? { self == .tooMany ? 10 : nil }

  var explanation: String {
    switch self {
    case .noFile: "Choose a CSV file first."
    case .notCSV(let kind): "This is no CSV file but \(kind). Save it as CSV (UTF-8) and send that."
    case .tooLarge(let limit):
      "The file is larger than \(FileSize.text(limit)). Split it and send the parts one by one. Nothing was imported."
    case .gone: "This upload is no longer kept. Choose the file again."
    case .brokeOff: "The upload broke off, and nothing was imported. Choose the file again."
    case .brokeOffAfter(let imported, let updated):
      "The upload broke off. " + Self.rest(imported, updated)
    case .tooSlow(0, 0): "The upload came too slowly and was ended, and nothing was imported. Try again on a faster line, or send a smaller file."
    case .tooSlow(let imported, let updated): "The upload came too slowly and was ended. " + Self.rest(imported, updated)
    case .tooMany: "\(UploadPlaces.perAccount) of your files are on their way already. Wait until one has arrived, and try again."
    }
  }

  private static func rest(_ imported: Int, _ updated: Int) -> String {
    "\(Display.count(imported, "lead was", "leads were")) imported before, and \(Grouping.thousands(updated)) updated. "
      + "Send the whole file again for the rest: no lead is added twice."
  }
}

/// Sizes of files as people read them.
enum FileSize {
  /// "500 MB", "12 KB", "900 bytes".
  static func text(_ bytes: Int) -> String {
    switch bytes {
    case 1_048_576...: "\(Grouping.thousands(bytes / 1_048_576)) MB"
    case 1024...: "\(bytes / 1024) KB"
    default: Display.count(bytes, "byte", "bytes")
    }
  }
}
