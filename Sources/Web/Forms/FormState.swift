import BatchReports

/// A form as its template prints it: each field's value, and beside it the reason for which it was refused.
///
/// Offers `hasErrors`, `errors[]{hasField,field,message}` and `form{NAME{id,value,hasError,error}}`.
public struct FormState: Sendable {
  public var fields: [(name: String, value: String)]
  public var problems: [InvalidInput.Problem]
  private var additions: [String: PageValues] = [:]

  /// - Parameters:
  ///   - fields: the names in the form's order, each with the value to show.
  ///   - refusal: why the form comes back; nil for a form not yet sent.
  public init(_ fields: KeyValuePairs<String, String>, refusal: (any Refusal)? = nil) {
    self.fields = fields.map { ($0.key, $0.value) }
    switch refusal {
    case let input as InvalidInput: problems = input.problems
    case let other?: problems = [.init(field: other.field ?? "", code: other.code.rawValue, message: other.explanation)]
    case nil: problems = []
    }
  }

  /// Gives a field more names than the usual ones: its `options`, or `isChecked`.
  public func adding(_ name: String, _ values: PageValues) -> FormState {
    var state = self
    state.additions[name] = (additions[name] ?? [:]).merging(values)
    return state
  }

  /// The `options` of a select: `{value,label,isSelected}` each; the field's own value is the selected one.
  public func choosing(_ name: String, from options: KeyValuePairs<String, String>) -> FormState {
    let chosen = fields.first { $0.name == name }?.value
    return adding(name, ["options": FormState.options(options, chosen: chosen)])
  }

  /// Options by value and label.
  public static func options(_ options: KeyValuePairs<String, String>, chosen: String?) -> PageValue {
    .list(options.map { ["value": .text($0.key), "label": .text($0.value), "isSelected": .flag($0.key == chosen)] })
  }

  public var pageValues: PageValues {
    let names = Set(fields.map(\.name))
    return [
      "hasErrors": .flag(!problems.isEmpty),
      "errors": .list(
        problems.map { ["hasField": .flag(names.contains($0.field)), "field": .text($0.field), "message": .text($0.message)] }),
      "form": .values(
        PageValues(Dictionary(fields.map { ($0.name, PageValue.values(field($0.name, value: $0.value))) }) { first, _ in first })),
    ]
  }

  private func field(_ name: String, value: String) -> PageValues {
    let reasons = problems.filter { $0.field == name }.map(\.message)
    let own: PageValues = [
      "id": .text(name), "value": .text(value), "hasError": .flag(!reasons.isEmpty), "error": .text(reasons.joined(separator: " ")),
    ]
    return own.merging(additions[name] ?? [:])
  }
}
