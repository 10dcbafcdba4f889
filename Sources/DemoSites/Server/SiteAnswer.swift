import NIOCore

/// What a site does when it is asked.
enum SiteReaction: Sendable {
  case answer(SiteAnswer)
  /// Keeps the connection open and says nothing.
  case silence
  case resetConnection
  case closeConnection
}

/// One HTTP answer, ready to send. Pieces of a body share their storage, so that a page of 6 MB costs 64 KB.
struct SiteAnswer: Sendable {
  enum Pace: Sendable, Hashable {
    case atOnce
    case after(milliseconds: Int)
    /// One piece of the body at a time.
    case everyPiece(milliseconds: Int)
  }

  var status: Int
  var headers: [(name: String, value: String)]
  var body: [ByteBuffer]
  var pace = Pace.atOnce
  var isCompressible = false

  init(status: Int = 200, type: String, headers: [(name: String, value: String)] = [], body: [ByteBuffer]) {
    self.status = status
    self.headers = [("Content-Type", type)] + headers
    self.body = body
  }

  init(status: Int = 200, type: String, headers: [(name: String, value: String)] = [], text: String) {
    self.init(status: status, type: type, headers: headers, body: [ByteBuffer(string: text)])
  }

  static func redirect(status: Int, to location: String) -> SiteAnswer {
    SiteAnswer(status: status, type: "text/html; charset=utf-8", headers: [("Location", location)], text: "<p>Moved</p>\n")
  }

  var length: Int { body.reduce(0) { $0 + $1.readableBytes } }
}
