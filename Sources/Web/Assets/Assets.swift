import Foundation
import Secrets

/// The files of Public/, read once into memory: what is not in this table cannot be asked for, whatever a path tries.
public struct Assets: Sendable {
  public struct File: Sendable {
    public var data: Data
    public var type: String
    /// Quoted, from the contents (RFC 9110, 8.8.3).
    public var etag: String
  }

  public enum Failure: Error, CustomStringConvertible, Hashable {
    case noAssets(folder: String)

    public var description: String {
      switch self {
      case .noAssets(let folder): "No files were found in \(folder). Set BATCH_RESOURCES_DIR to the folder that holds Public/."
      }
    }
  }

  /// By path under the folder: `css/app.css`.
  public let files: [String: File]
  /// Changes when any file does; it stands in the files' addresses, which may therefore be kept for ever.
  public let version: String

  /// Reads a folder. Hidden files, links and files of unknown types are left out. Throws `Failure` for a folder without any.
  public init(folder: URL) throws {
    let root = folder.resolvingSymlinksInPath()
    var files: [String: File] = [:]
    let names = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    for name in names where !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
      let url = root.appendingPathComponent(name)
      guard let type = Assets.types[url.pathExtension.lowercased()], try Assets.isPlainFile(url),
        url.resolvingSymlinksInPath().path == url.path
      else { continue }
      var data = try Data(contentsOf: url)
      if name.hasSuffix(".js") { data = Data(ScriptComments.removed(from: String(decoding: data, as: UTF8.self)).utf8) }
      files[name] = File(data: data, type: type, etag: "\"\(Digest.sha256Hex(data).prefix(32))\"")
    }
    if files.isEmpty { throw Failure.noAssets(folder: folder.path) }
    self.files = files
    let digests = files.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.etag)" }.joined(separator: "\n")
    version = String(Digest.sha256Hex(Data(digests.utf8)).prefix(12))
  }

  /// The address of a file, with the version in it, so that modules which import each other by relative paths have it too.
  public func url(_ path: String) -> String { "/assets/\(version)/\(path)" }

  private static func isPlainFile(_ url: URL) throws -> Bool {
    try FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType == .typeRegular
  }

  static let types = [
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml", "png": "image/png",
    "ico": "image/x-icon", "webmanifest": "application/manifest+json", "json": "application/json", "woff2": "font/woff2",
    "txt": "text/plain; charset=utf-8", "webp": "image/webp",
  ]

  var pageValues: PageValues {
    ["css": .text(url("css/app.css")), "js": .text(url("js/app.js")), "icon": .text(url("icons/icon.svg"))]
  }
}
