/// Every kind of finding; the raw value is its name in JSON, in metrics and of its runbook. Within one level they are
/// reported in this order.
package enum FindingKind: String, Sendable, CaseIterable {
  case nodeStopped = "node-stopped"
  case dataDirectoryHeld = "data-directory-held"
  case storeNotWritable = "store-not-writable"
  case digestDiffers = "digest-differs"
  case forkProof = "fork-proof"
  case strangerAdmitted = "stranger-admitted"
  case operationsRefused = "operations-refused"
  case keyRefused = "key-refused"
  case peerIncompatible = "peer-incompatible"
  case linkDown = "link-down"
  case linkPaused = "link-paused"
  case readerFrozen = "reader-frozen"
  case catchingUp = "catching-up"
  case siteBehind = "site-behind"
  case newIncarnation = "new-incarnation"
  case witnessNotWritten = "witness-not-written"
  case onlyHere = "only-here"
  case diskLow = "disk-low"
  case operationsUndecodable = "operations-undecodable"
  case operationsDeferred = "operations-deferred"
  case operationsHeld = "operations-held"
  case framesRefused = "frames-refused"
  case clockSkew = "clock-skew"
  case loadImplausible = "load-implausible"
  case ticketsUnassigned = "tickets-unassigned"
  case ticketsUnservable = "tickets-unservable"
  case serviceUneven = "service-uneven"
  case conflictsOpen = "conflicts-open"
  case backupOld = "backup-old"
  case walLarge = "wal-large"

  /// Path of the page that says what to do, from the root of the project.
  package var runbook: String { "docs/runbooks/\(rawValue).md" }

  /// Every sentence a finding of this kind may be made of; a test demands each in both languages.
  var sentences: [String] {
    switch self {
    case .nodeStopped: ["last_state", "no_state"]
    case .dataDirectoryHeld: ["held", "held_by"]
    case .storeNotWritable: ["disk_full", "input_output", "damaged", "reading_continues"]
    case .digestDiffers: ["cause"]
    case .forkProof: ["cause", "cause_machines"]
    case .operationsRefused: ["cause"]
    case .keyRefused: ["cause"] + Self.waitingSentences
    case .linkDown: ["unreachable", "never_reached"] + Self.waitingSentences
    case .linkPaused: ["cause", "cause_by", "cause_by_since"] + Self.waitingSentences
    case .strangerAdmitted: ["cause"]
    case .peerIncompatible: ["wrong_cluster", "protocol_range", "revoked", "wrong_node"] + Self.waitingSentences
    case .readerFrozen: ["cause", "cause_credit"]
    case .siteBehind: ["cause_oldest"]
    case .newIncarnation:
      [
        "since", "restored", "witness_ahead", "witness_differs", "machine_changed", "peer_knows_more",
        "witness_missing", "written_twice", "not_settled",
      ]
    case .witnessNotWritten: ["cause"]
    case .framesRefused: ["cause"]
    case .catchingUp: ["sending", "receiving"]
    case .onlyHere: ["since", "since_unknown"]
    case .diskLow: ["free", "nearly_full"]
    case .operationsUndecodable, .operationsDeferred, .operationsHeld: ["cause"]
    case .clockSkew: ["peer_ahead", "peer_behind", "own_ahead", "own_behind", "not_followed"]
    case .loadImplausible: ["cause"]
    case .ticketsUnassigned: ["cause", "cause_oldest"]
    case .ticketsUnservable: ["cause", "cause_example"]
    case .serviceUneven: ["slower", "faster", "remote_slower", "remote_faster", "more"]
    case .conflictsOpen: ["cause", "cause_oldest"]
    case .backupOld: ["last", "never"]
    case .walLarge: ["cause"]
    }
  }

  /// What becomes of this site's changes while a peer cannot take them.
  private static let waitingSentences = ["waiting", "nothing_waiting", "waiting_unknown"]

  /// The full key of a sentence. What waits is said in the same words wherever a link is not working.
  func key(_ sentence: String) -> String {
    if Self.waitingSentences.contains(sentence) { return "status.link.\(sentence)" }
    return "status.\(rawValue.replacing("-", with: "_")).\(sentence)"
  }
}
