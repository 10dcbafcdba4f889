import BatchReports

/// A batch's bar: segments in a fixed order, as SVG rectangles on a scale of 0 to 100.
public enum ProgressBar {
  /// The parts of a bar from left to right, each with its share of `whole`.
  public static func segments(_ parts: [(name: String, value: Double)], of whole: Double) -> PageValue {
    var x = 0.0
    return .list(
      parts.map { part in
        let width = whole > 0 ? min(100 - x, part.value / whole * 100) : 0
        defer { x += width }
        return ["name": .text(part.name), "x": .text(number(x)), "width": .text(number(max(0, width)))]
      })
  }

  public static func values(of batch: Batch, label: String, isLarge: Bool) -> PageValue {
    let counts = batch.counts
    let parts: [(String, Int)] = [
      ("success", counts.completed), ("failed", counts.failed), ("skipped", counts.skipped), ("retrying", counts.retrying),
      ("in_flight", counts.processing), ("cancelled", counts.cancelled),
    ]
    let spoken = "\(Grouping.thousands(counts.processed)) of \(Grouping.thousands(counts.total)) processed, \(Grouping.thousands(counts.failed)) failed"
    return .values([
      "label": .text(label), "percent": .text(Display.oneDecimal(counts.percentage)), "valueText": .text(spoken), "isLarge": .flag(isLarge),
      "segments": segments(parts.map { ($0.0, Double($0.1)) }, of: Double(counts.total)),
    ])
  }

  /// At most three decimals, none where they are zero.
  private static func number(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    if thousandths % 1000 == 0 { return "\(thousandths / 1000)" }
    var digits = String(thousandths % 1000)
    digits = String(repeating: "0", count: 3 - digits.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(thousandths / 1000).\(digits)"
  }
}
