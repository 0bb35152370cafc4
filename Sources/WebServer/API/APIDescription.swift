import Hummingbird

/// The API's own description, OpenAPI 3.1: the file in `OpenAPI/`, with the program's version in place.
enum APIDescription {
  /// Where the version goes in the file.
  private static let placeholder = "{version}"

  /// The document as it is sent.
  static func text(version: String) -> String {
    String(decoding: PackageResources.openapi_json, as: UTF8.self).replacing(placeholder, with: version)
  }

  /// The answer to `GET /openapi.json`.
  static func response(version: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text(version: version))))
  }
}
