import Foundation
package import Hummingbird
import HTTPTypes
import NIOCore
package import Store

/// Adds `POST import/volvo-incidents` to the control socket's group `/control/v1`: an `ImportPart` in, an `ImportReport` out.
///
/// 422 for a body that is no such part, 503 when the store cannot write; both are problem documents.
package func addImportRoutes<Context: RequestContext>(to router: some RouterMethods<Context>, store: SiteStore) {
  let importer = IncidentImporter(store: store)
  router.post("import/\(VolvoIncidents.source)") { request, _ async throws -> Response in
    let body = try await request.body.collect(upTo: ImportLimits.requestBytes)
    let part: ImportPart
    do {
      part = try JSONDecoder().decode(ImportPart.self, from: Data(body.readableBytesView))
    } catch {
      return problem(.unprocessableContent, "malformed", "This is not a part of an import: \(error)")
    }
    do {
      let report = try await part.dryRun ? importer.dryRun(part.incidents) : importer.run(part.incidents)
      return try answer(.ok, "application/json", JSONEncoder().encode(report))
    } catch let failure as StoreFailure {
      return problem(.serviceUnavailable, "store_unavailable", failure.description)
    }
  }
}

private enum ImportLimits {
  /// A part and its envelope; an incident of 65,000 rows still fits.
  static let requestBytes = 16 * 1024 * 1024
}

private struct Problem: Encodable {
  let type: String
  let title: String
  let status: Int
  let detail: String
}

private func problem(_ status: HTTPResponse.Status, _ name: String, _ detail: String) -> Response {
  let document = Problem(
    type: "urn:relevo:problem:\(name)", title: status.reasonPhrase, status: status.code, detail: detail)
  do {
    return answer(status, "application/problem+json", try JSONEncoder().encode(document))
  } catch {
    // Four plain fields always encode; should they not, the status alone still tells the caller.
    return Response(status: status)
  }
}

private func answer(_ status: HTTPResponse.Status, _ type: String, _ body: Data) -> Response {
  Response(status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
}
