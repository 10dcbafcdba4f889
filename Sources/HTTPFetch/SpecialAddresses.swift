/// A block of addresses that share their leading bits (CIDR, RFC 4632).
struct AddressBlock<Bits: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  let network: Bits
  let length: Int

  init(_ network: Bits, _ length: Int) {
    self.network = network
    self.length = length
  }

  func contains(_ address: Bits) -> Bool {
    (address ^ network) >> Bits(Bits.bitWidth - length) == 0
  }
}

extension IPAddress {
  /// Whether the address can belong to a host on the public internet (IANA special-purpose address registries, RFC 6890 and its
  /// successors). A form that carries an IPv4 address, IPv4-mapped or NAT64, is judged by the address inside.
  public var isGloballyReachable: Bool {
    switch self {
    case .v4(let number):
      return !Self.specialIPv4.contains { $0.contains(number) }
    case .v6(let number):
      if Self.carriersOfIPv4.contains(where: { $0.contains(number) }) {
        return IPAddress.v4(UInt32(truncatingIfNeeded: number)).isGloballyReachable
      }
      return Self.globalUnicast.contains(number) && !Self.specialIPv6.contains { $0.contains(number) }
    }
  }

  private static let specialIPv4: [AddressBlock<UInt32>] = [
    AddressBlock(0x0000_0000, 8),  // 0.0.0.0/8 this network
    AddressBlock(0x0A00_0000, 8),  // 10.0.0.0/8 private
    AddressBlock(0x6440_0000, 10),  // 100.64.0.0/10 shared by carriers
    AddressBlock(0x7F00_0000, 8),  // 127.0.0.0/8 loopback
    AddressBlock(0xA9FE_0000, 16),  // 169.254.0.0/16 link-local, cloud metadata
    AddressBlock(0xAC10_0000, 12),  // 172.16.0.0/12 private
    AddressBlock(0xC000_0000, 24),  // 192.0.0.0/24 protocol assignments
    AddressBlock(0xC000_0200, 24),  // 192.0.2.0/24 documentation
    AddressBlock(0xC058_6300, 24),  // 192.88.99.0/24 6to4 relays
    AddressBlock(0xC0A8_0000, 16),  // 192.168.0.0/16 private
    AddressBlock(0xC612_0000, 15),  // 198.18.0.0/15 benchmarks
    AddressBlock(0xC633_6400, 24),  // 198.51.100.0/24 documentation
    AddressBlock(0xCB00_7100, 24),  // 203.0.113.0/24 documentation
    AddressBlock(0xE000_0000, 4),  // 224.0.0.0/4 multicast
    AddressBlock(0xF000_0000, 4),  // 240.0.0.0/4 reserved, broadcast
  ]

  /// IPv4-mapped ::ffff:0:0/96 and NAT64's well-known 64:ff9b::/96: the last 32 bits are the address that is reached.
  private static let carriersOfIPv4: [AddressBlock<UInt128>] = [
    AddressBlock(0xFFFF << 32, 96), AddressBlock(0x0064_FF9B << 96, 96),
  ]

  /// 2000::/3, the only space from which global unicast addresses are given out. What lies outside (loopback, unspecified,
  /// IPv4-compatible, 64:ff9b:1::/48, 100::/64, 5f00::/16, fc00::/7, fe80::/10, fec0::/10, ff00::/8) is refused by not being in it.
  private static let globalUnicast = AddressBlock<UInt128>(0x2000 << 112, 3)

  /// Inside 2000::/3. 6to4 and Teredo are refused whole: they can hide any IPv4 address, and no website depends on them.
  private static let specialIPv6: [AddressBlock<UInt128>] = [
    AddressBlock(0x2001 << 112, 23),  // 2001::/23 protocol assignments: Teredo, benchmarks, ORCHID
    AddressBlock(0x2001_0DB8 << 96, 32),  // 2001:db8::/32 documentation
    AddressBlock(0x2002 << 112, 16),  // 2002::/16 6to4
    AddressBlock(0x3FFF << 112, 20),  // 3fff::/20 documentation (RFC 9637)
  ]
}
