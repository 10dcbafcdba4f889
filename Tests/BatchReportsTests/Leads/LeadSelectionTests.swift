import BatchReports
import Foundation
import Testing

@Suite struct LeadSelectionTests {
  private let keys: [Int64] = [0, 1, 63, 64, 65, 200, 4_095]

  @Test("it holds what was put in and not what was taken out")
  func membership() {
    var selection = LeadSelection(keys)
    selection.insert(1)
    selection.insert(-1)
    #expect(selection.count == 7 && selection.keys == keys && !selection.isEmpty)
    selection.remove(64)
    selection.remove(64)
    selection.remove(9_999)
    selection.remove(-1)
    #expect(
      selection.count == 6 && !selection.contains(64) && selection.contains(65) && !selection.contains(-1) && !selection.contains(100_000))
  }

  @Test("the first keys are the lowest")
  func firstKeys() {
    let selection = LeadSelection(keys)
    #expect(selection.firstKeys(3) == [0, 1, 63])
    #expect(selection.firstKeys(0).isEmpty)
    #expect(selection.firstKeys(99) == keys)
  }

  @Test("union, intersection and difference are those of sets")
  func algebra() {
    // A linear congruential generator (Knuth's MMIX) is random enough here.
    var state: UInt64 = 1
    func number(below bound: UInt64) -> Int64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int64((state >> 33) % bound)
    }
    for _ in 0..<50 {
      let a = Set((0..<40).map { _ in number(below: 500) })
      let b = Set((0..<40).map { _ in number(below: 900) })
      for (a, b) in [(a, b), (b, a)] {
        var union = LeadSelection(a), intersection = union, difference = union
        union.formUnion(LeadSelection(b))
        intersection.formIntersection(LeadSelection(b))
        difference.subtract(LeadSelection(b))
        #expect(union.keys == a.union(b).sorted() && union.count == a.union(b).count)
        #expect(intersection.keys == a.intersection(b).sorted() && intersection.count == a.intersection(b).count)
        #expect(difference.keys == a.subtracting(b).sorted() && difference.count == a.subtracting(b).count)
      }
    }
  }

  @Test("its bytes bring it back, little-endian and without empty words at the end")
  func bytes() throws {
    var selection = LeadSelection(keys)
    #expect(try #require(LeadSelection(data: selection.data)) == selection)
    selection.remove(4_095)
    #expect(selection.data.count == 32 && selection.data[0] == 3)
    #expect(LeadSelection().data.isEmpty)
    #expect(LeadSelection(data: Data([1, 2, 3])) == nil)
  }

  @Test("selections of the same leads are equal, whatever they held before")
  func equality() {
    var once = LeadSelection([5])
    once.insert(10_000)
    once.remove(10_000)
    #expect(once == LeadSelection([5]))
    #expect(Set([once, LeadSelection([5])]).count == 1)
    #expect(once != LeadSelection([6]))
  }
}
