import Hummingbird
import Synchronization

/// Which methods an address takes, so that a wrong one is answered with 405 and `Allow` instead of 404 (RFC 9110, 15.5.6).
final class AllowedMethods: Sendable {
  private struct Route {
    var segments: [Segment]
    var method: HTTPRequest.Method
  }

  private enum Segment {
    case exactly(String)
    case between(prefix: String, suffix: String)
    case rest
  }

  private let routes = Mutex<[Route]>([])

  /// Reads the routes of a finished router.
  func learn(_ router: Router<AppRequestContext>) {
    let known = router.routes.map { Route(segments: AllowedMethods.segments($0.path.description), method: $0.method) }
    routes.withLock { $0 = known }
  }

  func methods(at path: String) -> [HTTPRequest.Method] {
    let parts = path.split(separator: "/")
    let found = Set(routes.withLock { $0.filter { AllowedMethods.matches($0.segments, parts) } }.map(\.method))
    return Array(found.contains(.get) ? found.union([.head]) : found)
  }

  private static func segments(_ path: String) -> [Segment] {
    path.split(separator: "/").map { part in
      if part == "**" { return .rest }
      if part == "*" || part.hasPrefix(":") { return .between(prefix: "", suffix: "") }
      guard let open = part.firstIndex(of: "{"), let close = part.firstIndex(of: "}") else { return .exactly(String(part)) }
      return .between(prefix: String(part[..<open]), suffix: String(part[part.index(after: close)...]))
    }
  }

  private static func matches(_ segments: [Segment], _ parts: [Substring]) -> Bool {
    for (position, segment) in segments.enumerated() {
      guard position < parts.count else { return false }
      switch segment {
      case .exactly(let text): if parts[position] != text { return false }
      case .between(let prefix, let suffix):
        if !parts[position].hasPrefix(prefix) || !parts[position].hasSuffix(suffix) { return false }
      case .rest: return true
      }
    }
    return segments.count == parts.count
  }
}
