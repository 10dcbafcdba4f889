import Foundation

/// What the test server says, by path.
enum TestSite {
  @Sendable static func answer(_ request: ReceivedRequest, _ peer: Peer) -> Bool {
    let parts = request.path.split(separator: "/").map(String.init)
    let number = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    return switch parts.first ?? "" {
    case "plain": peer.answer("200 OK", ["Content-Type: text/plain", "X-Answer: yes"], "hello")
    case "echo": peer.answer("200 OK", ["X-Method: \(request.method)"], body: request.body)
    case "head": peer.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
    case "headers": peer.answer("200 OK", [], request.headers.map { "\($0.key): \($0.value)" }.sorted().joined(separator: "\n"))
    case "chunked": peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Trailer: late\r\n\r\n")
    case "gzip": peer.answer("200 OK", ["Content-Encoding: gzip"], body: Encoded.gzip(zeros: 100_000))
    case "bomb": peer.answer("200 OK", ["Content-Encoding: gzip"], body: Encoded.bomb)
    case "nested": peer.answer("200 OK", nestings[number], body: Encoded.endlessName)
    case "nestedinterim":
      peer.send("HTTP/1.1 103 Early Hints\r\nContent-Encoding: gzip\r\n\r\n")
        && peer.answer("200 OK", ["Content-Encoding: gzip"], body: Encoded.endlessName)
    case "onelayer":
      peer.answer("200 OK", ["Content-Encoding: identity", "content-encoding: ,X-GZIP"], body: Encoded.gzip(zeros: 1000))
    case "packedredirect": peer.answer("302 Found", ["Location: /onelayer", "Content-Encoding: gzip"], body: Encoded.gzip(zeros: 10))
    case "brotli": peer.answer("200 OK", ["Content-Encoding: br"], body: Encoded.brotliHelloWorld)
    case "zstd": peer.answer("200 OK", ["Content-Encoding: zstd"], body: Encoded.zstd("hello world"))
    case "notgzip": peer.answer("200 OK", ["Content-Encoding: gzip"], "this is no gzip")
    case "http10": peer.send("HTTP/1.0 200 OK\r\n\r\nold") && false
    case "status": peer.answer("\(number) Scripted", [], "status")
    case "empty": peer.send("HTTP/1.1 204 No Content\r\n\r\n")
    case "chain":
      number > 0
        ? peer.answer("302 Found", ["Location: /chain/\(number - 1)", "X-Hop: \(number)"], "moved")
        : peer.answer("200 OK", [], "last")
    case "loop": peer.answer("301 Moved Permanently", ["Location: /loop"])
    case "to": peer.answer("302 Found", ["Location: \(request.path.dropFirst(4))"])
    case "endlessredirect": endless(peer, "HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 9000000000\r\n\r\n")
    case "slowredirect": peer.pause(milliseconds: Int32(number)) && peer.answer("302 Found", ["Location: /plain"])
    case "cookie":
      request.headers["cookie"] == "seen=1"
        ? peer.answer("200 OK", [], "welcome")
        : peer.answer("302 Found", ["Set-Cookie: seen=1", "Location: /cookie"])
    case "drip": drip(peer)
    case "hang": peer.pause(milliseconds: nil)
    case "reset": peer.reset()
    case "closed": false
    case "short": peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this") && false
    case "announced": peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n") && peer.pause(milliseconds: nil)
    case "endless": endless(peer, "HTTP/1.1 200 OK\r\n\r\n")
    case "sized": peer.answer("200 OK", [], body: [UInt8](repeating: 65, count: number))
    case "garbage": peer.send("\u{1}\u{2}this is no HTTP\r\n\r\n") && false
    case "badheader": peer.send("HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\n\r\n") && false
    case "interim":
      peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
        && peer.answer("200 OK", ["X-Last: 1"], "ok")
    case "manyheaders": peer.answer("200 OK", (0..<number).map { "X-\($0): \(String(repeating: "v", count: 90))" }, "ok")
    case "endlessinterim": endlessInterim(peer)
    case "latin1":
      peer.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Name: caf".utf8) + [0xE9] + Array("\r\nX-Utf: café\r\n\r\n".utf8))
    default: peer.answer("404 Not Found", [], "none")
    }
  }

  /// Ways to say that a body is compressed twice.
  static let nestings = [
    ["Content-Encoding: gzip, gzip"], ["Content-Encoding: gzip", "Content-Encoding: deflate"], ["content-encoding: identity,X-GZIP ,br"],
    ["Transfer-Encoding: gzip", "Content-Encoding: gzip"], ["Transfer-Encoding: gzip, gzip, chunked"], ["Content-Encoding: gzip,", "\tgzip"],
  ]

  private static func drip(_ peer: Peer) -> Bool {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while peer.pause(milliseconds: 40), peer.send("x") {}
    return false
  }

  private static func endless(_ peer: Peer, _ head: String) -> Bool {
    peer.send(head)
    let block = [UInt8](repeating: 65, count: 16_384)
    while peer.send(block) {}
    return false
  }

  private static func endlessInterim(_ peer: Peer) -> Bool {
    while peer.send("HTTP/1.1 103 Early Hints\r\nLink: <\(String(repeating: "a", count: 900))>\r\n\r\n") {}
    return false
  }
}
