import CSV
import Testing

/// SplitMix64 (Steele, Lea, Flood 2014), so that a failure can be run again.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

@Suite("The CSV reader and writer agree on random data")
struct CSVPropertyTests {
  private let pieces = ["a", "Oak", "\"", "\"\"", ",", ";", "\r", "\n", "\r\n", " ", "é", "🥐", "'", "=", "\t", "|", "-1"]

  private func rows(of bytes: [UInt8], cutAt cuts: [Int], delimiter: UInt8?) throws -> [CSVRow] {
    var reader = CSVReader(delimiter: delimiter, skipsBlankRows: false)
    var rows: [CSVRow] = []
    var start = 0
    for cut in cuts + [bytes.count] {
      try reader.feed(bytes[start..<cut]) { rows.append($0) }
      start = cut
    }
    try reader.finish { rows.append($0) }
    return rows
  }

  private struct Outcome: Equatable {
    var rows: [CSVRow] = []
    var error: CSVError?
  }

  private func outcome(of bytes: [UInt8], cutAt cuts: [Int]) throws -> Outcome {
    do {
      return Outcome(rows: try rows(of: bytes, cutAt: cuts, delimiter: nil))
    } catch let error as CSVError {
      return Outcome(error: error)
    }
  }

  @Test("What was written is read back", arguments: [",", ";", "\t", "|"] as [Unicode.Scalar])
  func roundTrip(delimiter: Unicode.Scalar) throws {
    var random = Seeded(state: UInt64(delimiter.value))
    let delimiter = UInt8(ascii: delimiter)
    for _ in 0..<150 {
      let records = (0..<Int.random(in: 1...8, using: &random)).map { _ in
        (0..<Int.random(in: 1...6, using: &random)).map { _ in
          (0..<Int.random(in: 0...5, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        }
      }
      var bytes: [UInt8] = []
      for record in records { CSVWriter.append(record, to: &bytes, guardFormulas: false, delimiter: delimiter) }
      let read = try rows(of: bytes, cutAt: [], delimiter: delimiter)
      #expect(read.map(\.fields) == records)
      #expect(read.map(\.number) == Array(1...records.count))
      #expect(read.allSatisfy { $0.problem == nil })
    }
  }

  @Test("Any cut between two bytes gives the same records", arguments: [nil, UInt8(ascii: ",")])
  func everyCut(delimiter: UInt8?) throws {
    let text = "\u{FEFF}name;\"a\r\nb\"\"c\"\r\n\r\nd,\"e\"f;é\r\"x\n\ny\"\"\";🥐\nlast;"
    let bytes = Array(text.utf8)
    let whole = try rows(of: bytes, cutAt: [], delimiter: delimiter)
    #expect(whole.count == (delimiter == nil ? 5 : 6))
    for cut in 0...bytes.count {
      #expect(try rows(of: bytes, cutAt: [cut], delimiter: delimiter) == whole, "cut at \(cut)")
    }
    #expect(try rows(of: bytes, cutAt: Array(0..<bytes.count), delimiter: delimiter) == whole)
  }

  @Test("Any cut in UTF-16 gives the same records", arguments: [false, true])
  func everyCutOfUTF16(bigEndian: Bool) throws {
    let bytes = ([0xFEFF] + Array("näme,\"🥐\r\n\"\r\nlast,é".utf16)).flatMap { unit in
      bigEndian ? [UInt8(unit >> 8), UInt8(unit & 0xFF)] : [UInt8(unit & 0xFF), UInt8(unit >> 8)]
    }
    let whole = try rows(of: bytes, cutAt: [], delimiter: nil)
    #expect(whole.map(\.fields) == [["näme", "🥐\r\n"], ["last", "é"]])
    for cut in 0...bytes.count {
      #expect(try rows(of: bytes, cutAt: [cut], delimiter: nil) == whole, "cut at \(cut)")
    }
  }

  @Test("Random text, cut at random places, gives the same records or the same error")
  func randomCuts() throws {
    var random = Seeded(state: 7)
    var errors = 0
    for _ in 0..<400 {
      // Long enough, at times, to pass the sample in which the delimiter is sought.
      let length = Bool.random(using: &random) ? Int.random(in: 0...60, using: &random) : 12_000
      let bytes = Array((0..<length).map { _ in pieces.randomElement(using: &random) ?? "" }.joined().utf8)
      let cuts = (0..<6).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
      let whole = try outcome(of: bytes, cutAt: [])
      #expect(try outcome(of: bytes, cutAt: cuts) == whole)
      if whole.error != nil { errors += 1 }
    }
    #expect(errors > 10 && errors < 390)
  }
}
