/// One question of libzmq whether a key may come in (ZAP, ZeroMQ RFC 27), as frames and as an answer.
struct AdmissionRequest: Equatable {
  /// The domain our own listener names; requests of any other are refused.
  static let domain = "relevo"

  private let returnAddress: [UInt8]
  private let requestID: [UInt8]
  /// The key whose possession the handshake has proved.
  let key: CurvePublicKey
  /// The other side's IP address.
  let address: String

  /// Reads the frames of a ROUTER: return address, empty, version, request, domain, address, identity, mechanism, key.
  ///
  /// Nil for any request that is not of our domain, version and mechanism.
  init?(frames: [[UInt8]]) {
    guard frames.count == 9, frames[1].isEmpty, frames[2].elementsEqual("1.0".utf8),
      frames[4].elementsEqual(Self.domain.utf8), frames[7].elementsEqual("CURVE".utf8),
      let key = CurvePublicKey(frames[8])
    else { return nil }
    returnAddress = frames[0]
    requestID = frames[3]
    self.key = key
    address = String(decoding: frames[5], as: UTF8.self)
  }

  /// Lets the key in; every message of the connection will carry the property.
  func admission(_ property: PeerProperty) -> [[UInt8]] {
    answer(status: "200", text: "OK", user: Array(property.text.utf8))
  }

  /// Refuses the key for good, as long as the allow-list stays as it is.
  func refusal() -> [[UInt8]] { answer(status: "400", text: "key not listed", user: []) }

  /// The answer to a request that cannot be read: refused, if it can be answered at all.
  static func refusal(ofUnreadable frames: [[UInt8]]) -> [[UInt8]]? {
    guard frames.count >= 4 else { return nil }
    return [frames[0], [], Array("1.0".utf8), frames[3], Array("500".utf8), Array("unreadable request".utf8), [], []]
  }

  private func answer(status: String, text: String, user: [UInt8]) -> [[UInt8]] {
    [returnAddress, [], Array("1.0".utf8), requestID, Array(status.utf8), Array(text.utf8), user, []]
  }
}

/// What ZAP attaches to every message of an admitted peer (libzmq's "User-Id"): its key and the allow-list's word on it.
struct PeerProperty: Equatable {
  /// Longest user text; libzmq allows 255 bytes for the whole property.
  static let userBytesMax = 160

  let key: CurvePublicKey
  let user: String

  init(key: CurvePublicKey, user: String) {
    self.key = key
    self.user = user
  }

  /// Reads `<64 hexadecimal digits>:<user>`; nil for anything else.
  init?(text: String) {
    guard let colon = text.firstIndex(of: ":"), let key = CurvePublicKey(hexadecimal: text[..<colon]) else {
      return nil
    }
    self.init(key: key, user: String(text[text.index(after: colon)...]))
  }

  var text: String { "\(key.hexadecimal):\(user)" }
}
