import BatchReports
import Foundation
import Hummingbird
import NIOCore

/// The bytes of the present part of a multipart form.
struct MultipartBytes: AsyncSequence {
  struct AsyncIterator: AsyncIteratorProtocol {
    var reader: MultipartReader

    mutating func next() async throws -> ByteBufferView? { try await reader.chunk()?.readableBytesView }
  }

  let reader: MultipartReader

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }
}

/// The bytes of a file, a piece at a time.
struct FileBytes: AsyncSequence {
  struct AsyncIterator: AsyncIteratorProtocol {
    let file: FileHandle

    mutating func next() async throws -> Data? {
      guard let piece = try file.read(upToCount: 65_536), !piece.isEmpty else { return nil }
      return piece
    }
  }

  let file: FileHandle

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(file: file) }
}

/// Bytes on their way to a reader, kept in a file as they pass.
struct KeptBytes<Base: AsyncSequence>: AsyncSequence where Base.Element: Sequence<UInt8> {
  struct AsyncIterator: AsyncIteratorProtocol {
    var base: Base.AsyncIterator
    let file: FileHandle

    mutating func next() async throws -> Base.Element? {
      guard let chunk = try await base.next() else { return nil }
      try file.write(contentsOf: Data(chunk))
      return chunk
    }
  }

  let base: Base
  let file: FileHandle

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), file: file) }
}

/// Bytes of an upload that may break off: then they end with a mark at which a CSV reader stops, so that half a row is not taken for one.
struct UploadBytes<Base: AsyncSequence>: AsyncSequence where Base.Element: Sequence<UInt8> {
  struct AsyncIterator: AsyncIteratorProtocol {
    var base: Base.AsyncIterator
    let progress: UploadProgress

    mutating func next() async throws -> [UInt8]? {
      if progress.brokeOff { return nil }
      do {
        guard let chunk = try await base.next() else {
          // A body ends for a cancelled task as well: that is not its file's end.
          try Task.checkCancellation()
          progress.end()
          return nil
        }
        let bytes = Array(chunk)
        progress.take(bytes.count)
        return bytes
      } catch let error where UploadBreak.is(error) {
        try Task.checkCancellation()
        progress.breakOff()
        return UploadBreak.mark
      }
    }
  }

  let base: Base
  let progress: UploadProgress

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), progress: progress) }
}

enum UploadBreak {
  /// NUL bytes: no CSV has any, wherever the file was cut. Four, since in UTF-16 up to three of them may complete a cut character.
  static let mark = [UInt8](repeating: 0, count: 4)

  /// Whether an error of a body means that it ended early, and not that it was refused or that the server stops.
  static func `is`(_ error: any Error) -> Bool {
    switch error {
    case is CancellationError: return false
    case RequestRefusal.malformed: return true
    case is any Refusal: return false
    default: return !Task.isCancelled
    }
  }
}
