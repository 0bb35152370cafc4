/// How much a session may use and how long it waits. The defaults suit offices on ordinary lines; tests shorten them.
package struct ReplicationSettings: Sendable {
  /// A silent link is pinged this often, and every ping compares version vectors. Default 5 s.
  package var pingMilliseconds: Int64 = 5_000
  /// A peer that was silent for this many pings is down. Default 3.
  package var missedPingsMax: Int64 = 3
  /// HELLO is said again this often until the other side's HELLO came. Default 2 s.
  package var helloRepeatMilliseconds: Int64 = 2_000
  /// A connection on which no HELLO came for this long is closed. Default 10 s.
  package var greetingMillisecondsMax: Int64 = 10_000
  /// Acknowledgements wait at most this long for company. Default 5 ms.
  package var acknowledgementDelayMilliseconds: Int64 = 5
  /// Acknowledgements leave at once when this many operations wait for one. Default 64.
  package var acknowledgementOperationsMax: UInt64 = 64
  /// A run is asked of the store with at most this many bytes; it may grow to the next signed head. Default 64 KiB.
  package var runBytesMax = 64 * 1024
  /// A run is asked of the store with at most this many operations; it may grow to the next signed head. Default 256.
  package var runOperationsMax = 256
  /// What one peer may leave unacknowledged before it gets nothing more. Default 1 MiB.
  package var inFlightBytesMax = 1 << 20
  /// What of one peer may wait to be stored here; more is dropped and asked for again. Default 4 MiB.
  package var ingestBytesMax = 4 << 20
  /// Runs that may be under way from the store for one peer. Default 4.
  package var readsPerPeerMax = 4
  /// Streams that are asked of one peer at the same time. Default 64.
  package var wantsPerPeerMax = 64
  /// A WANT without progress for this long is given to another peer. Default 10 s.
  package var wantMilliseconds: Int64 = 10_000
  /// A gap in a stream is asked for again at most this often. Default 500 ms.
  package var wantRepeatMilliseconds: Int64 = 500
  /// A WANT of what is on its way already is not served again before this long. Default 250 ms.
  package var serveRepeatMilliseconds: Int64 = 250
  /// Operations sent and not acknowledged for this long are announced again. Default 10 s.
  package var stallMilliseconds: Int64 = 10_000
  /// An announced operation may come by itself for this long before it is asked for. Default 300 ms.
  package var announcementGraceMilliseconds: Int64 = 300
  /// A version vector is sent to one peer at most this often. Default 250 ms.
  package var vectorMilliseconds: Int64 = 250
  /// A peer whose run of a stream was false is not asked for that stream for this long. Default 60 s.
  package var distrustMilliseconds: Int64 = 60_000
  /// A read that the store has not answered for this long is forgotten. Default 30 s.
  package var readMilliseconds: Int64 = 30_000
  /// First pause after garbage of a peer; doubles each time. Default 1 s.
  package var penaltyMilliseconds: Int64 = 1_000
  /// Longest pause after garbage of a peer, and the pause after a refusal that only people can mend. Default 60 s.
  package var penaltyMillisecondsMax: Int64 = 60_000
  /// A peer that sent no garbage for this long starts again at the first pause. Default 10 min.
  package var forgiveMilliseconds: Int64 = 600_000
  /// How long the lower and (four times as long) the higher node waits to dial after a session ended. Default 500 ms.
  package var redialMilliseconds: Int64 = 500
  /// A configured neighbour that never answered counts as down after this long. Default 10 s.
  package var connectingMillisecondsMax: Int64 = 10_000
  /// A peer counts as catching up when something unacknowledged is older than this. Default 3 s.
  package var catchingUpMilliseconds: Int64 = 3_000
  /// Streams that are remembered of one peer. Default 40,000.
  package var streamsMax = 40_000
  /// How many links a relayed message may cross. Default 8.
  package var relayHopsMax: UInt8 = 8
  /// Relayed messages that are remembered so that a repetition is not delivered twice. Default 4,096.
  package var relaysRememberedMax = 4_096

  package init() {}
}
