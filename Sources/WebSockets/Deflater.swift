import CZlib
import NIOCore

/// One zlib stream that compresses what it is given, piece by piece.
final class Deflater {
  enum Format: Int32 {
    /// Bare DEFLATE blocks, as permessage-deflate wants them.
    case raw = -15
    /// The gzip format of RFC 1952.
    case gzip = 31
  }

  enum Flush {
    case none, sync, finish

    var code: Int32 {
      switch self {
      case .none: Z_NO_FLUSH
      case .sync: Z_SYNC_FLUSH
      case .finish: Z_FINISH
      }
    }
  }

  // zlib keeps a pointer back to its stream, so the stream must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Nil when zlib has no memory; the caller then sends the bytes as they are.
  init?(_ format: Format, level: Int32 = 5) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    guard deflateInit2_(stream, level, Z_DEFLATED, format.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Compresses `input` onto the end of `output`; with `.sync` and `.finish` nothing stays behind inside.
  func compress(_ input: ByteBuffer, into output: inout ByteBuffer, flush: Flush) {
    input.withUnsafeReadableBytes { bytes in
      stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
      stream.pointee.avail_in = UInt32(bytes.count)
      repeat {
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: max(512, bytes.count / 4)) { space in
          stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
          stream.pointee.avail_out = UInt32(space.count)
          deflate(stream, flush.code)
          return space.count - Int(stream.pointee.avail_out)
        }
      } while stream.pointee.avail_out == 0
      stream.pointee.next_in = nil
    }
  }
}
