import Foundation

/// The small files beside a home page.
enum SiteFiles {
  static let styleSheet = """
    body{font:18px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#222}
    header,footer{display:flex;flex-wrap:wrap;gap:1rem;justify-content:space-between;padding:1rem 0}
    img{max-width:100%;height:auto}article{margin-bottom:1.5rem}a{color:#0a4d8c}

    """

  static func robots(url: String) -> String { "User-agent: *\nAllow: /\nSitemap: \(url)sitemap.xml\n" }

  static func sitemap(url: String) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>\(url)</loc></url><url><loc>\(url)privacy</loc></url></urlset>

    """
  }

  /// A colored panel with the trade's name stands in for every photograph, whatever its file name ends with.
  static func picture(for business: SampleBusiness) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="1200" height="600"><rect width="100%" height="100%" fill="\(color(business.index))"/>
    <text x="50%" y="50%" fill="#fff" font-family="sans-serif" font-size="64" text-anchor="middle">\(business.trade.industry)</text></svg>

    """
  }

  static func privacyPolicy(of business: SampleBusiness) -> String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>Privacy policy of \(business.name.escapedForHTML)</title>
    <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css"></head>
    <body><main><h1>Privacy policy</h1><p>We keep what you send us only to answer you, and delete it after a year.
    This site sets no cookies. Write to \(business.email) to have your data shown or removed.</p></main></body></html>

    """
  }

  static func notFoundPage(for business: SampleBusiness) -> String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>Page not found</title></head>
    <body><main><h1>Page not found</h1><p>\(business.name.escapedForHTML) has moved or closed this page.</p></main></body></html>

    """
  }

  private static func color(_ index: Int) -> String { ["#1f6f54", "#7a3b2e", "#28527a", "#6b4c9a", "#8a6d1d", "#2f4858"][index % 6] }

  /// An icon of 16 x 16 pixels in one color: the ICO header, one directory entry, and a bitmap of 32 bits a pixel.
  static func icon(index: Int) -> [UInt8] {
    let color: [UInt8] = [UInt8(index * 53 % 200), UInt8(index * 97 % 200), UInt8(index * 31 % 200), 255]
    func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 0xFF) } }
    let mask = [UInt8](repeating: 0, count: 16 * 4)
    let pixels = (0..<256).flatMap { _ in color }
    let bitmapHeader = little(40, 4) + little(16, 4) + little(32, 4) + little(1, 2) + little(32, 2) + [UInt8](repeating: 0, count: 24)
    let bitmap = bitmapHeader + pixels + mask
    let entry = [16, 16, 0, 0] + little(1, 2) + little(32, 2) + little(bitmap.count, 4) + little(22, 4)
    return little(0, 2) + little(1, 2) + little(1, 2) + entry + bitmap
  }

  /// A PDF of one page, its cross-reference table counted as ISO 32000 7.5.4 asks.
  static func brochure(of business: SampleBusiness) -> String {
    let line = "BT /F1 24 Tf 72 700 Td (\(business.trade.industry) brochure \(business.index)) Tj ET"
    let objects = [
      "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
      "<</Length \(line.utf8.count)>>stream\n\(line)\nendstream", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    var file = "%PDF-1.4\n"
    var table = "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for (position, object) in objects.enumerated() {
      table += String(format: "%010d 00000 n \n", file.utf8.count)
      file += "\(position + 1) 0 obj\(object)endobj\n"
    }
    return file + table + "trailer<</Size \(objects.count + 1)/Root 1 0 R>>\nstartxref\n\(file.utf8.count)\n%%EOF\n"
  }
}
