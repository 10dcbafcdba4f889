import BatchReports
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Finished reports on disk: one JSON file a lead, under the batch's folder.
public struct ReportArchive: Sendable {
  public enum Failure: Error, CustomStringConvertible {
    case cannotWrite(String)
    case missing
    case unreadable(String)

    public var description: String {
      switch self {
      case .cannotWrite(let why): "The report could not be written: \(why)."
      case .missing: "The report's file is missing."
      case .unreadable(let why): "The report's file cannot be read: \(why)."
      }
    }
  }

  let folder: URL

  public init(folder: URL) { self.folder = folder }

  /// Writes a report so that it survives a power cut once this returns, and returns its size in bytes.
  ///
  /// A half-written file is never seen: the bytes go to a temporary name, are synced, and are renamed. Throws `Failure.cannotWrite`.
  public func store(_ report: Report, batch: UUID) throws -> Int {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .millisecondsSince1970
    let data = try encoder.encode(report)
    let home = folder.appendingPathComponent(batch.text)
    let isFirst = !FileManager.default.fileExists(atPath: home.path)
    do { try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true) } catch {
      throw Failure.cannotWrite(error.localizedDescription)
    }
    let path = home.appendingPathComponent(report.leadID.text + ".json").path
    try write(data, to: path + ".tmp")
    guard rename(path + ".tmp", path) == 0 else { throw Failure.cannotWrite(Self.reason) }
    try sync(home)
    if isFirst { try sync(folder) }
    return data.count
  }

  /// Makes the names in a folder as durable as the files that they point to.
  private func sync(_ folder: URL) throws {
    let directory = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw Failure.cannotWrite(Self.reason) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw Failure.cannotWrite(Self.reason) }
  }

  private func write(_ data: Data, to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
    guard file >= 0 else { throw Failure.cannotWrite(Self.reason) }
    defer { close(file) }
    var rest = data[...]
    while !rest.isEmpty {
      #if canImport(Glibc)
        let written = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      #else
        let written = rest.withUnsafeBytes { Darwin.write(file, $0.baseAddress, $0.count) }
      #endif
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw Failure.cannotWrite(Self.reason) }
      rest = rest.dropFirst(written)
    }
    guard fsync(file) == 0 else { throw Failure.cannotWrite(Self.reason) }
  }

  /// Throws `Failure.missing` and `Failure.unreadable`.
  public func report(of lead: UUID, batch: UUID) throws -> Report {
    let file = folder.appendingPathComponent(batch.text).appendingPathComponent(lead.text + ".json")
    guard let data = FileManager.default.contents(atPath: file.path) else { throw Failure.missing }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .millisecondsSince1970
    do {
      let format = try decoder.decode(Head.self, from: data).format
      guard format == Report.currentFormat else { throw Failure.unreadable("its format is \(format)") }
      return try decoder.decode(Report.self, from: data)
    } catch let failure as Failure { throw failure } catch { throw Failure.unreadable("it is damaged") }
  }

  /// What every format has in common, read first: the rest of another format may not decode at all.
  private struct Head: Decodable { var format: Int }

  private static var reason: String { String(cString: strerror(errno)) }
}
