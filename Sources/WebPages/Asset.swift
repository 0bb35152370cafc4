/// A file that pages refer to by an address with a hash of its content, so that it may be cached for ever.
package struct Asset: Sendable {
  /// Path on every node, such as `/assets/relevo.0123456789abcdef.css`.
  package let path: String

  /// The file itself, uncompressed.
  package let bytes: [UInt8]

  /// Value of the `Content-Type` header.
  package let contentType: String

  private init(name: String, ending: String, bytes: [UInt8], contentType: String) {
    path = "/assets/\(name).\(FNV.digits(bytes)).\(ending)"
    self.bytes = bytes
    self.contentType = contentType
  }

  /// The one style sheet.
  package static let stylesheet = Asset(
    name: "relevo", ending: "css", bytes: PackageResources.relevo_css, contentType: "text/css; charset=utf-8")

  /// The one script; every page works without it.
  package static let script = Asset(
    name: "relevo", ending: "js", bytes: PackageResources.relevo_js, contentType: "text/javascript; charset=utf-8")

  /// The sign in the browser's tab.
  package static let icon = Asset(
    name: "relevo", ending: "svg", bytes: PackageResources.relevo_svg, contentType: "image/svg+xml")

  /// All of them, for the routes. Answer with `Cache-Control: public, max-age=31536000, immutable`.
  package static let all = [stylesheet, script, icon]
}
