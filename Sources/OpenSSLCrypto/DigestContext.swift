import CLibCrypto
import Glibc

/// One SHA-256 state per thread, kept for its life: making and freeing one costs more than digesting a short message.
struct DigestContext {
  private let context: OpaquePointer

  /// The algorithm, looked up among the providers once per process.
  private static let algorithm: Algorithm = Algorithm()

  /// Where each thread finds its state; freed when the thread ends.
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    let result = pthread_key_create(&key) { EVP_MD_CTX_free(OpaquePointer($0)) }
    precondition(result == 0, "no thread-local storage left (errno \(result))")
    return key
  }()

  /// The state of the calling thread, started afresh.
  static func started() -> DigestContext {
    let context: OpaquePointer
    if let known = pthread_getspecific(key) {
      context = OpaquePointer(known)
    } else {
      guard let made = EVP_MD_CTX_new() else {
        fatalError(LibCryptoFailure.latest(during: "EVP_MD_CTX_new").description)
      }
      let result = pthread_setspecific(key, UnsafeRawPointer(made))
      precondition(result == 0, "no memory for thread-local storage (errno \(result))")
      context = made
    }
    guard EVP_DigestInit_ex2(context, algorithm.pointer, nil) == 1 else {
      fatalError(LibCryptoFailure.latest(during: "EVP_DigestInit_ex2").description)
    }
    return DigestContext(context: context)
  }

  /// Adds bytes to what is being digested.
  func update(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
      fatalError(LibCryptoFailure.latest(during: "EVP_DigestUpdate").description)
    }
  }

  /// The digest as four big-endian words; the state must be started afresh before it is used again.
  func finish() -> (UInt64, UInt64, UInt64, UInt64) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { output in
      guard EVP_DigestFinal_ex(context, output.bindMemory(to: UInt8.self).baseAddress, nil) == 1 else {
        fatalError(LibCryptoFailure.latest(during: "EVP_DigestFinal_ex").description)
      }
    }
    return (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
  }

  /// Immutable after its creation, so threads may share it.
  private struct Algorithm: @unchecked Sendable {
    let pointer: OpaquePointer

    init() {
      guard let fetched = EVP_MD_fetch(nil, "SHA256", nil) else {
        fatalError(LibCryptoFailure.latest(during: "EVP_MD_fetch(SHA256)").description)
      }
      pointer = fetched
    }
  }
}
