import Foundation

/// A TLS server from the openssl command, with certificates made for the test. It is a pipe: each request that comes out of it gets a
/// fixed answer put in, so connections are kept alive.
final class TLSServer: Sendable {
  static let openssl: String? = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first { FileManager.default.isExecutableFile(atPath: $0) }
  static var isMissing: Bool { openssl == nil }

  let port: UInt16
  private let process: Process

  struct Failure: Error { var text: String }

  /// Serves the certificate and key in these PEM files; the first answers are redirects to the same server.
  init(certificate: URL, key: URL, options: [String] = [], redirects: Int = 0) throws {
    guard let openssl = Self.openssl else { throw Failure(text: "no openssl") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: openssl)
    process.arguments =
      ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate.path, "-key", key.path, "-naccept", "20"] + options
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process = process
    var text = ""
    while !text.contains("ACCEPT 127.0.0.1:") || !text.hasSuffix("\n") {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { throw Failure(text: text) }
      text += String(decoding: data, as: UTF8.self)
    }
    guard let port = text.components(separatedBy: "ACCEPT 127.0.0.1:").last.flatMap({ UInt16($0.prefix { $0.isNumber }) }) else {
      throw Failure(text: text)
    }
    self.port = port
    Thread.detachNewThread {
      var seen = ""
      var redirectsLeft = redirects
      while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
        seen += String(decoding: data, as: UTF8.self)
        while let end = seen.range(of: "Accept-Encoding: "), let line = seen.range(of: "\r\n\r\n", range: end.upperBound..<seen.endIndex) {
          seen = String(seen[line.upperBound...])
          let head = redirectsLeft > 0 ? "302 Found\r\nLocation: /\(redirectsLeft)" : "200 OK"
          redirectsLeft -= 1
          try? input.fileHandleForWriting.write(contentsOf: Data("HTTP/1.1 \(head)\r\nContent-Length: 6\r\n\r\nsecret".utf8))
        }
      }
    }
  }

  /// By the signal that nothing ignores: a child of a process that handles SIGTERM itself is deaf to that one.
  deinit {
    kill(process.processIdentifier, SIGKILL)
  }

  func url(_ host: String = "127.0.0.1") -> String { "https://\(host):\(port)/" }
}

/// A certificate authority and leaf certificates in a folder of their own.
final class TestCertificates: Sendable {
  let folder: URL
  var authority: URL { folder.appendingPathComponent("ca.pem") }
  var key: URL { folder.appendingPathComponent("key.pem") }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("certificates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let settings = """
      [ca]
      default_ca = here
      [here]
      database = index.txt
      new_certs_dir = .
      rand_serial = yes
      default_md = sha256
      policy = names
      copy_extensions = copy
      unique_subject = no
      [names]
      commonName = supplied

      """
    try Data(settings.utf8).write(to: folder.appendingPathComponent("ca.cnf"))
    try Data().write(to: folder.appendingPathComponent("index.txt"))
    try run(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem"])
    try run(["req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=Test Authority", "-days", "3650", "-out", "ca.pem"])
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  /// A certificate of the authority; the times are like "20200101000000Z".
  func leaf(_ name: String, names: String, from: String = "20200101000000Z", until: String = "20990101000000Z") throws -> URL {
    try run(["req", "-new", "-key", "key.pem", "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)", "-out", "\(name).csr"])
    try run([
      "ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "key.pem", "-startdate", from, "-enddate", until,
      "-in", "\(name).csr", "-out", "\(name).pem",
    ])
    return folder.appendingPathComponent("\(name).pem")
  }

  func selfSigned() throws -> URL {
    try run(["req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=127.0.0.1", "-days", "30", "-out", "self.pem"])
    return folder.appendingPathComponent("self.pem")
  }

  private func run(_ arguments: [String]) throws {
    guard let openssl = TLSServer.openssl else { throw TLSServer.Failure(text: "no openssl") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: openssl)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw TLSServer.Failure(text: text) }
  }
}
