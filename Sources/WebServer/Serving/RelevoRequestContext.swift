package import Hummingbird
import Logging
package import NIOCore
package import Texts

/// What travels with a request: who asks, in which language, and over which connection.
package struct RelevoRequestContext: RequestContext {
  /// What the library keeps with a request.
  package var coreContext: CoreRequestContextStorage
  /// Who asks; nil for visitors. Set before any route runs.
  package var viewer: Viewer?
  /// The language of every text of the answer.
  package var language: Language
  /// The connection itself, for streams that outlive one answer.
  package let channel: any Channel

  /// A request nobody has looked at yet.
  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    viewer = nil
    language = .english
    channel = source.channel
  }

  /// The caller's network address, without a port; nil where the connection has none.
  package var remoteAddress: String? { channel.remoteAddress?.ipAddress }

  /// Who asks; throws the 401 problem for visitors.
  package func requireViewer() throws(Problem) -> Viewer {
    guard let viewer else { throw Problem.signInNeeded }
    return viewer
  }
}
