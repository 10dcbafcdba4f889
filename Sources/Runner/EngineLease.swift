import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The right to run batches on a data folder: a lock that the kernel frees when the process ends, however it ends.
final class EngineLease: Sendable {
  struct CannotOpen: Error, CustomStringConvertible {
    var path: String
    var reason: String
    var description: String { "The lock file \(path) cannot be opened: \(reason)." }
  }

  private let file: Int32

  /// Nil while another process holds the lease. Throws `CannotOpen`.
  init?(path: String) throws {
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw CannotOpen(path: path, reason: String(cString: strerror(errno))) }
    // `deinit` runs for a failed init too and closes the file; closing it here as well would close some other descriptor of that number.
    if flock(file, LOCK_EX | LOCK_NB) != 0 {
      // Any other errno is no other process's lease: a file system without locks, for example.
      if errno == EWOULDBLOCK || errno == EINTR { return nil }
      throw CannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
  }

  deinit { close(file) }
}
