import CCurl

extension Transfer {
  /// The TLS facts of the connection that has just answered; nil for plain http. Only for use inside a callback.
  func currentTLS(url: String, isNewConnection: Bool) -> TLSFacts? {
    guard url.lowercased().hasPrefix("https:") else { return nil }
    let connection = ConnectionCertificates.Key(
      localPort: ccurl_get_long(handle, CURLINFO_LOCAL_PORT), remoteAddress: string(CURLINFO_PRIMARY_IP) ?? "",
      remotePort: ccurl_get_long(handle, CURLINFO_PRIMARY_PORT))
    let version = ccurl_tls_version(handle).map { String(cString: $0) }
    guard isNewConnection else { return certificates[connection] ?? TLSFacts(version: version) }
    let certificate = PeerCertificate(fields: certificateFields())
    let facts = TLSFacts(
      version: version, subject: certificate.subject, issuer: certificate.issuer, validFrom: certificate.validFrom,
      expires: certificate.expires, problem: problem(with: certificate, url: url))
    certificates.remember(facts, of: connection)
    return facts
  }

  /// What verification would have found; nil when it took place, for then it found nothing.
  private func problem(with certificate: PeerCertificate, url: String) -> CertificateProblem? {
    guard !order.request.verifiesCertificate else { return nil }
    if let problem = CertificateProblem(verifyResult: ccurl_get_long(handle, CURLINFO_SSL_VERIFYRESULT)) { return problem }
    guard let host = RequestURL.certificateName(of: url) else { return nil }
    return certificate.covers(host: host) ? nil : .wrongHost
  }

  /// The fields of the first certificate, the server's own.
  private func certificateFields() -> [String] {
    guard let chain = ccurl_get_certificates(handle)?.pointee, chain.num_of_certs > 0 else { return [] }
    var fields: [String] = []
    var entry = chain.certinfo?.pointee
    while let field = entry?.pointee {
      if let text = field.data { fields.append(String(cString: text)) }
      entry = field.next
    }
    return fields
  }
}

extension CertificateProblem {
  /// From OpenSSL's verify result (X509_V_ERR_…, x509_vfy.h); nil for 0, which means that the chain is trusted.
  init?(verifyResult: Int) {
    switch verifyResult {
    case 0: return nil
    case 9: self = .notYetValid
    case 10: self = .expired
    case 18, 19: self = .selfSigned
    case 62, 64: self = .wrongHost
    default: self = .untrusted
    }
  }
}
