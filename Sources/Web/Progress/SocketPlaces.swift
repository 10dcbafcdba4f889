import BatchReports
import Foundation
import Hummingbird
import Synchronization

/// How many sockets each account has open; one more than allowed is refused with 429.
final class SocketPlaces: Sendable {
  /// One open socket; leaving twice counts once.
  final class Place: Sendable {
    private let isTaken = Mutex(true)
    private let free: @Sendable () -> Void

    init(free: @escaping @Sendable () -> Void) { self.free = free }

    func leave() {
      let wasTaken = isTaken.withLock { taken in
        defer { taken = false }
        return taken
      }
      if wasTaken { free() }
    }
  }

  private let limit: Int
  private let open = Mutex<[UUID: Int]>([:])

  init(limit: Int) { self.limit = limit }

  /// Throws `RequestRefusal.rateLimited`.
  func take(_ account: UUID) throws -> Place {
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
}

/// Browsers send cookies with a socket's handshake from any page, so its Origin has to be ours (RFC 6455, 10.2).
enum SocketOrigin {
  static func check(_ request: Request, settings: WebSettings) throws {
    if RequestOrigin.isForeign(request, settings) { throw RequestRefusal.foreignOrigin }
  }
}
