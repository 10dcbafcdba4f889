import Foundation

/// How many rounds the tests of chaos run: few in CI, many by `make soak`, which sets BATCH_SOAK=1.
public enum Soak {
  public static let isOn = ProcessInfo.processInfo.environment["BATCH_SOAK"] == "1"

  public static func rounds(_ few: Int, _ many: Int) -> Int { isOn ? many : few }
}
