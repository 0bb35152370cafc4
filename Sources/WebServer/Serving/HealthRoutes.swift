import HTTPTypes
import Hummingbird
import WebPages

/// What machines ask that are not people's programs: health, metrics, the API's description; and the pages' files.
struct HealthRoutes {
  /// The node whose health it is.
  let server: ServerContext

  /// Adds `/livez`, `/readyz`, `/metrics` and the pages' files.
  func add(to router: Router<RelevoRequestContext>) {
    router.get("livez") { _, _ in Self.plain("ok\n") }
    // Losing a peer never makes a node unready: people at this office can work.
    router.get("readyz") { _, _ in
      server.services.isReady() ? Self.plain("ready\n") : Self.plain("starting\n", status: .serviceUnavailable)
    }
    router.get("metrics") { _, _ in
      Self.plain(
        await server.services.metricsText(),
        contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8")
    }
    for asset in Asset.all {
      let body = ByteBuffer(bytes: asset.bytes)
      router.get(RouterPath(asset.path)) { _, _ in
        Response(
          status: .ok,
          headers: [.contentType: asset.contentType, .cacheControl: "public, max-age=31536000, immutable"],
          body: ResponseBody(byteBuffer: body))
      }
    }
  }

  private static func plain(
    _ text: String, status: HTTPResponse.Status = .ok, contentType: String = "text/plain; charset=utf-8"
  ) -> Response {
    Response(
      status: status, headers: [.contentType: contentType], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
