import Foundation
import Hummingbird

/// JSON as the API writes it: snake_case keys, sorted, so that equal answers are equal bytes.
enum SnakeCase {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(value)
  }
}

extension Response {
  /// A value that cannot be encoded is a mistake in the program.
  static func snakeCaseJSON(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
    do {
      return .jsonBytes(try SnakeCase.encode(value), status: status)
    } catch {
      preconditionFailure("cannot encode \(type(of: value)): \(error)")
    }
  }

  static func jsonBytes(_ data: Data, status: HTTPResponse.Status = .ok) -> Response {
    Response(status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
  }
}
