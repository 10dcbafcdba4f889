/// Every check, in the order of its number. The numbers are stable: stored findings refer to them.
enum CheckCatalogue {
  static let all: [Check] =
    (FoundAddressChecks.all + FoundContentChecks.all + FoundBusinessChecks.all + FastAnswerChecks.all + FastPageChecks.all
    + SafeConnectionChecks.all + SafeHeaderChecks.all + SafePageChecks.all + UsablePageChecks.all + UsableNameChecks.all
    + TrustedContactChecks.all + TrustedPageChecks.all).sorted { $0.number < $1.number }

  static let byNumber: [Int: Check] = Dictionary(uniqueKeysWithValues: all.map { ($0.number, $0) })
}
