import CZlib
import Foundation
import NIOCore

/// An HTTP answer as it came over the wire.
struct Reply: Sendable {
  var status: Int
  var version: String
  var headers: [(name: String, value: String)]
  var body = ByteBuffer()

  subscript(_ name: String) -> String? {
    let values = headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }

  var text: String { String(buffer: body) }

  /// The body out of its gzip coding.
  var gunzipped: String {
    var stream = z_stream()
    return withUnsafeMutablePointer(to: &stream) { stream in
      inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      defer { inflateEnd(stream) }
      var output = [UInt8](repeating: 0, count: 4_000_000)
      let count = output.count
      return body.withUnsafeReadableBytes { input in
        output.withUnsafeMutableBufferPointer { space in
          stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
          stream.pointee.avail_in = UInt32(input.count)
          stream.pointee.next_out = space.baseAddress
          stream.pointee.avail_out = UInt32(count)
          guard inflate(stream, Z_FINISH) == Z_STREAM_END, stream.pointee.avail_in == 0 else { return "not one gzip member" }
          return String(decoding: space.prefix(count - Int(stream.pointee.avail_out)), as: UTF8.self)
        }
      }
    }
  }
}

extension RawClient {
  /// Sends a request and reads its answer.
  func get(_ path: String, _ headers: String = "", method: String = "GET", version: String = "1.1") async throws -> Reply {
    try await send("\(method) \(path) HTTP/\(version)\r\nHost: localhost\r\n\(headers)\r\n")
    return try await readReply(hasBody: method != "HEAD")
  }

  /// Reads one answer: its head, then its body by length, by chunks, or to the end of the stream.
  func readReply(hasBody: Bool = true) async throws -> Reply {
    var reply = try await read(Self.head)
    guard hasBody, reply.status >= 200, reply.status != 204, reply.status != 304 else { return reply }
    if reply["Transfer-Encoding"] == "chunked" {
      while true {
        let chunk = try await read(Self.chunk)
        if chunk.readableBytes == 0 { break }
        reply.body.writeImmutableBuffer(chunk)
      }
    } else if let length = reply["Content-Length"].flatMap({ Int($0) }) {
      reply.body = try await read { $0.readSlice(length: length) }
    } else {
      reply.body = ByteBuffer(string: await readToEnd())
    }
    return reply
  }

  @Sendable private static func head(_ buffer: inout ByteBuffer) throws -> Reply? {
    let text = String(decoding: buffer.readableBytesView, as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n") else { return nil }
    buffer.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    let start = lines[0].split(separator: " ", maxSplits: 2)
    let headers = lines.dropFirst().map { line in
      let pair = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: String(pair[0]), value: pair[1].trimmingCharacters(in: .whitespaces))
    }
    return Reply(status: Int(start[1]) ?? 0, version: String(start[0]), headers: headers)
  }

  @Sendable private static func chunk(_ buffer: inout ByteBuffer) throws -> ByteBuffer? {
    let view = buffer.readableBytesView
    guard let lineEnd = view.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let line = String(decoding: view[..<lineEnd], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    guard let size = Int(line, radix: 16) else { throw ConnectionEnded() }
    let start = view.distance(from: view.startIndex, to: lineEnd) + 1
    guard buffer.readableBytes >= start + size + 2 else { return nil }
    buffer.moveReaderIndex(forwardBy: start)
    let chunk = buffer.readSlice(length: size)
    buffer.moveReaderIndex(forwardBy: 2)
    return chunk
  }
}
