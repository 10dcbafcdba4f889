import Foundation
import TestSupport
import Testing

/// The commands as an operator types them: exit status, what is printed, what is in the database afterwards.
@Suite(.serialized) struct CommandTests {
  private let password = DataFolder.password + "\n"

  private func add(
    _ email: String, _ role: String = "admin", in folder: DataFolder, password: String? = nil
  ) async throws -> ServerProgram.Ending {
    try await ServerProgram.run("accounts", "add", email, "--role", role, in: folder, input: password ?? self.password)
  }

  @Test("accounts add takes the password from standard input, and the account can be listed, disabled and enabled")
  func accounts() async throws {
    let folder = try DataFolder()
    let added = try await add("Ada@Example.com", "operator", in: folder)
    #expect(added.status == 0, "\(added.errors)")
    #expect(added.output == "Added ada@example.com as operator.\n")
    let row = try #require(try folder.rows("SELECT * FROM account").first)
    #expect((row["password_hash"] as String?)?.hasPrefix("$argon2id$") == true)
    #expect(try await ServerProgram.run("accounts", "disable", "ada@example.com", in: folder).status == 0)
    #expect(try await ServerProgram.run("accounts", "list", in: folder).output == "ada@example.com\toperator\tdisabled\n")
    #expect(try await ServerProgram.run("accounts", "enable", "ada@example.com", in: folder).status == 0)
    #expect(try await ServerProgram.run("accounts", "password", "ada@example.com", in: folder, input: "another long secret\n").status == 0)
    #expect(try folder.rows("SELECT * FROM account").first?["password_hash"] as String? != row["password_hash"])
  }

  @Test("a second account with the same email is refused, in whatever letters")
  func duplicate() async throws {
    let folder = try DataFolder()
    #expect(try await add("ada@example.com", in: folder).status == 0)
    let again = try await add("ADA@example.com", in: folder)
    #expect(again.status == 1)
    #expect(again.errors.contains("already is an account"))
    #expect(try folder.rows("SELECT * FROM account").count == 1)
  }

  @Test(
    "a role, an email or a password that cannot be is refused, and nothing is added",
    arguments: [
      ("ada@example.com", "owner", "correct horse battery\n", "owner"), ("ada", "admin", "correct horse battery\n", "email"),
      ("ada@example.com", "admin", "short\n", "password"), ("ada@example.com", "admin", "", "password"),
    ])
  func refusedAccounts(email: String, role: String, password: String, word: String) async throws {
    let folder = try DataFolder()
    let ending = try await add(email, role, in: folder, password: password)
    #expect(ending.status != 0)
    #expect(ending.errors.localizedCaseInsensitiveContains(word), "\(ending.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("batchreports.sqlite").path))
  }

  @Test("an account that does not exist is named, with the command that lists them")
  func unknownAccount() async throws {
    let folder = try DataFolder()
    let ending = try await ServerProgram.run("tokens", "add", "nobody@example.com", "--name", "test", in: folder)
    #expect(ending.status == 1)
    #expect(ending.errors.contains("nobody@example.com") && ending.errors.contains("accounts list"))
  }

  @Test("tokens add prints the token alone; it works until it is revoked")
  func tokens() async throws {
    let folder = try DataFolder()
    _ = try await add("ada@example.com", in: folder)
    let token = try await ServerProgram.run("tokens", "add", "ada@example.com", "--name", "test", in: folder).output
    #expect(token.hasSuffix("\n") && token.dropLast().allSatisfy { !$0.isWhitespace } && token.count > 30)
    let (program, port) = try await ServerProgram.serve(folder)
    let api = APIClient(port: port, token: token.trimmingCharacters(in: .newlines))
    #expect(try await api.get("/api/templates").status == 200)
    let list = try await ServerProgram.run("tokens", "list", in: folder).output
    #expect(list.contains("ada@example.com\ttest\tactive") && !list.contains(api.token))
    let id = String(try #require(list.split(separator: "\t").first))
    #expect(try await ServerProgram.run("tokens", "revoke", id, in: folder).status == 0)
    #expect(try await api.get("/api/templates").status == 401)
    #expect(try await ServerProgram.run("tokens", "revoke", "nonsense", in: folder).status == 1)
    program.signal(SIGTERM)
    #expect(try await program.end().status == 0)
  }

  @Test("migrate goes down to a named migration and up again, and an unknown name changes nothing")
  func migrate() async throws {
    let folder = try DataFolder()
    func tables() throws -> Set<String> { Set(try folder.rows("SELECT name FROM sqlite_schema WHERE type = 'table'").map { $0["name"] }) }
    #expect(try await ServerProgram.run("migrate", in: folder).status == 0)
    let full = try tables()
    #expect(full.contains("batch"))
    #expect(try await ServerProgram.run("migrate", in: folder).output == "Nothing to do.\n")
    let down = try await ServerProgram.run("migrate", "--to", "0001_accounts", in: folder)
    #expect(down.status == 0, "\(down.errors)")
    #expect(try tables().isDisjoint(with: ["batch", "lead"]))
    #expect(try tables().contains("account"))
    let unknown = try await ServerProgram.run("migrate", "--to", "0009_nothing", in: folder)
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("0009_nothing"))
    #expect(try await ServerProgram.run("migrate", "--to", "0", in: folder).status == 0)
    #expect(try !tables().contains("account"))
    #expect(try await ServerProgram.run("migrate", in: folder).status == 0)
    #expect(try tables() == full)
  }

