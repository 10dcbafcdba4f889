import BatchReports
import Foundation
import Hummingbird
import Synchronization

/// How many sockets each account has open, and how fast it opens them; one too many is refused with 429.
final class SocketPlaces: Sendable {
  /// One open socket; leaving twice counts once.
  final class Place: Sendable {
    private let isTaken = Mutex(true)
    private let free: @Sendable () -> Void

    init(free: @escaping @Sendable () -> Void) { self.free = free }

    /// A client may vanish in the middle of its handshake: then the answer is let go of, and nobody else leaves.
    deinit { leave() }

    func leave() {
      let wasTaken = isTaken.withLock { taken in
        defer { taken = false }
        return taken
      }
      if wasTaken { free() }
    }
  }

  private let limit: Int
  private let rate: RateLimiter
  private let open = Mutex<[UUID: Int]>([:])

  /// A page's socket comes back after seconds when it was lost; many tabs that all come back at once fit the burst.
  init(limit: Int) {
    self.limit = limit
    rate = RateLimiter(burst: max(60, 2 * limit), perSecond: 2)
  }

  /// Throws `RequestRefusal.rateLimited`.
  func take(_ account: UUID, at now: Date) throws -> Place {
    try rate.take(account.text, at: now)
    let isFree = open.withLock { open in
      guard open[account, default: 0] < limit else { return false }
      open[account, default: 0] += 1
      return true
    }
    guard isFree else { throw RequestRefusal.rateLimited(retryAfterSeconds: 10) }
    return Place { [weak self] in
      self?.open.withLock { open in
        open[account, default: 1] -= 1
        if open[account] == 0 { open[account] = nil }
      }
    }
  }

  /// Open sockets of all accounts.
  var count: Int { open.withLock { $0.values.reduce(0, +) } }
}

/// Browsers send cookies with a socket's handshake from any page, so its Origin has to be ours (RFC 6455, 10.2).
enum SocketOrigin {
  static func check(_ request: Request, settings: WebSettings) throws {
    if RequestOrigin.isForeign(request, settings) { throw RequestRefusal.foreignOrigin }
  }
}
