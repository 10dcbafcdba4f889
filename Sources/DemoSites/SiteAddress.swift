/// The loopback address of each site: 127.20.0.1 and up, 250 in each block of 256.
enum SiteAddress {
  static func host(at index: Int) -> String { "127.20.\(index / 250).\(index % 250 + 1)" }

  static func url(at index: Int, port: Int) -> String { "http://\(host(at: index)):\(port)/" }
}
