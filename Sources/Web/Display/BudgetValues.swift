import BatchReports
import Foundation

/// A day's budget as a bar and its figures; `pending` is what a batch that has not started would add.
struct BudgetValues {
  var state: BudgetState
  var pending: Money?

  var pageValues: PageValues {
    let limit = state.dailyLimit ?? .zero
    let warning = pending.map { state.warning(adding: $0) } ?? state.standingWarning
    let isOver = !state.isWithin(pending ?? .zero)
    var spoken = "Of \(limit.dollars), \(state.spentToday.dollars) is spent and \(state.reserved.dollars) reserved"
    var parts: [(String, Double)] = [("spent", Double(state.spentToday.micros)), ("reserved", Double((state.reserved + state.inDoubt).micros))]
    var lines: [(key: String, label: String, value: String)] = [
      ("", "Limit", state.dailyLimit?.dollars ?? "none"), ("spent", "Spent", state.spentToday.dollars), ("reserved", "Reserved", state.reserved.dollars),
    ]
    if state.inDoubt > .zero {
      spoken += ", \(state.inDoubt.dollars) in doubt"
      lines.append(("", "In doubt", state.inDoubt.dollars))
    }
    if state.overrun > .zero { lines.append(("", "Overrun approved", state.overrun.dollars)) }
    if let pending {
      spoken += ", \(pending.dollars) for this batch"
      parts.append(("batch", Double(pending.micros)))
      lines.append(("batch", "This batch", pending.dollars))
    }
    if let remaining = state.remaining { lines.append(("", "Left", max(.zero, remaining - (pending ?? .zero)).dollars)) }
    return [
      "hasLimit": .flag(state.dailyLimit != nil), "barLabel": .text(spoken), "segments": ProgressBar.segments(parts, of: Double(limit.micros)),
      "lines": .list(lines.map { ["hasKey": .flag(!$0.key.isEmpty), "key": .text($0.key), "label": .text($0.label), "value": .text($0.value)] }),
      "hasWarning": .flag(warning != nil), "warning": .text(warning ?? ""), "warningTone": .text(isOver ? "danger" : "warning"),
    ]
  }
}

extension BudgetState {
  /// The warning where no batch is about to start: in the words of a day, not of a batch.
  var standingWarning: String? {
    guard let dailyLimit, dailyLimit > .zero, let warning = warning(adding: .zero) else { return warning(adding: .zero) }
    if used > dailyLimit { return "Today's budget of \(dailyLimit.dollars) is passed: \(used.dollars) is spent or reserved." }
    return warning.replacingOccurrences(of: "With this batch ", with: "")
  }
}
