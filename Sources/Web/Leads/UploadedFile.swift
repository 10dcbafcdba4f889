import BatchReports
import Hummingbird
import NIOCore

/// Finds the CSV file in a request and refuses what is plainly none.
enum UploadedFile {
  /// Bytes that the other parts of a form and their boundaries may take.
  private static let formOverhead = 65_536

  /// Reads a multipart form up to its part `file`. Throws `UploadRefusal`, and what reading a form throws.
  static func find(in request: Request, _ context: SignedInContext, limit: Int) async throws -> (name: String, bytes: MultipartBytes) {
    try check(length: request, limit: limit + formOverhead, named: limit)
    var reader = try await request.multipart(context, upTo: limit + formOverhead)
    do {
      while let part = try await reader.next() {
        guard part.name == "file" else { continue }
        // A browser sends an empty part when no file was chosen.
        if part.fileName == "" { throw UploadRefusal.noFile }
        try check(fileName: part.fileName ?? "", type: part.contentType ?? "")
        return (part.fileName ?? "the file", MultipartBytes(reader: reader))
      }
    } catch RequestRefusal.malformed { throw UploadRefusal.brokeOff }
    throw UploadRefusal.noFile
  }

  /// The whole body as a file.
  static func body(of request: Request, limit: Int) throws -> AsyncMapSequence<RequestBody, ByteBufferView> {
    try check(length: request, limit: limit, named: limit)
    return request.body.map(\.readableBytesView)
  }

  private static func check(length request: Request, limit: Int, named: Int) throws {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw UploadRefusal.tooLarge(limit: named) }
  }

  private static let spreadsheets = [".xlsx", ".xls", ".xlsm", ".ods", ".numbers"]

  /// Browsers name many types for CSV, some of them a spreadsheet's; only what cannot be text is refused.
  static func check(fileName: String, type: String) throws {
    let type = type.prefix { $0 != ";" }.lowercased().trimmingCharacters(in: .whitespaces)
    let name = fileName.lowercased()
    if spreadsheets.contains(where: name.hasSuffix) || type.contains("openxmlformats") || type.contains("opendocument") {
      throw UploadRefusal.notCSV("a spreadsheet")
    }
    if type.hasPrefix("image/") || type.hasPrefix("video/") || type.hasPrefix("audio/") {
      throw UploadRefusal.notCSV("a picture or recording")
    }
    if type == "application/pdf" || name.hasSuffix(".pdf") { throw UploadRefusal.notCSV("a PDF") }
    if type == "application/zip" || name.hasSuffix(".zip") || name.hasSuffix(".gz") { throw UploadRefusal.notCSV("a compressed file") }
  }
}