  @Test("leads import keeps the good rows, lists the bad ones and exits with 3")
  func importWithErrors() async throws {
    let folder = try DataFolder()
    let file = folder.url.appendingPathComponent("leads.csv")
    try "name,website,score\nGood Bread,https://bread.example,50\n,https://noname.example,50\nBad Score,https://score.example,abc\n"
      .write(to: file, atomically: true, encoding: .utf8)
    let ending = try await ServerProgram.run("leads", "import", file.path, in: folder)
    #expect(ending.status == 3, "\(ending.errors)")
    #expect(ending.output.contains("imported 1, updated 0, skipped 2, rows with errors 2"))
    #expect(ending.output.contains("row 3, name:") && ending.output.contains("row 4, score:"))
    #expect(try folder.rows("SELECT name FROM lead").map { $0["name"] as String } == ["Good Bread"])
    let told = try #require(try folder.rows("SELECT actor, detail FROM audit WHERE action = 'leads.imported'").first)
    #expect(told["actor"] == "command line")
    #expect((told["detail"] as String).contains(#""imported":"1","name":"leads.csv","skipped":"2""#))
    try "name,website\nGood Bread,https://bread.example\n".write(to: file, atomically: true, encoding: .utf8)
    #expect(try await ServerProgram.run("leads", "import", file.path, in: folder).status == 0)
  }

  @Test("migrate and serve make a data folder and a database that others cannot read", arguments: ["migrate", "accounts"])
  func permissions(command: String) async throws {
    let folder = try DataFolder()
    let data = folder.url.appendingPathComponent("data")
    let words = command == "migrate" ? ["migrate"] : ["accounts", "list"]
    #expect(try await ServerProgram(words, in: folder, ["BATCH_DATA_DIR": data.path]).end().status == 0)
    func mode(_ path: String) throws -> Int? { try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int }
    let database = data.appendingPathComponent("batchreports.sqlite").path
    #expect(try mode(data.path) == 0o750)
    #expect(try mode(database) == 0o600)
    // One that an earlier version left open is closed.
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: database)
    #expect(try await ServerProgram(words, in: folder, ["BATCH_DATA_DIR": data.path]).end().status == 0)
    #expect(try mode(database) == 0o600)
  }

  @Test("leads import refuses a file outside of the working folder, by an absolute path or a link too")
  func outsideFiles() async throws {
    let folder = try DataFolder()
    let inner = folder.url.appendingPathComponent("inner")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    let file = folder.url.appendingPathComponent("leads.csv")
    try "name\nBread\n".write(to: file, atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(at: inner.appendingPathComponent("link.csv"), withDestinationURL: file)
    try FileManager.default.createSymbolicLink(at: inner.appendingPathComponent("up"), withDestinationURL: folder.url)
    for path in [file.path, "link.csv", "up/leads.csv", "./../leads.csv"] {
      let refused = try await ServerProgram.run("leads", "import", path, in: folder, workingFolder: inner)
      #expect(refused.status == 1 && refused.errors.contains("BATCH_ALLOW_PATH_TRAVERSAL"), "\(path): \(refused.errors)")
      let allowed = try await ServerProgram.run(
        "leads", "import", path, in: folder, settings: ["BATCH_ALLOW_PATH_TRAVERSAL": "true"], workingFolder: inner)
      #expect(allowed.status == 0, "\(path): \(allowed.errors)")
    }
    let inside = try await ServerProgram.run("leads", "import", file.path, in: folder)
    #expect(inside.status == 0, "\(inside.errors)")
  }

  @Test("leads import refuses a file that is missing, and one outside of the working folder by way of ..")
  func refusedFiles() async throws {
    let folder = try DataFolder()
    let missing = try await ServerProgram.run("leads", "import", "missing.csv", in: folder)
    #expect(missing.status == 1 && missing.errors.contains("missing.csv"))
    let inner = folder.url.appendingPathComponent("inner")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    try "name\nBread\n".write(to: folder.url.appendingPathComponent("leads.csv"), atomically: true, encoding: .utf8)
    let outside = try await ServerProgram.run("leads", "import", "../leads.csv", in: folder, workingFolder: inner)
    #expect(outside.status == 1 && outside.errors.contains("ALLOW_PATH_TRAVERSAL"))
    let allowed = try await ServerProgram.run(
      "leads", "import", "../leads.csv", in: folder, settings: ["BATCH_ALLOW_PATH_TRAVERSAL": "true"], workingFolder: inner)
    #expect(allowed.status == 0, "\(allowed.errors)")
  }
}
