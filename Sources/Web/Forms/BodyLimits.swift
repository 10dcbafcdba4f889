import BatchReports
import Foundation
import Hummingbird
import NIOCore

/// How large a body may be, and how long it may take to arrive.
public enum BodyLimits {
  /// 1 MB, in bytes.
  public static let form = 1_000_000
  public static let json = 1_000_000
  public static let arrival: Duration = .seconds(30)

  /// The whole body. Throws `RequestRefusal.payloadTooLarge`, and 408 when it trickles in for longer than `arrival`.
  public static func collect(_ request: Request, upTo limit: Int, within arrival: Duration = BodyLimits.arrival) async throws -> ByteBuffer {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
      throw RequestRefusal.payloadTooLarge(limitBytes: limit)
    }
    let body = request.body
    return try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
      group.addTask {
        do {
          return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
          throw RequestRefusal.payloadTooLarge(limitBytes: limit)
        }
      }
      group.addTask {
        try await Task.sleep(for: arrival)
        return nil
      }
      defer { group.cancelAll() }
      guard let buffer = try await group.next() ?? nil else { throw HTTPError(.requestTimeout) }
      return buffer
    }
  }
}

extension Request {
  /// The query's names and values, repeated ones kept. Throws `RequestRefusal.malformed`.
  public func query() throws -> FormFields { try FormFields(urlEncoded: (uri.query ?? "").utf8) }

  /// A JSON body. Throws `RequestRefusal` for another type, a body too large or malformed, and `InvalidInput` naming the member at fault.
  public func json<Value: Decodable>(_ type: Value.Type, upTo limit: Int = BodyLimits.json) async throws -> Value {
    guard mediaType == "application/json" || mediaType.hasSuffix("+json") else {
      throw RequestRefusal.unsupportedMediaType(expected: "application/json")
    }
    let data = Data(try await BodyLimits.collect(self, upTo: limit).readableBytesView)
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw error.refusal(of: data)
    }
  }
}

extension DecodingError {
  fileprivate func refusal(of data: Data) -> any Refusal {
    func field(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
      (path + (last.map { [$0] } ?? [])).map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
    switch self {
    case .keyNotFound(let key, let context): return InvalidInput(field(context.codingPath, key), "This member is missing.", code: "missing")
    case .typeMismatch(_, let context): return InvalidInput(field(context.codingPath), "This member has another type.", code: "wrong_type")
    case .valueNotFound(_, let context): return InvalidInput(field(context.codingPath), "This member may not be null.", code: "missing")
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      return InvalidInput(field(context.codingPath), "This member cannot be read.", code: "invalid")
    default:
      // The decoder says of a number that does not fit neither where it stands nor that all else is well.
      let isJSON = (try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)) != nil
      return RequestRefusal.malformed(
        isJSON ? "A member cannot be read: a number is out of range or not whole." : "The body is not valid JSON.")
    }
  }
}
