import BatchReports
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Finished reports on disk: one file a batch, with a JSON report on each line. Its rows say where each one lies.
///
/// A file for each report would cost several syncs a lead; so one sync serves all that are recorded together. What a crash leaves
/// behind without a row is never read.
public struct ReportArchive: Sendable {
  public enum Failure: Error, CustomStringConvertible {
    case cannotWrite(String)
    case missing
    case unreadable(String)

    public var description: String {
      switch self {
      case .cannotWrite(let why): "Reports could not be written: \(why)."
      case .missing: "The report is not in its file."
      case .unreadable(let why): "The report cannot be read: \(why)."
      }
    }
  }

  /// Where a report lies in its batch's file, in bytes.
  public struct Place: Sendable, Hashable {
    public var offset: Int64
    public var count: Int

    public init(offset: Int64, count: Int) {
      self.offset = offset
      self.count = count
    }
  }

  let folder: URL

  public init(folder: URL) { self.folder = folder }

  /// A report as it is kept. Throws `EncodingError`.
  public static func encode(_ report: Report) throws -> Data {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .millisecondsSince1970
    return try encoder.encode(report)
  }

  /// Writes encoded reports into a batch's file, from `end` on, so that they survive a power cut once this returns; tells where each lies.
  ///
  /// Beyond `end` lies only what was never committed: it is written over, so that a write that is tried again and again fills no disk.
  /// Throws `Failure.cannotWrite`.
  public func append(_ reports: [Data], batch: UUID, after end: Int64) throws -> [Place] {
    if reports.isEmpty { return [] }
    let path = file(of: batch)
    let isNew = end == 0 || access(path, F_OK) != 0
    if isNew {
      do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
        throw Failure.cannotWrite(error.localizedDescription)
      }
    }
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    guard file >= 0 else { throw Failure.cannotWrite(Self.reason) }
    defer { close(file) }
    if Int64(lseek(file, 0, SEEK_END)) > end { ftruncate(file, off_t(end)) }
    do {
      let places = try write(reports, to: file, at: end)
      guard fsync(file) == 0 else { throw Failure.cannotWrite(Self.reason) }
      if isNew { try sync(folder) }
      return places
    } catch {
      // A full disk may have taken a part.
      ftruncate(file, off_t(end))
      throw error
    }
  }

  private func write(_ reports: [Data], to file: Int32, at end: Int64) throws -> [Place] {
    var bytes = Data(capacity: reports.reduce(0) { $0 + $1.count + 1 })
    let places = reports.map { report -> Place in
      let place = Place(offset: end + Int64(bytes.count), count: report.count)
      bytes += report
      bytes += Self.lineFeed
      return place
    }
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(end) + off_t(done)) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw Failure.cannotWrite(Self.reason) }
      done += written
    }
    return places
  }

  /// Makes the names in a folder as durable as the files that they point to.
  private func sync(_ folder: URL) throws {
    let directory = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw Failure.cannotWrite(Self.reason) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw Failure.cannotWrite(Self.reason) }
  }

  /// Throws `Failure.missing` and `Failure.unreadable`.
  public func report(of lead: UUID, batch: UUID, at place: Place) throws -> Report {
    let file = open(file(of: batch), O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Failure.missing }
    defer { close(file) }
    guard let data = try Self.read(place, of: file) else { throw Failure.missing }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .millisecondsSince1970
    do {
      let format = try decoder.decode(Head.self, from: data).format
      guard format == Report.currentFormat else { throw Failure.unreadable("its format is \(format)") }
      let report = try decoder.decode(Report.self, from: data)
      guard report.leadID == lead else { throw Failure.unreadable("another lead's stands in its place") }
      return report
    } catch let failure as Failure { throw failure } catch { throw Failure.unreadable("it is damaged") }
  }

  /// Nil where the file ends before.
  private static func read(_ place: Place, of file: Int32) throws -> Data? {
    var data = Data(count: place.count)
    var count = 0
    while count < place.count {
      let got = data.withUnsafeMutableBytes { pread(file, $0.baseAddress.map { $0 + count }, place.count - count, off_t(place.offset) + off_t(count)) }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw Failure.unreadable(reason) }
      if got == 0 { return nil }
      count += got
    }
    return data
  }

  private func file(of batch: UUID) -> String { folder.appendingPathComponent(batch.text + ".jsonl").path }

  /// What every format has in common, read first: the rest of another format may not decode at all.
  private struct Head: Decodable { var format: Int }

  private static let lineFeed = Data("\n".utf8)
  private static var reason: String { String(cString: strerror(errno)) }
}
