import BatchReports
import Foundation
import Storage
import Testing

@testable import Web

@Suite struct UploadShelfTests {
  private static let noon = Date(timeIntervalSince1970: 1_795_262_400)

  private func withShelf(_ body: (UploadShelf) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("shelf-\(UUID().text)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(UploadShelf(folder: folder))
  }

  private func store(_ shelf: UploadShelf, account: UUID, at now: Date = noon) throws -> UUID {
    let id = UUID.version7(at: now)
    try shelf.begin(id).close()
    try shelf.keep(CheckedUpload(id: id, account: account, fileName: "a.csv", storedAt: now, check: LeadImportCheck()), now: now)
    return id
  }

  @Test("A kept file can be taken once, and put back")
  func take() throws {
    try withShelf { shelf in
      let id = try store(shelf, account: UUID())
      #expect(shelf.take(id) != nil)
      #expect(shelf.take(id) == nil)
      shelf.putBack(id)
      #expect(shelf.take(id) != nil)
    }
  }

  @Test("Only the account that sent a file finds it")
  func owner() throws {
    try withShelf { shelf in
      let account = UUID()
      let id = try store(shelf, account: account)
      #expect(shelf.find(id, account: account)?.fileName == "a.csv")
      #expect(shelf.find(id, account: UUID()) == nil)
      #expect(shelf.find(UUID(), account: account) == nil)
    }
  }

  @Test("Files are readable by this user alone")
  func permissions() throws {
    try withShelf { shelf in
      let id = try store(shelf, account: UUID())
      for (name, mode) in [("", 0o700), ("\(id.text).csv", 0o600), ("\(id.text).json", 0o600)] {
        let attributes = try FileManager.default.attributesOfItem(atPath: shelf.folder.appendingPathComponent(name).path)
        #expect(attributes[.posixPermissions] as? Int == mode, "\(name)")
      }
    }
  }

  @Test("Each account keeps its newest files, and nobody's for longer than a day")
  func prune() throws {
    try withShelf { shelf in
      let (one, two) = (UUID(), UUID())
      let first = try (0..<5).map { try store(shelf, account: one, at: Self.noon.addingTimeInterval(Double($0))) }
      let other = try store(shelf, account: two, at: Self.noon.addingTimeInterval(10))
      #expect(first.map { shelf.find($0, account: one) != nil } == [false, false, true, true, true])
      #expect(shelf.find(other, account: two) != nil)
      let late = try store(shelf, account: two, at: Self.noon.addingTimeInterval(UploadShelf.lifetime + 60))
      #expect(first.allSatisfy { shelf.find($0, account: one) == nil })
      #expect(shelf.find(other, account: two) == nil)
      let left = try FileManager.default.contentsOfDirectory(atPath: shelf.folder.path)
      #expect(Set(left) == ["\(late.text).csv", "\(late.text).json"])
    }
  }

  @Test("What a killed server left is removed after a day, and a file that is still coming is not")
  func abandoned() throws {
    try withShelf { shelf in
      let (old, new) = (UUID(), UUID())
      try shelf.begin(old).close()
      try shelf.begin(new).close()
      let path = shelf.folder.appendingPathComponent("\(old.text).part").path
      try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -UploadShelf.lifetime - 60)], ofItemAtPath: path)
      _ = try store(shelf, account: UUID())
      let left = try FileManager.default.contentsOfDirectory(atPath: shelf.folder.path)
      #expect(!left.contains("\(old.text).part"))
      #expect(left.contains("\(new.text).part"))
    }
  }

  @Test("A folder that cannot be made is an error, not a silent loss")
  func noFolder() {
    let shelf = UploadShelf(folder: URL(fileURLWithPath: "/dev/null/uploads"))
    #expect(throws: (any Error).self) { try shelf.begin(UUID()) }
  }

  @Test("An upload is cut off by errors of the connection alone")
  func breaks() {
    struct Broken: Error {}
    #expect(UploadBreak.is(Broken()))
    #expect(UploadBreak.is(RequestRefusal.malformed("The form ends in the middle.")))
    #expect(!UploadBreak.is(RequestRefusal.payloadTooLarge(limitBytes: 1)))
    #expect(!UploadBreak.is(CancellationError()))
  }

  @Test("Sizes are said as people read them")
  func sizes() {
    #expect([1, 900, 2048, 524_288_000].map(FileSize.text) == ["1 byte", "900 bytes", "2 KB", "500 MB"])
  }
}
