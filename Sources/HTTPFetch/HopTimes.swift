import CCurl

/// libcurl's clock of a transfer, in microseconds. It adds the times of all redirect hops up, each hop counted from its own start:
/// the times of one hop are the difference of two readings.
struct HopTimes {
  var nameLookup: Int64 = 0
  var connect: Int64 = 0
  var tls: Int64 = 0
  var firstByte: Int64 = 0

  init() {}

  init(_ handle: UnsafeMutableRawPointer) {
    nameLookup = ccurl_get_offset(handle, CURLINFO_NAMELOOKUP_TIME_T)
    connect = ccurl_get_offset(handle, CURLINFO_CONNECT_TIME_T)
    tls = ccurl_get_offset(handle, CURLINFO_APPCONNECT_TIME_T)
    firstByte = ccurl_get_offset(handle, CURLINFO_STARTTRANSFER_TIME_T)
  }
}

extension FetchTimings {
  /// The figures of the last hop, and those of the whole transfer.
  init(_ handle: UnsafeMutableRawPointer, since earlier: HopTimes) {
    self.init()
    let sum = HopTimes(handle)
    nameLookup = Self.seconds(sum.nameLookup - earlier.nameLookup)
    connect = Self.seconds(sum.connect - earlier.connect)
    tls = Self.seconds(sum.tls - earlier.tls)
    firstByte = Self.seconds(sum.firstByte - earlier.firstByte)
    total = Self.seconds(ccurl_get_offset(handle, CURLINFO_TOTAL_TIME_T))
    redirect = Self.seconds(ccurl_get_offset(handle, CURLINFO_REDIRECT_TIME_T))
  }

  private static func seconds(_ microseconds: Int64) -> Double {
    Double(max(0, microseconds)) / 1_000_000
  }
}
