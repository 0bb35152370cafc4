import CLibCrypto
package import OperationLog

/// A stored password: scrypt's cost, salt and key in one line of text, so that the cost can be raised later.
///
/// Text form `$scrypt$ln=15,r=8,p=1$<salt>$<key>`, both in base64 without padding (the PHC string format).
package struct PasswordHash: Equatable, Sendable {
  /// What one guess costs.
  package let cost: ScryptCost
  private let salt: [UInt8]
  private let key: [UInt8]

  /// Derives a key from a password with a fresh 16-byte salt.
  ///
  /// Takes a tenth of a second of one core: see `PasswordHasher`.
  package static func derive(
    from password: [UInt8], cost: ScryptCost, random: any RandomBytes
  ) throws(LibCryptoFailure) -> PasswordHash {
    let salt = random.bytes(16)
    return PasswordHash(cost: cost, salt: salt, key: try scrypt(password, salt: salt, cost: cost, keyBytes: 32))
  }

  /// A hash that no password gives, to be compared with where there is no stored one, so that both take the same time.
  static func unmatchable(cost: ScryptCost, random: any RandomBytes) -> PasswordHash {
    PasswordHash(cost: cost, salt: random.bytes(16), key: random.bytes(32))
  }

  private init(cost: ScryptCost, salt: [UInt8], key: [UInt8]) {
    self.cost = cost
    self.salt = salt
    self.key = key
  }

  /// Reads the text form; nil for anything else, also for a cost beyond what `ScryptCost` allows.
  package init?(text: String) {
    let fields = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
    guard fields.count == 5, fields[0].isEmpty, fields[1].elementsEqual("scrypt".utf8),
      let cost = Self.cost(fields[2]), let salt = Base64.decode(fields[3]), let key = Base64.decode(fields[4]),
      (8...64).contains(salt.count), (16...64).contains(key.count)
    else { return nil }
    self.init(cost: cost, salt: salt, key: key)
  }

  /// The text form, as stored and replicated.
  package var text: String {
    "$scrypt$ln=\(cost.logN),r=\(cost.blockSize),p=\(cost.parallelism)$\(Base64.encode(salt))$\(Base64.encode(key))"
  }

  /// Derives again with the same salt and cost and compares in constant time; takes as long as `derive`.
  package func isMatch(_ password: [UInt8]) throws(LibCryptoFailure) -> Bool {
    ConstantTime.areEqual(try Self.scrypt(password, salt: salt, cost: cost, keyBytes: key.count), key)
  }

  /// The key derivation of RFC 7914.
  static func scrypt(
    _ password: [UInt8], salt: [UInt8], cost: ScryptCost, keyBytes: Int
  ) throws(LibCryptoFailure) -> [UInt8] {
    var key = [UInt8](repeating: 0, count: keyBytes)
    let memoryMax = UInt64(cost.memoryBytes) + UInt64(128 * cost.blockSize * cost.parallelism) + 1 << 20
    let isDerived = password.withUnsafeBytes { bytes in
      EVP_PBE_scrypt(
        bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, salt, salt.count, UInt64(1) << UInt64(cost.logN),
        UInt64(cost.blockSize), UInt64(cost.parallelism), memoryMax, &key, keyBytes) == 1
    }
    guard isDerived else { throw LibCryptoFailure.latest(during: "EVP_PBE_scrypt") }
    return key
  }

  private static func cost(_ text: Substring.UTF8View) -> ScryptCost? {
    let fields = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard fields.count == 3, let logN = number(fields[0], after: "ln="), let blockSize = number(fields[1], after: "r="),
      let parallelism = number(fields[2], after: "p=")
    else { return nil }
    return ScryptCost(logN: logN, blockSize: blockSize, parallelism: parallelism)
  }

  private static func number(_ field: Substring.UTF8View, after name: String) -> Int? {
    guard field.starts(with: name.utf8), (1...4).contains(field.count - name.utf8.count) else { return nil }
    var value = 0
    for digit in field.dropFirst(name.utf8.count) {
      guard (48...57).contains(digit) else { return nil }
      value = value * 10 + Int(digit - 48)
    }
    return value
  }
}
