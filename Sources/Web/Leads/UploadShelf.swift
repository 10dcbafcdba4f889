import BatchReports
import Foundation

/// A folder that keeps uploaded files between their check and their import; each is a CSV file and a small record beside it.
///
/// Files are named by ids of ours, never by what a browser calls them, and are readable by this user alone.
struct UploadShelf: Sendable {
  /// Seconds for which a file or a result is kept.
  static let lifetime: TimeInterval = 24 * 60 * 60
  static let keptPerAccount = 3

  let folder: URL

  /// Makes an empty file for an upload to come.
  func begin(_ id: UUID) throws -> FileHandle {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let url = url(id, "part")
    guard FileManager.default.createFile(atPath: url.path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
      throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
    }
    return try FileHandle(forWritingTo: url)
  }

  /// Keeps a file that arrived whole, and lets go of the oldest ones.
  func keep(_ upload: CheckedUpload, now: Date) throws {
    try write(upload)
    try FileManager.default.moveItem(at: url(upload.id, "part"), to: url(upload.id, "csv"))
    prune(besides: upload, now: now)
  }

  /// The record of an upload of this account, or nil.
  func find(_ id: UUID, account: UUID) -> CheckedUpload? {
    guard let upload = record(at: url(id, "json")), upload.account == account else { return nil }
    return upload
  }

  /// The file, for the one who imports it; nil when it is being imported or was. A rename makes sure that it is only one.
  func take(_ id: UUID) -> URL? {
    let taken = url(id, "importing")
    return rename(url(id, "csv").path, taken.path) == 0 ? taken : nil
  }

  /// Puts a file back that could not be imported, so that it can be tried again.
  func putBack(_ id: UUID) { _ = rename(url(id, "importing").path, url(id, "csv").path) }

  /// Keeps the result and removes the file.
  func finish(_ upload: CheckedUpload) throws {
    try write(upload)
    remove(url(upload.id, "importing"))
  }

  /// Removes what there is of an upload.
  func discard(_ id: UUID) {
    for kind in ["part", "csv", "importing", "json"] { remove(url(id, kind)) }
  }

  private func write(_ upload: CheckedUpload) throws {
    let url = url(upload.id, "json")
    try JSONEncoder().encode(upload).write(to: url, options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
  }

  private func record(at url: URL) -> CheckedUpload? {
    guard let data = FileManager.default.contents(atPath: url.path) else { return nil }
    return try? JSONDecoder().decode(CheckedUpload.self, from: data)
  }

  private func prune(besides newest: CheckedUpload, now: Date) {
    let urls = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    let records = urls.filter { $0.pathExtension == "json" }.compactMap(record).sorted { $0.storedAt > $1.storedAt }
    let surplus = records.filter { $0.account == newest.account && $0.id != newest.id }.dropFirst(Self.keptPerAccount - 1)
    let outdated = records.filter { now.timeIntervalSince($0.storedAt) > Self.lifetime }
    for upload in Array(surplus) + outdated { discard(upload.id) }
    let known = Set(records.map { $0.id.text })
    for url in urls where !known.contains(url.deletingPathExtension().lastPathComponent) { removeIfAbandoned(url) }
  }

  /// A file without a record is an upload that is still coming, or one whose server was killed. File times are the machine's own.
  private func removeIfAbandoned(_ url: URL) {
    guard let written = (try? FileManager.default.attributesOfItem(atPath: url.path))?[.modificationDate] as? Date,
      Date().timeIntervalSince(written) > Self.lifetime
    else { return }
    remove(url)
  }

  /// A file that is not there is as good as removed; one that cannot be is tried again by the next upload.
  private func remove(_ url: URL) { unlink(url.path) }

  private func url(_ id: UUID, _ kind: String) -> URL { folder.appendingPathComponent("\(id.text).\(kind)") }
}
