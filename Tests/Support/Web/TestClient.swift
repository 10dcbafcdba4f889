import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// An answer as it came over the wire.
public struct TestResponse: Sendable {
  public var status: Int
  /// In order, names in lower case.
  public var headers: [(name: String, value: String)]
  public var body: Data

  public var text: String { String(decoding: body, as: UTF8.self) }

  public func header(_ name: String) -> String? { headers.first { $0.name == name.lowercased() }?.value }

  public func headers(_ name: String) -> [String] { headers.filter { $0.name == name.lowercased() }.map(\.value) }

  /// The body as a JSON object. Throws when it is not one.
  public func json() throws -> [String: Any] {
    guard let object = try JSONSerialization.jsonObject(with: body) as? [String: Any] else { throw TestClient.Failure.notAnObject(text) }
    return object
  }
}

/// Sends requests byte for byte over a socket of its own, so that tests can send what no proper client would.
public struct TestClient: Sendable {
  public enum Failure: Error { case cannotConnect, noAnswer, timedOut, notAnObject(String) }

  public let port: Int

  public init(port: Int) { self.port = port }

  /// One request, one connection. `path` is sent as it is.
  public func send(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: Data = Data()
  ) async throws -> TestResponse {
    var lines = ["\(method) \(path) HTTP/1.1"]
    let names = Set(headers.map { $0.0.lowercased() })
    if !names.contains("host") { lines.append("Host: 127.0.0.1:\(port)") }
    if !names.contains("connection") { lines.append("Connection: close") }
    lines += headers.map { "\($0.0): \($0.1)" }
    let isChunked = names.contains("transfer-encoding")
    if !names.contains("content-length"), !isChunked, !body.isEmpty || method == "POST" { lines.append("Content-Length: \(body.count)") }
    return try await raw(Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
  }

  /// Sends bytes and reads the answer until the server closes.
  public func raw(_ bytes: Data, timeoutSeconds: Int = 20) async throws -> TestResponse {
    let port = port
    let data = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Data, any Error>) in
      DispatchQueue.global().async { continuation.resume(with: Result { try TestClient.exchange(bytes, port, timeoutSeconds) }) }
    }
    return try TestClient.parse(data)
  }

  private static func exchange(_ bytes: Data, _ port: Int, _ timeoutSeconds: Int) throws -> Data {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure.cannotConnect }
    defer { close(descriptor) }
    var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard connected == 0 else { throw Failure.cannotConnect }
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      // A server may refuse a body before all of it has come: then there is an answer to read.
      if count <= 0 { break }
      sent += count
    }
    var answer = Data()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { return answer }
      if count < 0 { if answer.isEmpty { throw Failure.timedOut } else { return answer } }
      answer += buffer[..<count]
    }
  }

  private static func parse(_ data: Data) throws -> TestResponse {
    guard let end = data.range(of: Data("\r\n\r\n".utf8)) else { throw Failure.noAnswer }
    let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    let headers = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: parts[0].lowercased(), value: parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
    }
    let response = TestResponse(status: status, headers: headers, body: Data(data[end.upperBound...]))
    return response.header("transfer-encoding") == "chunked" ? unchunked(response) : response
  }

  private static func unchunked(_ response: TestResponse) -> TestResponse {
    var result = response
    result.body = Data()
    var rest = response.body
    while let line = rest.range(of: Data("\r\n".utf8)),
      let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), size > 0, rest.count >= size
    {
      let start = line.upperBound
      result.body += rest[start..<start + size]
      rest = Data(rest[(start + size + 2)...])
    }
    return result
  }
}
