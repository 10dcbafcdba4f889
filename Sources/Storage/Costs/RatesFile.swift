import BatchReports
import Foundation
import Secrets
import Synchronization

/// The file of prices that an operator keeps beside the program: read again and again, each new content once into a card of its own.
public final class RatesFile: Sendable {
  public struct Status: Sendable, Hashable {
    public var path: String
    /// Why the file as it stands gives no card, in a sentence; nil while all is well.
    public var problem: String?
    /// Since when.
    public var badSince: Date?
    public var lookedAt: Date?
    /// The card that its last good content became.
    public var version: Int?
  }

  /// What a look brought that is worth telling.
  public enum News: Sendable, Hashable {
    case added(version: Int)
    case bad(String)
    /// It was bad and is good again.
    case mended(version: Int)
  }

  private struct State {
    var status: Status
    var digest: Data?
  }

  private let path: String
  private let cards: RateCardStore
  private let templates: TemplateStore
  private let state: Mutex<State>

  public init(path: String, database: AppDatabase) {
    self.path = path
    cards = RateCardStore(database: database)
    templates = TemplateStore(database: database)
    state = Mutex(State(status: Status(path: path)))
  }

  public var status: Status { state.withLock { $0.status } }

  /// Reads the file; a good one that is new becomes a card, a bad one leaves the prices as they are and is a problem until it is good.
  ///
  /// Its time of change is not asked: the content alone counts, and it is small. Nil when nothing has changed.
  public func look(now: Date) async -> News? {
    do {
      let data = try contents()
      let digest = Digest.sha256(data)
      if state.withLock({ $0.digest == digest && $0.status.problem == nil }) {
        state.withLock { $0.status.lookedAt = now }
        return nil
      }
      let (card, isNew) = try await cards.add(try await card(data, now: now), fromFileWithDigest: digest)
      return good(card.version, isNew: isNew, digest: digest, now: now)
    } catch is CancellationError { return nil } catch { return bad(Self.reason(error), now: now) }
  }

  private func card(_ data: Data, now: Date) async throws -> RateCard {
    let known = try await templates.all()
    var (draft, problems) = try RateCardDocument.read(data)
    if draft.note.isEmpty { draft.note = "From the rates file" }
    return try draft.card(.file, templates: known, now: now, adding: problems)
  }

  private func good(_ version: Int, isNew: Bool, digest: Data, now: Date) -> News? {
    state.withLock { state in
      let wasBad = state.status.problem != nil
      state.digest = digest
      state.status = Status(path: path, lookedAt: now, version: version)
      return wasBad ? .mended(version: version) : isNew ? .added(version: version) : nil
    }
  }

  private func bad(_ reason: String, now: Date) -> News? {
    state.withLock { state in
      let isNew = state.status.problem != reason
      state.status.problem = reason
      state.status.badSince = state.status.badSince ?? now
      state.status.lookedAt = now
      return isNew ? .bad(reason) : nil
    }
  }

  private struct Unreadable: Error { var reason: String }

  private func contents() throws -> Data {
    // Without waiting: opening a pipe would wait for its writer.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Unreadable(reason: errno == ENOENT ? "It is not there." : "It cannot be opened: \(String(cString: strerror(errno))).")
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { throw Unreadable(reason: "It is no file.") }
    do { return try file.read(upToCount: RateCardDocument.mostBytes + 1) ?? Data() } catch {
      throw Unreadable(reason: "It cannot be read: \(error.localizedDescription)")
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as Unreadable: error.reason
    case let error as InvalidInput:
      error.problems.prefix(5).map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }.joined(separator: " ")
        + (error.problems.count > 5 ? " And \(error.problems.count - 5) more." : "")
    default: "Its card could not be stored (\(StorageFault(error)?.description ?? "\(error)"))."
    }
  }
}
