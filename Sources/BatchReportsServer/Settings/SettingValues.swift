import Foundation

/// The texts of all settings, flags before environment before standards, with readers that refuse clearly.
struct SettingValues {
  private var given: [String: (text: String, origin: String)] = [:]

  /// Reads `BATCH_…` variables and the flags of a command line.
  ///
  /// Throws `SettingsError` for an unknown flag or variable, a flag without a value, and an empty value where one is needed.
  init(environment: [String: String], flags: [String] = []) throws {
    for definition in SettingDefinition.all {
      if let text = environment[definition.variable], !text.isEmpty { given[definition.name] = (text, definition.variable) }
    }
    try refuseUnknownVariables(environment)
    var rest = flags[...]
    while let word = rest.popFirst() {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let definition = SettingDefinition.all.first(where: { $0.flag == parts[0] }) else {
        throw SettingsError(setting: "the command line", value: word, expected: "one of the settings that serve --help lists")
      }
      guard let text = parts.count == 2 ? parts[1] : rest.popFirst() else {
        throw SettingsError(setting: definition.flag, value: "", expected: "a value behind it")
      }
      given[definition.name] = (text, definition.flag)
    }
  }

  /// Promised by the product, built later: named here so that nobody believes that they work.
  private static let later = ["BATCH_RETENTION_DAYS", "BATCH_SMTP_URL"]

  private func refuseUnknownVariables(_ environment: [String: String]) throws {
    let known = Set(SettingDefinition.all.map(\.variable))
    for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("BATCH_") && !known.contains(name) && !value.isEmpty {
      throw SettingsError(
        // A slip in the name of a key's variable must not show the key.
        setting: name, value: name.contains("KEY") ? "(hidden)" : value,
        expected: Self.later.contains(name) ? "it to be unset: this version does not have that yet" : "a setting that serve --help lists")
    }
  }

  func text(_ name: String) -> String { given[name]?.text ?? SettingDefinition.all.first { $0.name == name }?.standard ?? "" }

  func refusal(_ name: String, expected: String) -> SettingsError {
    SettingsError(setting: given[name]?.origin ?? "BATCH_" + name, value: text(name), expected: expected)
  }

  func integer(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
    guard let value = Int(text(name)), range.contains(value) else {
      throw refusal(name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func number(_ name: String, _ range: ClosedRange<Double>) throws -> Double {
    guard let value = Double(text(name)), range.contains(value) else {
      throw refusal(name, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func flag(_ name: String) throws -> Bool {
    switch text(name).lowercased() {
    case "true", "1", "yes", "on": return true
    case "false", "0", "no", "off": return false
    default: throw refusal(name, expected: "true or false")
    }
  }
}
