/// A ticket, as far as these tests look at it.
struct TicketAnswer: Decodable {
  var id: String
  var number: String
  var subject: String
  var conflicts: [String]
}

/// A page of a list.
struct ListAnswer<Item: Decodable>: Decodable {
  var items: [Item]
  var next: String?
}

/// A field that holds several values.
struct ConflictAnswer: Decodable {
  struct Ticket: Decodable {
    var number: String
  }
  struct Choice: Decodable {
    var value: String?
    var `where`: String?
  }
  var ticket: Ticket
  var field: String
  var choices: [Choice]
}

/// What `relevo status --format json` prints, as far as these tests look at it.
struct StatusAnswer: Decodable {
  struct Peer: Decodable {
    var site: String
    var link: String
    var outOperations: Int?
    var inOperations: Int?
  }
  var site: String
  var nodeState: String
  var stateDigest: String?
  var heads: [String: Int]?
  var uptimeSeconds: Int?
  var writtenAt: String?
  var peers: [Peer]

  /// Nothing waits for any neighbour.
  var hasNothingOut: Bool { peers.allSatisfy { $0.outOperations == 0 } }
}
