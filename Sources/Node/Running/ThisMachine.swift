import Foundation
import Glibc
import OpenSSLCrypto
import OperationLog
import Store

/// The machine a node runs on, as far as it can be told from another.
enum ThisMachine {
  static let identifierFile = "/etc/machine-id"

  /// Sixteen bytes that follow from the machine's own identifier and do not disclose it (machine-id(5) asks for that);
  /// empty where the machine has none.
  static func mark(reading file: String = identifierFile) -> [UInt8] {
    guard let bytes = FileManager.default.contents(atPath: file) else { return [] }
    let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    // systemd writes "uninitialized" while an image has no identity of its own yet.
    guard text.utf8.count == 32, Hexadecimal.decode(text) != nil else { return [] }
    return Array(SHA256Hashing().sha256(Array("relevo/machine/0".utf8), Array(text.lowercased().utf8)).bytes.prefix(16))
  }

  /// The machine's name, as people know it.
  static var host: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let shown = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }
    return String(String.UnicodeScalarView(shown.prefix(StoreSurroundings.hostScalarsMax)))
  }
}

extension StoreSurroundings {
  /// Names of machines are shorter than this in practice.
  static let hostScalarsMax = 48

  /// What surrounds the store of a node: the witness in its data directory and the machine it runs on. Throws `NodeFailure`.
  static func system(directory: String) throws -> StoreSurroundings {
    StoreSurroundings(
      witness: try WitnessFile(directory: directory), machine: ThisMachine.mark(), host: ThisMachine.host)
  }
}
