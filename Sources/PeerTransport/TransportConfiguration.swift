package import Logging

/// What a node's transport is made with.
package struct TransportConfiguration: Sendable {
  /// Proves who this node is, to those it dials and those that dial it.
  package var keyPair: CurveKeyPair
  /// Where to listen; nil for a node that only dials.
  package var bind: TransportEndpoint?
  package var settings: TransportSettings
  /// Gets addresses, labels and shortened keys, never content.
  package var logger: Logger

  package init(
    keyPair: CurveKeyPair, bind: TransportEndpoint?, settings: TransportSettings = TransportSettings(), logger: Logger
  ) {
    self.keyPair = keyPair
    self.bind = bind
    self.settings = settings
    self.logger = logger
  }
}
