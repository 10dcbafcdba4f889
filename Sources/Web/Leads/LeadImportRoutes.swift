import BatchReports
import Foundation
import Hummingbird
import Storage

/// Importing leads from a file: by page in two steps, first a check, then the import; by API at once.
struct LeadImportRoutes {
  let web: WebDependencies
  let services: ReportServices
  let shelf: UploadShelf
  private let places = UploadPlaces()
  private let options: LeadImportOptions

  /// - Parameters:
  ///   - uploads: the folder that keeps files between their check and their import; it is made when it is not there.
  ///   - options: how files are read; their size is `services.limits.importBytes`.
  init(web: WebDependencies, services: ReportServices, uploads: URL, options: LeadImportOptions = LeadImportOptions()) {
    self.web = web
    self.services = services
    shelf = UploadShelf(folder: uploads)
    self.options = options
  }

  private var limit: Int { services.limits.importBytes }

  private var importer: LeadImport {
    var options = options
    options.maxBytes = limit
    return LeadImport(database: web.database, options: options, now: web.now())
  }

  /// GET /leads/import: the form, or with `upload` what is known of that file.
  func page(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    guard let text = try request.query().text("upload") else { return try await show(nil, nil, request, context) }
    guard let upload = UUID(text: text).flatMap({ shelf.find($0, account: context.account.id) }) else {
      return try await show(nil, UploadRefusal.gone, request, context)
    }
    return try await show(upload, nil, request, context)
  }

  /// POST /leads/import: a file is checked and kept; the `upload` of a checked file is imported.
  func post(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    do {
      let isKept = request.mediaType == "application/x-www-form-urlencoded"
      let id = isKept ? try await importKept(context) : try await receive(context) { try await check(request, context, $0) }
      return .seeOther("/leads/import?upload=\(id.text)")
    } catch let refusal as any Refusal where refusal.code != .forbidden { return try await show(nil, refusal, request, context) }
  }

  /// Does the work on an upload, in one of its account's places and while it comes quickly enough.
  private func receive<Value: Sendable>(
    _ context: SignedInContext, _ work: @escaping @Sendable (UploadProgress) async throws -> Value
  ) async throws -> Value {
    try await places.hold(context.account.id) {
      let progress = UploadProgress()
      do { return try await services.uploadPace.keep(progress) { try await work(progress) } } catch is CancellationError where progress.isTooSlow {
        throw UploadRefusal.tooSlow(imported: 0, updated: 0)
      }
    }
  }

  private func check(_ request: Request, _ context: SignedInContext, _ progress: UploadProgress) async throws -> UUID {
    let (name, bytes) = try await UploadedFile.find(in: request, context, limit: limit)
    let id = UUID.version7(at: web.now())
    do {
      let file = try shelf.begin(id)
      defer { try? file.close() }
      let check = try await check(bytes, keepingIn: file, progress)
      let upload = CheckedUpload(id: id, account: context.account.id, fileName: name, storedAt: web.now(), check: check)
      try shelf.keep(upload, now: web.now())
      return id
    } catch {
      shelf.discard(id)
      throw error
    }
  }

  private func check(_ bytes: MultipartBytes, keepingIn file: FileHandle, _ progress: UploadProgress) async throws -> LeadImportCheck {
    do {
      let check = try await importer.check(chunks: KeptBytes(base: UploadBytes(base: bytes, progress: progress), file: file))
      if progress.brokeOff { throw UploadRefusal.brokeOff }
      return check
    } catch let refusal as LeadImportRefusal { throw progress.brokeOff ? UploadRefusal.brokeOff : refusal.ofUncommitted }
  }

  private func importKept(_ context: SignedInContext) async throws -> UUID {
    guard let text = try context.form().text("upload") else { throw UploadRefusal.noFile }
    guard let id = UUID(text: text), var upload = shelf.find(id, account: context.account.id) else { throw UploadRefusal.gone }
    // The second of two clicks: the first one's result is shown.
    if upload.stage == .imported { return id }
    guard let url = shelf.take(id) else {
      throw RequestRefusal.unavailable("This file is being imported at this moment. Open the leads in a while.", retryAfterSeconds: 10)
    }
    do {
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      let record = LeadImportRecord(by: .account(context.account), of: upload.fileName)
      upload.take(try await importer.run(chunks: FileBytes(file: file), for: record))
      try shelf.finish(upload)
      return id
    } catch {
      shelf.putBack(id)
      throw error
    }
  }

  private func show(
    _ upload: CheckedUpload?, _ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    let values = LeadImportValues(upload: upload, refusal: refusal, limit: limit).pageValues
    if let refusal {
      return try await web.pages.refuse(refusal, with: "leads/import", title: "Import leads", section: .leads, values, request, context)
    }
    return try await web.pages.show("leads/import", title: "Import leads", section: .leads, values, request, context)
  }

  /// POST /api/leads/import: a `text/csv` body, or a multipart form with a part `file`, imported as it arrives.
  func importNow(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let actor = Actor.account(context.account)
    switch request.mediaType {
    case "text/csv":
      return try await receive(context) {
        try await importNow(UploadedFile.body(of: request, limit: limit), LeadImportRecord(by: actor, of: "a CSV body"), $0)
      }
    case "multipart/form-data":
      return try await receive(context) {
        let (name, bytes) = try await UploadedFile.find(in: request, context, limit: limit)
        return try await importNow(bytes, LeadImportRecord(by: actor, of: name), $0)
      }
    default: throw RequestRefusal.unsupportedMediaType(expected: "text/csv or multipart/form-data")
    }
  }

  /// Rows that arrived before an upload broke off stay; the answer says how many.
  private func importNow<Bytes: AsyncSequence>(
    _ bytes: Bytes, _ record: LeadImportRecord, _ progress: UploadProgress
  ) async throws -> Response where Bytes.Element: Sequence<UInt8> {
    do {
      let result = try await importer.run(chunks: UploadBytes(base: bytes, progress: progress), for: record)
      if progress.brokeOff { throw UploadRefusal.brokeOffAfter(imported: result.imported, updated: result.updated) }
      return .snakeCaseJSON(LeadImportJSON(result))
    } catch let refusal as LeadImportRefusal {
      // It broke off before the first row was whole.
      throw progress.brokeOff ? UploadRefusal.brokeOff : refusal
    } catch is CancellationError where progress.isTooSlow {
      throw UploadRefusal.tooSlow(imported: record.counts.inserted, updated: record.counts.updated)
    }
  }
}

extension LeadImportRefusal {
  /// The same while nothing was written: an import's own words tell of rows that were.
  fileprivate var ofUncommitted: any Refusal {
    if case .tooLarge(let limit) = self { UploadRefusal.tooLarge(limit: limit) } else { self }
  }
}

/// What an import did, as the API says it.
struct LeadImportJSON: Encodable {
  var imported: Int
  var updated: Int
  var skipped: Int
  var rowErrors: [RowErrorJSON]
  var rowErrorCount: Int
  var ignoredColumns: [String]
  var usedFallbackEncoding: Bool
  var isCutShort: Bool

  init(_ result: LeadImportResult) {
    imported = result.imported
    updated = result.updated
    skipped = result.skipped
    rowErrors = result.rowErrors.map(RowErrorJSON.init)
    rowErrorCount = result.rowErrorCount
    ignoredColumns = result.ignoredColumns
    usedFallbackEncoding = result.usedFallbackEncoding
    isCutShort = result.isCutShort
  }
}
