package import Helpdesk
package import OperationLog

/// Somebody who is known: by a bearer token or by a signed-in browser.
package struct Viewer: Hashable, Sendable {
  /// How they proved who they are.
  package enum Proof: Hashable, Sendable {
    case token(EntityID)
    /// A browser session: the digest of its cookie, and the token every form and script carries back.
    case session(digest: Hash32, csrf: String)
    /// The node's own command line, by way of a socket that only its owner can open.
    case console
  }

  /// Who they are, as the directory says now.
  package let person: Person
  /// How they proved it.
  package let proof: Proof

  /// Somebody and their proof.
  package init(person: Person, proof: Proof) {
    self.person = person
    self.proof = proof
  }

  /// The actor of their commands.
  package var actor: Actor { proof == .console ? .console : .person(person.id) }

  /// True when they work on other people's tickets.
  package var isAgent: Bool { person.role >= .agent }

  /// What forms carry back; empty for token holders, who need none.
  package var csrf: String {
    if case .session(_, let csrf) = proof { csrf } else { "" }
  }

  /// True when they may see this ticket at all: employees see their own requests.
  package func maySee(requester: EntityID?) -> Bool { isAgent || requester == person.id }
}
