#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The number of files and sockets that the process may have open.
enum OpenFiles {
  /// Raises it to what the system allows: many systems begin at 1024, which sockets of readers, websites and a demo's listeners use up.
  static func raiseLimit() {
    var limit = rlimit()
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = min(limit.rlim_max, most)
    setrlimit(resource, &limit)
  }

  /// Above it some kernels refuse.
  private static let most: rlim_t = 65_536
}
