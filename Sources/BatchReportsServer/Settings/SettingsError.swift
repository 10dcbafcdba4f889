/// A setting that stops the start: which one, what it holds and what was expected.
struct SettingsError: Error, CustomStringConvertible, Equatable {
  var setting: String
  var value: String
  var expected: String

  var description: String { "\(setting) is “\(value)”; expected \(expected)." }
}
