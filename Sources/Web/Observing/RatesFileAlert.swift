import Storage

/// Tells that the rates file cannot be used, for as long as it is so. Everyone may read `/health`: what is in the file stays out of it.
public struct RatesFileAlert: Sendable {
  private let file: RatesFile

  public init(file: RatesFile) { self.file = file }

  public var healthCheck: HealthCheck { HealthCheck("rates") { state } }

  private var state: HealthCheck.State {
    let status = file.status
    if status.problem != nil {
      return .init(isWell: true, isNotice: true, detail: "The rates file cannot be used; prices stay as they are. Settings, Rates says why.")
    }
    return .init(isWell: true, detail: status.version.map { "the rates file is rate card \($0)" } ?? "the rates file has not been read yet")
  }
}

extension HealthCheck.State {
  var badge: Badge {
    if !isWell { return Badge(name: "failed", label: "Failing", tone: "danger") }
    return isNotice ? Badge(name: "warning", label: "Notice", tone: "warning") : Badge(name: "good", label: "OK", tone: "success")
  }
}
