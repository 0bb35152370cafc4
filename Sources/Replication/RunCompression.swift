import CZstd
import OperationLog
import Synchronization

/// Squeezes the records of a run with zstd and a dictionary that every program carries, so that even one short operation
/// gets smaller. Nothing that is hashed or signed depends on it: what comes out of inflating is checked like anything else.
package enum RunCompression {
  /// The dictionary this program writes with; HELLO's features say which ones a program can read.
  static let dictionary: UInt8 = 1
  /// Most bytes that records may have after inflating; more is refused before any of it is made.
  package static let inflatedBytesMax = Frame.bytesMax
  /// Records below this are never worth a try.
  private static let worthwhileBytes = 48
  /// zstd's own default: most of what the slower ones reach, at a tenth of their time.
  private static let level: Int32 = 3
  /// What every zstd frame begins with, and the bits of the byte behind that we need.
  private static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
  private static let singleSegment: UInt8 = 0x20

  private static let tables = Tables()

  /// The digested dictionary for both directions, made once. zstd lets any number of threads read them.
  private final class Tables: @unchecked Sendable {
    let deflating: OpaquePointer?
    let inflating: OpaquePointer?

    init() {
      let bytes = RunDictionary.bytes
      deflating = ZSTD_createCDict(bytes, bytes.count, RunCompression.level)
      inflating = ZSTD_createDDict(bytes, bytes.count)
    }
  }

  /// A context of zstd: one thread at a time may use it.
  private struct Context: @unchecked Sendable {
    let pointer: OpaquePointer
  }

  /// Contexts that nobody uses at the moment; to make one costs more than to squeeze a short run with it.
  private final class Spares: Sendable {
    private let contexts = Mutex<[Context]>([])

    func take() -> OpaquePointer? { contexts.withLock { $0.popLast() }?.pointer }

    /// False when there are enough.
    func give(_ pointer: OpaquePointer) -> Bool {
      let context = Context(pointer: pointer)
      return contexts.withLock { contexts in
        guard contexts.count < RunCompression.sparesMax else { return false }
        contexts.append(context)
        return true
      }
    }
  }

  private static let sparesMax = 4
  private static let deflaters = Spares()
  private static let inflaters = Spares()

  /// The bytes as one zstd frame; nil when that is not shorter.
  static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count >= worthwhileBytes, bytes.count <= inflatedBytesMax, let dictionary = tables.deflating,
      let context = deflaters.take() ?? ZSTD_createCCtx()
    else { return nil }
    // Only one function frees a context, and it accepts every context there is.
    defer { if !deflaters.give(context) { _ = ZSTD_freeCCtx(context) } }
    // The frame names no dictionary (ours does) but always its size, which the receiver checks before it inflates.
    guard ZSTD_isError(ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)) == 0,
      ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_dictIDFlag, 0)) == 0,
      ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1)) == 0,
      ZSTD_isError(ZSTD_CCtx_refCDict(context, dictionary)) == 0
    else { return nil }
    var count = 0
    let frame = [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, used in
      // Room for less than the original only: when it does not fit, it is not worth sending.
      let result = ZSTD_compress2(context, buffer.baseAddress, bytes.count - 1, bytes, bytes.count)
      count = ZSTD_isError(result) == 0 ? result : 0
      used = count
    }
    return count > 0 && isPlain(frame) ? frame : nil
  }

  /// What the zstd frame holds. Its stated size is checked before anything is made, and it must be exactly that size; a frame
  /// without a stated size, or with a window larger than it, is refused.
  static func inflated(_ frame: ArraySlice<UInt8>, dictionary: UInt8) throws(ByteDecodingFailure) -> [UInt8] {
    guard dictionary == Self.dictionary, let table = tables.inflating else { throw .unknownTag(dictionary) }
    guard isPlain(frame) else { throw .notCanonical }
    let stated = frame.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    // The two largest numbers stand for "not stated" and "no frame".
    guard stated <= UInt64(inflatedBytesMax) else { throw .limitExceeded }
    guard frame.withUnsafeBytes({ ZSTD_findFrameCompressedSize($0.baseAddress, $0.count) }) == frame.count else {
      throw .trailing
    }
    guard let context = inflaters.take() ?? ZSTD_createDCtx() else { throw .limitExceeded }
    defer { if !inflaters.give(context) { _ = ZSTD_freeDCtx(context) } }
    let count = Int(stated)
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      let result = frame.withUnsafeBytes {
        ZSTD_decompress_usingDDict(context, buffer.baseAddress, count, $0.baseAddress, $0.count, table)
      }
      used = ZSTD_isError(result) == 0 ? min(result, count) : 0
    }
    guard count > 0, bytes.count == count else { throw .notCanonical }
    return bytes
  }

  /// A single segment with its size stated: then inflating needs no memory but the result's.
  private static func isPlain(_ frame: some Collection<UInt8>) -> Bool {
    guard frame.count > magic.count + 1, frame.starts(with: magic) else { return false }
    return frame[frame.index(frame.startIndex, offsetBy: magic.count)] & singleSegment != 0
  }
}
