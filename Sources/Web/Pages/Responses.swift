import Foundation
import Hummingbird

extension Response {
  /// A JSON answer. A value that cannot be encoded is a mistake in the program.
  public static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return bytes(try encoder.encode(value), type: "application/json", status: status)
    } catch {
      preconditionFailure("cannot encode \(type(of: value)): \(error)")
    }
  }

  public static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    bytes(Data(text.utf8), type: "text/html; charset=utf-8", status: status)
  }

  /// After a form: the browser fetches `path`, a local one, with GET (RFC 9110, 15.4.4).
  public static func seeOther(_ path: String) -> Response {
    Response(status: .seeOther, headers: [.location: path])
  }

  static func bytes(_ data: Data, type: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
  }
}
