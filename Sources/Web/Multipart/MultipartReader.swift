import BatchReports
import Foundation
import Hummingbird
import NIOCore
import Secrets

/// One part of a multipart/form-data body (RFC 7578).
public struct MultipartPart: Sendable {
  /// The form field's name.
  public var name: String
  /// What the browser calls the file; only for showing, never a path.
  public var fileName: String?
  public var contentType: String?
}

/// Reads a multipart/form-data body part by part, holding no more of it than a few kilobytes and one network read.
///
/// Usage: `while let part = try await reader.next()`, then `reader.text()` or `while let chunk = try await reader.chunk()`.
/// What is left of a part is skipped by the next `next()`. Throws `RequestRefusal.malformed` for a body that breaks the format,
/// `.payloadTooLarge` past a limit.
public struct MultipartReader {
  public static let maximumParts = 200
  public static let maximumText = 100_000

  private var body: RequestBody.AsyncIterator
  private var scanner: MultipartScanner
  private var bytesLeft: Int
  private let limit: Int
  private var parts = 0
  private var isInPart = false

  /// - Parameter limit: the whole body's size, in bytes.
  init(_ body: RequestBody, boundary: String, limit: Int) {
    self.body = body.makeAsyncIterator()
    scanner = MultipartScanner(boundary: boundary)
    bytesLeft = limit
    self.limit = limit
  }

  /// The next part, or nil after the last.
  public mutating func next() async throws -> MultipartPart? {
    while isInPart { _ = try await chunk() }
    while true {
      switch try scanner.next() {
      case .needsMore: try await fill()
      case .headers(let fields):
        parts += 1
        if parts > MultipartReader.maximumParts {
          throw RequestRefusal.malformed("The form has more than \(MultipartReader.maximumParts) parts.")
        }
        isInPart = true
        return try MultipartHeaders.part(fields)
      case .end: return nil
      case .data, .partEnd: break
      }
    }
  }

  /// The next bytes of the present part, or nil at its end.
  public mutating func chunk() async throws -> ByteBuffer? {
    while isInPart {
      switch try scanner.next() {
      case .needsMore: try await fill()
      case .data(let bytes): return ByteBuffer(bytes: bytes)
      case .partEnd: isInPart = false
      case .headers, .end: isInPart = false
      }
    }
    return nil
  }

  /// The whole present part as text. Throws `.payloadTooLarge` past `limit` bytes, `.malformed` when it is not UTF-8.
  public mutating func text(upTo limit: Int = MultipartReader.maximumText) async throws -> String {
    var bytes: [UInt8] = []
    while let chunk = try await chunk() {
      bytes += chunk.readableBytesView
      if bytes.count > limit { throw RequestRefusal.payloadTooLarge(limitBytes: limit) }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw RequestRefusal.malformed("A field is not UTF-8 text.") }
    return text
  }

  private mutating func fill() async throws {
    guard let buffer = try await body.next() else { throw RequestRefusal.malformed("The form ends in the middle.") }
    bytesLeft -= buffer.readableBytes
    if bytesLeft < 0 { throw RequestRefusal.payloadTooLarge(limitBytes: limit) }
    scanner.append(buffer.readableBytesView)
  }
}

extension Request {
  /// A reader over a posted multipart form whose sender is proven: by a bearer token, by the X-CSRF-Token header, or by a first part
  /// named `csrf`, which every form of ours has. Throws `AccessRefusal.formExpired`, `RequestRefusal.unsupportedMediaType`,
  /// `.payloadTooLarge`.
  public func multipart(_ context: some PageContext, upTo limit: Int) async throws -> MultipartReader {
    guard mediaType == "multipart/form-data", let boundary = MultipartHeaders.boundary(headers[.contentType] ?? "") else {
      throw RequestRefusal.unsupportedMediaType(expected: "multipart/form-data")
    }
    if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw RequestRefusal.payloadTooLarge(limitBytes: limit) }
    var reader = MultipartReader(body, boundary: boundary, limit: limit)
    guard let csrf = context.identity?.csrf, !context.base.hasProvenForm else { return reader }
    guard let first = try await reader.next(), first.name == "csrf", ConstantTime.equal(try await reader.text(upTo: 200), csrf) else {
      throw AccessRefusal.formExpired
    }
    return reader
  }
}
