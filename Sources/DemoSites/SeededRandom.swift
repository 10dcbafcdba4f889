/// SplitMix64 (Steele, Lea, Flood 2014). Its own choices instead of the standard library's, so that a new toolchain changes no lead.
struct SeededRandom: Sendable {
  private var state: UInt64

  /// The same seed and purpose give the same numbers; different purposes do not move each other.
  init(seed: Int, purpose: String) {
    state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15
    for byte in purpose.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    _ = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// 0 to `bound` - 1. The bias is far below what a demo could show.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  mutating func chance(percent: Int) -> Bool { below(100) < percent }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  /// The first value whose share holds a random number below the sum of all shares.
  mutating func pick<Element>(weighted choices: [(Element, share: Int)]) -> Element {
    var rest = below(choices.reduce(0) { $0 + $1.share })
    for (element, share) in choices {
      if rest < share { return element }
      rest -= share
    }
    return choices[choices.count - 1].0
  }

  /// Fisher–Yates.
  mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var elements = elements
    for last in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(last, below(last + 1)) }
    return elements
  }
}
