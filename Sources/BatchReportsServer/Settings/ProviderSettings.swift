import BatchReports
import Foundation
import Providers

extension SettingDefinition {
  /// The settings of the paid providers: a key and an address each.
  static let providers: [SettingDefinition] =
    PaidProvider.allCases.flatMap { provider -> [SettingDefinition] in
      [
        .init(name: provider.settingName("KEY"), standard: "", summary: "Key for \(provider.title); without one it is off, and costs nothing."),
        .init(
          name: provider.settingName("URL"), standard: ProviderAccess.standardBaseURL(of: provider),
          summary: "Address of \(provider.title)'s API\(provider == .openai ? ", or of another one that speaks like it" : "")."),
      ]
    } + [
      .init(name: "OPENAI_MODEL", standard: ProviderAccess.standardModel, summary: "Language model that writes the summary."),
      .init(name: "PROVIDER_TIMEOUT", standard: "60", summary: "Seconds for one call to a paid provider; the quick ones get 20 at most."),
    ]
}

extension PaidProvider {
  /// "PAGESPEED_KEY".
  func settingName(_ what: String) -> String { "\(rawValue.uppercased())_\(what)" }
}

extension Settings {
  /// The providers that have a key. Throws `SettingsError`, which never shows a key.
  static func providers(_ values: SettingValues, allowsPrivateHosts: Bool) throws -> [ProviderAccess] {
    let model = values.text("OPENAI_MODEL")
    guard (1...100).contains(model.utf8.count), model.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw values.refusal("OPENAI_MODEL", expected: "the name of a model such as \(ProviderAccess.standardModel)")
    }
    return try PaidProvider.allCases.compactMap { provider in
      let url = try address(provider, values, allowsPrivateHosts: allowsPrivateHosts)
      let key = values.text(provider.settingName("KEY")).trimmingCharacters(in: .whitespacesAndNewlines)
      if key.isEmpty { return nil }
      guard key.utf8.count <= 500, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw SettingsError(
          setting: "BATCH_" + provider.settingName("KEY"), value: "(hidden)", expected: "up to 500 letters, digits and signs without a space")
      }
      return ProviderAccess(provider, baseURL: url, key: key, model: model)
    }
  }

  /// A key goes out with each call, so the way must be a safe one; plain http is for stubs on an operator's own network.
  private static func address(_ provider: PaidProvider, _ values: SettingValues, allowsPrivateHosts: Bool) throws -> String {
    let name = provider.settingName("URL")
    let text = values.text(name)
    guard let url = URL(string: text), url.host?.isEmpty == false, url.user == nil, url.query == nil, url.fragment == nil,
      url.scheme == "https" || (url.scheme == "http" && allowsPrivateHosts)
    else {
      var error = values.refusal(name, expected: "an https address such as \(ProviderAccess.standardBaseURL(of: provider))")
      // It may be a key, where the two were swapped or pasted together.
      error.value = "(hidden)"
      throw error
    }
    return text
  }
}
