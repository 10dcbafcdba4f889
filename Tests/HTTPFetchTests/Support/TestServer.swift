import Foundation
import Synchronization

/// A raw-socket HTTP server on 127.0.0.1: a thread accepts, a thread serves each connection, and the script decides what is said.
final class TestServer: Sendable {
  /// Says the answer; true keeps the connection open for another request.
  typealias Script = @Sendable (ReceivedRequest, Peer) -> Bool

  let port: UInt16
  /// Paths in the order in which their requests came.
  let arrivals: AsyncStream<String>
  private let listener: Int32
  private let log = RequestLog()

  private final class RequestLog: Sendable {
    let requests = Mutex<[ReceivedRequest]>([])
  }

  init(_ script: @escaping Script = TestSite.answer) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listening = listener
    let isListening = withUnsafeMutableBytes(of: &address) { bytes in
      guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
      return bind(listening, pointer, length) == 0 && listen(listening, 1024) == 0 && getsockname(listening, pointer, &length) == 0
    }
    guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
    port = UInt16(bigEndian: address.sin_port)
    let (stream, arrival) = AsyncStream.makeStream(of: String.self)
    arrivals = stream
    Thread.detachNewThread { [log] in
      while true {
        let descriptor = accept(listening, nil, nil)
        guard descriptor >= 0 else { break }
        Thread.detachNewThread {
          let peer = Peer(descriptor: descriptor)
          while let request = peer.readRequest() {
            log.requests.withLock { $0.append(request) }
            arrival.yield(request.path)
            guard script(request, peer) else { break }
          }
          close(descriptor)
        }
      }
      close(listening)
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
  }

  var requests: [ReceivedRequest] { log.requests.withLock { $0 } }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

  /// Returns when a request for the path has come.
  func waitForRequest(_ path: String) async {
    for await arrived in arrivals where arrived == path { return }
  }
}

struct ReceivedRequest: Sendable {
  var method: String
  var path: String
  var headers: [String: String]
  var body: [UInt8]
  /// The client's port: equal for requests on one connection.
  var clientPort: UInt16
}

/// The server's end of a connection.
struct Peer: Sendable {
  let descriptor: Int32

  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// A whole answer with its length; keeps the connection.
  func answer(_ status: String = "200 OK", _ headers: [String] = [], body: [UInt8] = []) -> Bool {
    let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.count)", "", ""]
    return send(Array(lines.joined(separator: "\r\n").utf8) + body)
  }

  func answer(_ status: String = "200 OK", _ headers: [String] = [], _ text: String) -> Bool {
    answer(status, headers, body: Array(text.utf8))
  }

  /// Waits; false when the client has gone meanwhile. Nil waits until then.
  func pause(milliseconds: Int32?) -> Bool {
    var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&event, 1, milliseconds ?? -1) == 0
  }

  /// Ends the connection with RST.
  func reset() -> Bool {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    return false
  }

  /// Nil at the end of the connection.
  func readRequest() -> ReceivedRequest? {
    var bytes: [UInt8] = []
    while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      var byte: UInt8 = 0
      guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
      bytes.append(byte)
      // A TLS greeting, which a plain server answers in its own language.
      if bytes == [0x16] {
        send("HTTP/1.1 400 Bad Request\r\n\r\n")
        return nil
      }
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ").map(String.init)
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let pair = line.split(separator: ":", maxSplits: 1)
      if pair.count == 2 { headers[pair[0].lowercased()] = pair[1].trimmingCharacters(in: .whitespaces) }
    }
    var body: [UInt8] = []
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    while body.count < length {
      var byte: UInt8 = 0
      guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
      body.append(byte)
    }
    return ReceivedRequest(method: words[0], path: words[1], headers: headers, body: body, clientPort: clientPort)
  }

  private var clientPort: UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutableBytes(of: &address) { bytes in
      guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return }
      getpeername(descriptor, pointer, &length)
    }
    return UInt16(bigEndian: address.sin_port)
  }
}
