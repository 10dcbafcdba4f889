import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A website of the test's own on a loopback address: it answers as the test says and counts who connected.
final class TestSite: Sendable {
  enum Answer: Sendable {
    case page
    case redirect(to: String)
    /// Nothing, until `letGo`; then the page.
    case hold
    /// Headers, then a byte every 50 ms for as long as the client listens.
    case drip
    /// As much HTML as the client takes, up to 1 GB.
    case gigabyte
    case reset
  }

  enum Failure: Error { case cannotListen(Int32) }

  private struct State {
    var connections = 0
    var paths: [String: Int] = [:]
    var held: [Int32] = []
    var holds = true
    var active = 0
    var peak = 0
    var lastEnd: ContinuousClock.Instant?
    var shortestPause: Duration?
  }

  let address: String
  let port: Int
  private let listener: Int32
  private let answer: @Sendable (String) -> Answer
  private let state = Mutex(State())

  /// Serves until `stop`. Without `port` it takes a free one.
  init(address: String = "127.0.0.1", port: Int = 0, answer: @escaping @Sendable (_ path: String) -> Answer) throws {
    self.address = address
    self.answer = answer
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = in_port_t(UInt16(port)).bigEndian
    inet_pton(AF_INET, address, &place.sin_addr)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let bound = withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard bound, listen(listener, 256) == 0 else { throw Failure.cannotListen(errno) }
    self.port = Int(UInt16(bigEndian: place.sin_port))
    // Accepting blocks: it gets a thread of its own, which ends when `stop` shuts the listener down.
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(descriptor, nil, nil)
        if connection < 0 { break }
        state.withLock { $0.connections += 1 }
        DispatchQueue.global().async { self.serve(connection) }
      }
      close(descriptor)
    }
  }

  var connections: Int { state.withLock { $0.connections } }
  var heldCount: Int { state.withLock { $0.held.count } }
  /// How often each path was asked for.
  var paths: [String: Int] { state.withLock { $0.paths } }

  /// The most requests that were under way at the same moment.
  var peak: Int { state.withLock { $0.peak } }
  /// The shortest time from the end of a request to the beginning of the next.
  var shortestPause: Duration? { state.withLock { $0.shortestPause } }

  func url(_ path: String) -> String { "http://\(address):\(port)\(path)" }

  /// Answers those who are held, and all who come from now on.
  func letGo() {
    let held = state.withLock { state in
      state.holds = false
      defer { state.held = [] }
      return state.held
    }
    for connection in held { finish(connection, Self.page) }
  }

  func stop() {
    letGo()
    shutdown(listener, Int32(SHUT_RDWR))
  }

  private func serve(_ connection: Int32) {
    var request = Data()
    var buffer = [UInt8](repeating: 0, count: 4096)
    while request.range(of: Data("\r\n\r\n".utf8)) == nil {
      let count = recv(connection, &buffer, buffer.count, 0)
      if count <= 0 {
        close(connection)
        return
      }
      request += buffer[..<count]
    }
    let path = String(decoding: request, as: UTF8.self).split(separator: " ").dropFirst().first.map(String.init) ?? "/"
    state.withLock { state in
      state.paths[path, default: 0] += 1
      state.active += 1
      state.peak = max(state.peak, state.active)
      if let end = state.lastEnd { state.shortestPause = min(state.shortestPause ?? .seconds(1000), .now - end) }
    }
    switch answer(path) {
    case .page: finish(connection, Self.page)
    case .drip: pour(connection, "x", every: 50_000)
    case .gigabyte: pour(connection, String(repeating: "<p>all of it</p>", count: 4096), every: 0)
    case .reset:
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
      end(connection)
    case .redirect(let target):
      finish(connection, "HTTP/1.1 302 Found\r\nLocation: \(target)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    case .hold:
      let isHeld = state.withLock { state in
        if state.holds { state.held.append(connection) }
        return state.holds
      }
      if !isHeld { finish(connection, Self.page) }
    }
  }

  private func finish(_ connection: Int32, _ answer: String) {
    let bytes = Array(answer.utf8)
    // Counted as ended before the client can know: it may come again at once.
    state.withLock { state in
      state.active -= 1
      state.lastEnd = .now
    }
    _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    shutdown(connection, Int32(SHUT_WR))
    close(connection)
  }

  private func pour(_ connection: Int32, _ text: String, every microseconds: UInt32) {
    let bytes = Array(text.utf8)
    let head = Array("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".utf8)
    _ = send(connection, head, head.count, Int32(MSG_NOSIGNAL))
    var left = 1_000_000_000
    while left > 0 {
      let count = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      if count <= 0 { break }
      left -= count
      if microseconds > 0 { usleep(microseconds) }
    }
    end(connection)
  }

  private func end(_ connection: Int32) {
    state.withLock { $0.active -= 1 }
    close(connection)
  }

  private static let page: String = {
    let body = "<!doctype html><html lang=\"en\"><head><title>Test bakery</title></head><body><h1>Bread</h1></body></html>"
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n" + body
  }()
}
