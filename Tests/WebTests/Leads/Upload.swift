import Foundation
import WebTestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// Bodies of uploads as browsers send them.
enum Upload {
  static let boundary = "----form-8f2a"
  static let type = ("Content-Type", "multipart/form-data; boundary=----form-8f2a")

  /// A form of the import page: `csrf` first, then the file.
  static func form(
    _ csv: Data, csrf: String?, fileName: String = "leads.csv", type: String = "text/csv", isCutOff: Bool = false
  ) -> Data {
    var body = Data()
    func part(_ header: String, _ value: Data) {
      body += Data("--\(boundary)\r\nContent-Disposition: form-data; \(header)\r\n\r\n".utf8) + value
    }
    if let csrf { part("name=\"csrf\"", Data((csrf + "\r\n").utf8)) }
    part("name=\"file\"; filename=\"\(fileName)\"\r\nContent-Type: \(type)", csv)
    return isCutOff
      ? body : body + Data("\r\n--\(boundary)\r\nContent-Disposition: form-data; name=\"step\"\r\n\r\ncheck\r\n--\(boundary)--\r\n".utf8)
  }

  /// A connection on which some bytes were sent and more may come.
  struct Open {
    fileprivate let descriptor: Int32

    func close() {
      shutdown(descriptor, Int32(SHUT_RDWR))
      Glibc.close(descriptor)
    }
  }

  /// Sends bytes and hangs up without waiting for an answer.
  static func sendAndHangUp(_ bytes: Data, port: Int) throws {
    let connection = try open(bytes, port: port)
    Glibc.close(connection.descriptor)
  }

  /// Sends bytes and keeps the connection.
  static func open(_ bytes: Data, port: Int) throws -> Open {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw TestClient.Failure.cannotConnect }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard connected == 0 else { throw TestClient.Failure.cannotConnect }
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw TestClient.Failure.cannotConnect }
      sent += count
    }
    return Open(descriptor: descriptor)
  }
}

extension TestBrowser {
  /// Posts the import page's form with a file.
  func upload(
    _ csv: String, to path: String = "/leads/import", fileName: String = "leads.csv", type: String = "text/csv", isCutOff: Bool = false
  ) async throws -> TestResponse {
    let body = Upload.form(Data(csv.utf8), csrf: csrf, fileName: fileName, type: type, isCutOff: isCutOff)
    return try await send("POST", path, headers: [("Accept", "text/html"), Upload.type], body: body)
  }
}
