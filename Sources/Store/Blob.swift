import Foundation
import GRDB
import OperationLog

/// How our byte values travel through SQLite.
extension Array where Element == UInt8 {
  var blob: Data { Data(self) }
}

extension SixteenByteIdentifier {
  var blob: Data { Data(bytes) }

  /// Nil for NULL or a value of another length.
  init?(blob: Data?) {
    guard let blob, blob.count == 16 else { return nil }
    // Lists read a dozen of these a row: two loads instead of sixteen steps through a collection.
    let (high, low) = blob.withUnsafeBytes { bytes in
      (
        UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
    self.init(high: high, low: low)
  }
}

extension Hash32 {
  var blob: Data { Data(bytes) }
}

extension Row {
  /// The bytes of a column that is never NULL.
  func bytes(_ column: String) -> [UInt8] { [UInt8](self[column] as Data) }

  /// An identifier of a column that is never NULL; zero when the stored bytes are damaged.
  func identifier<ID: SixteenByteIdentifier>(_ column: String) -> ID { ID(blob: self[column] as Data?) ?? .zero }

  func optionalIdentifier<ID: SixteenByteIdentifier>(_ column: String) -> ID? { ID(blob: self[column] as Data?) }
}

/// The row id of an operation: 23 bits of stream number, 40 bits of sequence.
enum OperationRowID {
  static let sequenceMax: UInt64 = (1 << 40) - 1

  static func make(stream: Int64, sequence: UInt64) -> Int64 {
    stream << 40 | Int64(clamping: sequence)
  }

  static func stream(_ id: Int64) -> Int64 { id >> 40 }
  static func sequence(_ id: Int64) -> UInt64 { UInt64(bitPattern: id) & sequenceMax }
}
