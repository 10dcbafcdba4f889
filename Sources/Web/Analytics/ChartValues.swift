import BatchReports

/// Upright bars on a scale of 0 to 100, drawn by the server; `Templates/_partials/chart.mustache`. The table beside it has the numbers.
struct ChartValues {
  struct Bar {
    var label: String
    var value: Double
    /// Drawn behind the first.
    var behind: Double?
  }

  var title: String
  var bars: [Bar]
  /// How high the tallest bar is, in its unit.
  var most: String
  /// In place of a chart without a bar.
  var nothing: String

  /// Amounts of money, each with a name.
  static func money(_ title: String, _ bars: [(name: String, amount: Money, behind: Money?)]) -> ChartValues {
    let most = bars.reduce(Int64(1)) { max($0, $1.amount.micros, $1.behind?.micros ?? 0) }
    return ChartValues(
      title: title,
      bars: bars.map { bar in
        Bar(
          label: "\(bar.name): \(bar.amount.dollars)" + (bar.behind.map { ", estimated \($0.dollars)" } ?? ""), value: Double(bar.amount.micros),
          behind: bar.behind.map { Double($0.micros) })
      }, most: Money(micros: most).dollars, nothing: "Nothing was spent.")
  }

  /// Numbers of leads, each with a name.
  static func leads(_ title: String, _ bars: [(name: String, count: Int)], nothing: String) -> ChartValues {
    ChartValues(
      title: title, bars: bars.map { Bar(label: "\($0.name): \(Display.count($0.count, "lead", "leads"))", value: Double($0.count)) },
      most: Display.count(bars.map(\.count).max() ?? 0, "lead", "leads"), nothing: nothing)
  }

  var pageValue: PageValue { .values(pageValues) }

  var pageValues: PageValues {
    let most = bars.reduce(1e-9) { max($0, $1.value, $1.behind ?? 0) }
    func height(_ value: Double) -> String { Display.oneDecimal(value * 100 / most) }
    func top(_ value: Double) -> String { Display.oneDecimal(100 - value * 100 / most) }
    return [
      "title": .text(title), "isDrawn": .flag(bars.contains { $0.value > 0 || ($0.behind ?? 0) > 0 }), "nothing": .text(nothing),
      "width": .text("\(max(1, bars.count) * 10)"), "most": .text(self.most),
      "bars": .list(
        bars.enumerated().filter { $1.value > 0 || ($1.behind ?? 0) > 0 }.map { place, bar in
          [
            "x": .text("\(place * 10 + 1)"), "y": .text(top(bar.value)), "height": .text(height(bar.value)), "hasBehind": .flag(bar.behind != nil),
            "behindY": .text(top(bar.behind ?? 0)), "behindHeight": .text(height(bar.behind ?? 0)), "label": .text(bar.label),
          ]
        }),
    ]
  }
}
