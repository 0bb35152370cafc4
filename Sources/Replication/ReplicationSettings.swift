package import OperationLog

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
  /// On a slow line runs are asked with as little as this many bytes on the wire. Default 4 KiB.
  package var runBytesMin = 4 * 1024
  /// Bytes of a run and bytes under way to a peer whose rate is not known yet. Defaults 4 and 16 KiB.
  package var runBytesFirst = 4 * 1024
  package var windowBytesFirst = 16 * 1024
  /// While a run of a stream is on its way, its next news waits this long for company. Default 5 ms.
  package var flushMilliseconds: Int64 = 5
  /// News may go this far beyond the window that catching up has to keep within. Default 64 KiB.
  package var newsReserveBytes = 64 * 1024
  /// What one peer may leave unacknowledged before it gets nothing more. Default 1 MiB.
  package var inFlightBytesMax = 1 << 20
  /// What one peer is granted on the first lane, bytes of run content, and so what of it may wait to be stored here; more
  /// is dropped and asked for again. Default 1 MiB.
  package var ingestBytesMax = 1 << 20
  /// What one peer is granted on the bulk lane. Default 256 KiB.
  package var bulkBytesMax = 256 * 1024
  /// What all peers together are granted on the first lane, though each at least a quarter of a MiB. Default 48 MiB.
  package var ingestBytesOfAllMax = 48 << 20
  /// From this many operations on a WANT is answered on the bulk lane, if there is one. Default 512.
  package var bulkOperationsMin: UInt64 = 512
  /// A bulk lane on which nothing was sent for this long is hung up. Default 60 s.
  package var bulkIdleMilliseconds: Int64 = 60_000
  /// A lane that waits for credit for this long asks with a ping. Default 1 s.
  package var blockedMilliseconds: Int64 = 1_000
  /// A node says what it holds at most this often, and never more often than two seconds for each node. Default 15 s.
  package var holdsMilliseconds: Int64 = 15_000
  /// Statements known are compared with a peer at most this often. Default 30 s.
  package var holdsSummaryMilliseconds: Int64 = 30_000
  /// In a cluster of more nodes nobody says what it holds: the number of statements grows with the square. Default 64.
  package var holdsNodesMax = 64
  /// Entries of all statements that are kept. Default 200,000.
  package var holdsEntriesMax = 200_000
  /// The protocols this node speaks, for tests of mixed versions. Default: those of this program.
  package var protocols: ClosedRange<UInt8> = LocalNode.protocolMin...LocalNode.protocolMax
  /// What this node can do beyond them, likewise.
  package var features: UInt64 = LocalNode.features
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
  /// A peer of which more streams are distrusted at once made the false runs itself: it is parted with. Default 256.
  package var distrustedMax = 256
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
  /// For the simulator, which proves its checkers with them.
  package var plantedBugs: PlantedBugs = []

  package init() {}
}
