import Foundation
import Helpdesk
import OperationLog
import OpenSSLCrypto
import Replication
import Store

/// What a dictionary for compressed runs is trained with: the operations of the benchmark's tickets as they travel, and
/// sentences as people write them to a helpdesk, one file each. `scripts/train-dictionary` does the rest.
struct DictionarySamples {
  let folder: String
  let scratch: Scratch

  private static let tickets = 1_000
  private static let sentences = """
    No puedo entrar en el correo desde esta mañana; me dice que la contraseña no es correcta.
    La impresora de la segunda planta no imprime y parpadea una luz roja.
    Buenos días, ¿podéis darme acceso a la carpeta compartida de contabilidad?
    He reiniciado el equipo y sigue igual. Ya funciona, muchas gracias por la ayuda.
    El usuario estaba bloqueado por demasiados intentos; lo he desbloqueado. ¿Sigue pasando?
    Por favor, indícanos el número de serie del equipo, está en la etiqueta de abajo.
    He hablado con el proveedor y nos envían la pieza mañana. Quedo a la espera de tu respuesta. Un saludo.
    No tengo conexión a la VPN cuando trabajo desde casa. El portátil va muy lento desde la última actualización.
    Solicito el alta de un empleado nuevo que empieza el lunes en el departamento de ventas.
    I cannot open my mailbox since this morning, it says the password is wrong.
    The printer on the second floor does not print and a red light is blinking.
    Good morning, could you please give me access to the shared finance folder?
    I have restarted the computer and it is still the same. It works now, thank you very much for your help.
    The account was locked after too many attempts; I have unlocked it. Is it still happening?
    Please tell us the serial number of the device, it is on the label underneath.
    I spoke to the supplier and they will send the part tomorrow. I look forward to hearing from you. Kind regards
    I have no VPN connection when I work from home. My laptop has been very slow since the last update.
    I would like to request an account for a new colleague who starts on Monday in sales.
    """.split(separator: "\n").map(String.init)

  /// Writes the samples into the folder, which must be there; gives how many.
  func write() async throws -> Int {
    let office = try BenchOffice("MAD", cluster: ClusterID(high: 1, low: 1), folder: try scratch.folder("samples"))
    try await office.found()
    _ = try await office.execute(.defineCategory(key: "vpn", english: "VPN", spanish: "VPN"))
    let recorder = try await Recorder(office.store)
    try await ApplyWorkload(office: office, recorder: recorder).write(tickets: Self.tickets)
    var samples: [[UInt8]] = []
    var next: UInt64 = 1
    let stream = office.store.home.stream
    let end = try await office.store.vector()[stream]
    while next <= end {
      guard let run = try await office.store.run(of: stream, from: next, to: end, bytesMax: 1 << 20, recordsMax: 256)
      else { throw BenchFailure("the operations from \(next) on cannot be read") }
      samples += run.recordsForWire(hashing: SHA256Hashing())
      next = run.last + 1
    }
    // As often as operations with texts, so that their words count.
    for place in 0..<samples.count / 4 {
      let text = Self.sentences[place % Self.sentences.count] + " " + Self.sentences[place * 7 % Self.sentences.count]
      samples.append(Array(text.utf8))
    }
    for (place, sample) in samples.enumerated() {
      try Data(sample).write(to: URL(fileURLWithPath: "\(folder)/\(place)"))
    }
    return samples.count
  }
}
