import Foundation

/// The processor time that the reading of one page may take. Counted in the thread's own time, so a busy machine changes nothing.
///
/// The limits on tags and text (`MarkupPrescan`) end a hostile page at the same place on every machine; this clock is the
/// second line, for a shape of page that nobody has thought of.
struct AnalysisBudget {
  private let end: Double

  init(seconds: Double = 1.0) {
    end = Self.threadSeconds() + seconds
  }

  var isSpent: Bool { Self.threadSeconds() > end }

  private static func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
