import CZlib
import NIOCore

/// One message, compressed on its own: without context takeover the bytes are the same for every socket (RFC 7692, 7.2).
enum MessageDeflate {
  enum InflateError: Error { case tooBig, corrupt }

  /// Shorter texts are sent as they are: the gain would be a few bytes.
  static let minimumBytes = 128

  /// The deflated payload, or nil when the text is better sent as it is.
  static func deflate(_ text: ByteBuffer) -> ByteBuffer? {
    guard text.readableBytes >= minimumBytes, let deflater = Deflater(.raw) else { return nil }
    var output = ByteBuffer()
    output.reserveCapacity(text.readableBytes / 2)
    deflater.compress(text, into: &output, flush: .sync)
    // A sync flush ends in 00 00 ff ff, which the receiver puts back (RFC 7692, 7.2.1).
    output.moveWriterIndex(to: output.writerIndex - 4)
    return output.readableBytes < text.readableBytes ? output : nil
  }

  /// The text of a deflated payload, never more than `limit` bytes of it in memory.
  static func inflate(_ payload: ByteBuffer, limit: Int) throws(InflateError) -> ByteBuffer {
    var input = payload
    input.writeBytes([0x00, 0x00, 0xFF, 0xFF])
    // zlib keeps a pointer back to its stream, so the stream must not move.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    guard inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw .corrupt }
    defer { inflateEnd(stream) }

    // One byte of room past the limit tells "just fits" from "goes on".
    var output = ByteBuffer()
    var status = Z_OK
    output.writeWithUnsafeMutableBytes(minimumWritableBytes: limit + 1) { space in
      stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
      stream.pointee.avail_out = UInt32(limit + 1)
      input.withUnsafeReadableBytes { bytes in
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
          status = CZlib.inflate(stream, Z_SYNC_FLUSH)
          // A sender may end its stream in the middle of a message and begin another (RFC 7692, 7.2.3.4).
          if status == Z_STREAM_END { inflateReset(stream) }
        } while (status == Z_OK || status == Z_STREAM_END) && stream.pointee.avail_in > 0 && stream.pointee.avail_out > 0
      }
      return limit + 1 - Int(stream.pointee.avail_out)
    }
    guard stream.pointee.avail_out > 0 else { throw .tooBig }
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw .corrupt }
    return output
  }
}
