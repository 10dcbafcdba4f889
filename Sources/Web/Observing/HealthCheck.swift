/// One component's state, asked for whenever someone looks at `/health`.
public struct HealthCheck: Sendable {
  public struct State: Sendable, Hashable {
    public var isWell: Bool
    /// What is wrong, or a figure worth seeing; nothing secret, as everyone may read it.
    public var detail: String

    public init(isWell: Bool, detail: String = "") {
      self.isWell = isWell
      self.detail = detail
    }
  }

  public var name: String
  public var check: @Sendable () async -> State

  public init(_ name: String, check: @escaping @Sendable () async -> State) {
    self.name = name
    self.check = check
  }
}
