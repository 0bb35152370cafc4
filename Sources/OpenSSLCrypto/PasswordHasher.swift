package import OperationLog

/// Hashes and checks passwords on its own small set of threads, so that a crowd signing in slows nobody else down.
package final class PasswordHasher: Sendable {
  /// Longer passwords are refused before any work is done.
  package static let passwordBytesMax = 1_024

  private let workers: WorkerPool
  private let cost: ScryptCost
  private let random: any RandomBytes
  /// Compared against when there is no such person, so that both answers take the same time.
  private let decoy: PasswordHash

  /// At most `threads` derivations run at once and `queueMax` wait; one more is refused with `.busy`.
  ///
  /// Throws when the system starts no further thread.
  package init(
    threads: Int = 2, queueMax: Int = 64, cost: ScryptCost = .standard, random: any RandomBytes = SecureRandomBytes()
  ) throws(ThreadFailure) {
    workers = try WorkerPool(threads: threads, queueMax: queueMax)
    decoy = PasswordHash.unmatchable(cost: cost, random: random)
    self.cost = cost
    self.random = random
  }

  /// The stored form of a new password, UTF-8 as the caller normalised it.
  package func hash(_ password: [UInt8]) async throws(PasswordRefusal) -> PasswordHash {
    guard password.count <= Self.passwordBytesMax else { throw .tooLong }
    let cost = cost
    let random = random
    return try await run { () throws(LibCryptoFailure) in
      try PasswordHash.derive(from: password, cost: cost, random: random)
    }
  }

  /// Compares a password with its stored text.
  ///
  /// Without one, or with one that cannot be read, it takes as long and mismatches.
  package func verify(_ password: [UInt8], against stored: String?) async throws(PasswordRefusal) -> PasswordVerdict {
    guard password.count <= Self.passwordBytesMax else { throw .tooLong }
    let known = stored.flatMap(PasswordHash.init(text:))
    let hash = known ?? decoy
    let isMatch = try await run { () throws(LibCryptoFailure) in try hash.isMatch(password) }
    guard isMatch, known != nil else { return .mismatched }
    return hash.cost == cost ? .matched : .matchedAtOldCost
  }

  private func run<Value: Sendable>(
    _ work: @escaping @Sendable () throws(LibCryptoFailure) -> Value
  ) async throws(PasswordRefusal) -> Value {
    let outcome: Result<Value, PasswordRefusal> = await withCheckedContinuation { continuation in
      let isTaken = workers.submit {
        do throws(LibCryptoFailure) {
          continuation.resume(returning: .success(try work()))
        } catch {
          continuation.resume(returning: .failure(.failed(error)))
        }
      }
      if !isTaken { continuation.resume(returning: .failure(.busy)) }
    }
    return try outcome.get()
  }
}

/// Whether a password was the right one, and whether its stored form should be made anew.
package enum PasswordVerdict: Equatable, Sendable {
  case matched
  /// Right, but stored at another cost than today's: hash it again while the password is at hand.
  case matchedAtOldCost
  case mismatched
}

/// Why a password was neither hashed nor compared.
package enum PasswordRefusal: Error, Sendable, CustomStringConvertible {
  /// Too many people are signing in at this moment; nothing was checked, try again in a few seconds.
  case busy
  /// More than `PasswordHasher.passwordBytesMax` bytes.
  case tooLong
  /// The library failed; the password may be right.
  case failed(LibCryptoFailure)

  /// For logs and operators; pages have their own words.
  package var description: String {
    switch self {
    case .busy: "too many passwords are being checked at this moment; try again in a few seconds"
    case .tooLong: "a password may have at most \(PasswordHasher.passwordBytesMax) bytes; use a shorter one"
    case .failed(let failure): failure.description
    }
  }
}
