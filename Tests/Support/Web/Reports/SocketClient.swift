import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A WebSocket's client end, byte for byte; it offers no compression and answers no ping.
public final class SocketClient: Sendable {
  public enum Message: Sendable, Hashable {
    case text(String)
    case close(Int)
    /// The connection ended without a close frame.
    case ended
  }

  public enum Failure: Error { case cannotConnect, nothingCame }

  private let descriptor: Int32
  private let received = Mutex(Data())
  /// The answer to the handshake; its body is what a refusal says.
  public let handshake: TestResponse

  private init(descriptor: Int32, handshake: TestResponse, rest: Data) {
    self.descriptor = descriptor
    self.handshake = handshake
    received.withLock { $0 = rest }
  }

  deinit { Glibc.close(descriptor) }

  /// Connects, sends the handshake and reads the answer.
  public static func open(port: Int, path: String, headers: [(String, String)] = []) async throws -> SocketClient {
    let descriptor = try connected(port)
    do {
      send(handshake(port: port, path: path, headers: headers), to: descriptor)
      let (response, rest) = try await answer(descriptor)
      return SocketClient(descriptor: descriptor, handshake: response, rest: rest)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  /// A plain request that blocks no thread while it waits, so that hundreds fit beside each other.
  public static func get(port: Int, path: String, headers: [(String, String)] = []) async throws -> TestResponse {
    let descriptor = try connected(port)
    defer { Glibc.close(descriptor) }
    let lines = ["GET \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"] + headers.map { "\($0.0): \($0.1)" }
    send(Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8), to: descriptor)
    return try await answer(descriptor).0
  }

  /// Sends a handshake and is gone before its answer.
  public static func vanish(port: Int, path: String, headers: [(String, String)] = []) throws {
    let descriptor = try connected(port)
    var reset = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    send(handshake(port: port, path: path, headers: headers), to: descriptor)
    Glibc.close(descriptor)
  }

  /// The next message. Throws `Failure.nothingCame` after the deadline.
  public func next(within seconds: Double = 20) async throws -> Message {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      if let message = received.withLock({ Self.message(&$0) }) {
        if let message { return message }
        continue
      }
      guard let bytes = Self.take(descriptor) else {
        try await Task.sleep(for: .milliseconds(2))
        continue
      }
      if bytes.isEmpty { return .ended }
      received.withLock { $0 += bytes }
    }
    throw Failure.nothingCame
  }

  /// The next message as a JSON object. Throws when it is something else.
  public func json(within seconds: Double = 20) async throws -> [String: Any] {
    let message = try await next(within: seconds)
    guard case .text(let text) = message, let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
      throw TestClient.Failure.notAnObject("\(message)")
    }
    return object
  }

  public func send(_ text: String) {
    let payload = Array(text.utf8)
    let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    let length: [UInt8] = payload.count < 126 ? [0x80 | UInt8(payload.count)] : [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    Self.send(Data([0x81] + length + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }), to: descriptor)
  }

  /// Hangs up without a word.
  public func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

extension SocketClient {
  private static func handshake(port: Int, path: String, headers: [(String, String)]) -> Data {
    let lines =
      [
        "GET \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ] + headers.map { "\($0.0): \($0.1)" }
    return Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  private static func connected(_ port: Int) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure.cannotConnect }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard result == 0 else { throw Failure.cannotConnect }
    return descriptor
  }

  private static func send(_ bytes: Data, to descriptor: Int32) {
    _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) }
  }

  /// MSG_DONTWAIT, which Glibc gives as a number or as an enumeration depending on what else is imported.
  private static let doNotWait: Int32 = 0x40

  /// What has come; nil while nothing has, empty at the end of the stream.
  private static func take(_ descriptor: Int32) -> Data? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, doNotWait)
    if count > 0 { return Data(buffer[..<count]) }
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? nil : Data()
  }

  private static func answer(_ descriptor: Int32) async throws -> (TestResponse, rest: Data) {
    var data = Data()
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      if let end = data.range(of: Data("\r\n\r\n".utf8)) {
        let head = TestClient.head(data[..<end.lowerBound])
        let length = head.header("content-length").flatMap { Int($0) } ?? 0
        let body = Data(data[end.upperBound...])
        if head.status == 101 { return (head, body) }
        if body.count >= length { return (TestResponse(status: head.status, headers: head.headers, body: body), Data()) }
      }
      guard let bytes = take(descriptor) else {
        try await Task.sleep(for: .milliseconds(2))
        continue
      }
      if bytes.isEmpty { throw TestClient.Failure.noAnswer }
      data += bytes
    }
    throw Failure.nothingCame
  }

  /// Takes one frame off the front. Nil while it is not whole; a nil inside for a frame that is no news, such as a ping.
  private static func message(_ data: inout Data) -> Message?? {
    let bytes = [UInt8](data.prefix(10))
    guard bytes.count >= 2 else { return nil }
    var (length, start) = (Int(bytes[1] & 0x7F), 2)
    if length == 126 {
      guard bytes.count >= 4 else { return nil }
      (length, start) = (Int(bytes[2]) << 8 | Int(bytes[3]), 4)
    } else if length == 127 {
      guard bytes.count >= 10 else { return nil }
      (length, start) = (bytes[2..<10].reduce(0) { $0 << 8 | Int($1) }, 10)
    }
    guard data.count >= start + length else { return nil }
    let payload = Data(data.dropFirst(start).prefix(length))
    data = Data(data.dropFirst(start + length))
    switch bytes[0] & 0xF {
    case 1: return .some(.text(String(decoding: payload, as: UTF8.self)))
    case 8: return .some(.close(payload.count < 2 ? 1005 : Int(payload[0]) << 8 | Int(payload[1])))
    default: return .some(nil)
    }
  }
}

extension TestResponse {
  /// An answer that no server gave, for tests of checks.
  public static func json(_ body: String, status: Int, type: String) -> TestResponse {
    TestResponse(status: status, headers: [(name: "content-type", value: type)], body: Data(body.utf8))
  }
}

extension TestClient {
  /// Status and headers of an answer's head.
  static func head(_ data: Data) -> TestResponse {
    let lines = String(decoding: data, as: UTF8.self).components(separatedBy: "\r\n")
    let headers = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: parts[0].lowercased(), value: parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
    }
    let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return TestResponse(status: status, headers: headers, body: Data())
  }
}
