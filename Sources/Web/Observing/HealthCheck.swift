/// One component's state, asked for whenever someone looks at `/health`.
public struct HealthCheck: Sendable {
  public struct State: Sendable, Hashable {
    public var isWell: Bool
    /// What is wrong, or a figure worth seeing; nothing secret, as everyone may read it.
    public var detail: String
    /// Well, but somebody should look: told on the dashboard, without a 503.
    public var isNotice: Bool

    public init(isWell: Bool, isNotice: Bool = false, detail: String = "") {
      self.isWell = isWell
      self.isNotice = isNotice
      self.detail = detail
    }

    public var word: String { isWell ? isNotice ? "notice" : "ok" : "failing" }
  }

  public var name: String
  public var check: @Sendable () async -> State

  public init(_ name: String, check: @escaping @Sendable () async -> State) {
    self.name = name
    self.check = check
  }
}
