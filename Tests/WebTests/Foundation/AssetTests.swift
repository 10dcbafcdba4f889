import Foundation
import Testing
import WebTestSupport

@testable import Web

@Suite struct AssetTests {
  /// A folder with what may be served, what may not, and a way out of it.
  private func folder() throws -> URL {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("assets-\(UUID().uuidString)")
    let files = FileManager.default
    try files.createDirectory(at: root.appendingPathComponent("public/css/.git"), withIntermediateDirectories: true)
    for (name, text) in [
      ("secret.txt", "secret"), ("public/css/app.css", "body{}"), ("public/worker.js", "1"), ("public/.env.txt", "secret"),
      ("public/css/.git/config.txt", "secret"), ("public/data.sqlite", "secret"), ("public/page.html", "secret"),
    ] {
      try text.write(to: root.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    try files.createSymbolicLink(
      at: root.appendingPathComponent("public/link.txt"), withDestinationURL: root.appendingPathComponent("secret.txt"))
    try files.createSymbolicLink(at: root.appendingPathComponent("public/up"), withDestinationURL: root)
    return root.appendingPathComponent("public")
  }

  @Test("Hidden files, links, their targets and unknown types are not in the table")
  func table() throws {
    let assets = try Assets(folder: try folder())
    #expect(assets.files.keys.sorted() == ["css/app.css", "worker.js"])
    #expect(assets.files["css/app.css"]?.type == "text/css; charset=utf-8")
  }

  @Test("The version changes with any file's contents, and only then")
  func version() throws {
    let folder = try folder()
    let before = try Assets(folder: folder).version
    #expect(try Assets(folder: folder).version == before)
    try "body{color:red}".write(to: folder.appendingPathComponent("css/app.css"), atomically: true, encoding: .utf8)
    #expect(try Assets(folder: folder).version != before)
  }

  @Test("A folder without files is an error that names it")
  func empty() {
    let nowhere = URL(fileURLWithPath: "/nonexistent-folder")
    #expect(throws: Assets.Failure.noAssets(folder: nowhere.path)) { try Assets(folder: nowhere) }
  }

  @Test("A file is kept for ever under its version, and asked about anew under an old one")
  func caching() async throws {
    let assets = try Assets(folder: try folder())
    try await TestServer.run(configure: { $0.assets = assets }) { (server) async throws in
      let response = try await server.client.send("GET", assets.url("css/app.css"))
      #expect(response.status == 200)
      #expect(response.text == "body{}")
      #expect(response.header("cache-control") == "public, max-age=31536000, immutable")
      #expect(response.headers("set-cookie").isEmpty)
      let etag = try #require(response.header("etag"))
      for sent in [etag, "W/\(etag)", "\"other\", \(etag)", "*"] {
        let again = try await server.client.send("GET", assets.url("css/app.css"), headers: [("If-None-Match", sent)])
        #expect(again.status == 304, "\(sent)")
        #expect(again.body.isEmpty)
      }
      #expect(try await server.client.send("GET", assets.url("css/app.css"), headers: [("If-None-Match", "\"other\"")]).status == 200)
      #expect(try await server.client.send("GET", "/assets/old/css/app.css").header("cache-control") == "no-cache")
      let top = try await server.client.send("GET", "/worker.js")
      #expect(top.status == 200)
      #expect(top.header("cache-control") == "no-cache")
      #expect(top.header("content-type") == "text/javascript; charset=utf-8")
      let head = try await server.client.send("HEAD", assets.url("css/app.css"))
      #expect(head.header("content-length") == "6")
      #expect(head.body.isEmpty)
    }
  }

  @Test("No path leads out of the folder")
  func traversal() async throws {
    let assets = try Assets(folder: try folder())
    try await TestServer.run(configure: { $0.assets = assets }) { (server) async throws in
      for path in [
        "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "%2e%2e%2fsecret.txt", "css/../../secret.txt", "css/..%2f..%2fsecret.txt",
        "..\\secret.txt", "%5c..%5csecret.txt", ".env.txt", "%2eenv.txt", "css/.git/config.txt", "link.txt", "up/secret.txt", "data.sqlite",
        "css/app.css%00.txt", "css/app.css/x", "%zz", "css", "//secret.txt",
      ] {
        for prefix in ["/assets/\(assets.version)/", "/assets/x/", "/assets/", "/"] {
          let response = try await server.client.send("GET", prefix + path)
          #expect(response.status == 404 && response.text != "secret", "\(prefix + path): \(response.status)")
        }
      }
    }
  }
}
