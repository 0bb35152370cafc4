/// Texts of the length people write to a helpdesk; the same seed gives the same texts.
struct Workload {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64 (Steele et al. 2014).
  private mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func number(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// About 35 bytes.
  mutating func subject() -> String { sentence(4...7) }

  /// About 220 bytes, with the name of a machine as people give it.
  mutating func description() -> String {
    sentence(12...18) + ". " + sentence(10...16) + " PC-\(1000 + number(below: 9000)). " + sentence(4...8) + "."
  }

  /// About 130 bytes.
  mutating func reply() -> String { sentence(10...16) + ". " + sentence(6...10) + "." }

  private mutating func sentence(_ lengths: ClosedRange<Int>) -> String {
    let count = lengths.lowerBound + number(below: lengths.count)
    return (0..<count).map { _ in word() }.joined(separator: " ")
  }

  /// Short words come often and long ones seldom, as in any language.
  private mutating func word() -> String {
    let place = min(number(below: Self.words.count), number(below: Self.words.count))
    return Self.words[place]
  }

  private static let words = """
    the de la el and que to en I no my a is se on por it with con not una un since desde when cuando we para but this \
    esta está does muy from hoy today again otra only solo after tras all two screen mail red new help please puedo \
    open login printer pantalla correo cable error slow lento office oficina user cuenta phone móvil server meeting \
    reunión password contraseña network file archivo window teclado keyboard mouse ratón update access acceso laptop \
    portátil message mensaje second segundo program programa customer cliente morning mañana urgent urgente wireless \
    conexión restart reiniciar monitor headset auriculares calendar calendario invoice factura shared compartida \
    folder carpeta licence licencia expired caducada disconnects desconecta cartridge tóner paper atascado department \
    departamento software browser navegador certificate certificado account bloqueada permission permiso signature \
    firma document documento spreadsheet presentation presentación projector proyector warehouse almacén terminal \
    scanner escáner barcode reception recepción conference videollamada microphone micrófono temperature battery \
    batería charger cargador docking backup restoration recuperación synchronisation sincronización authentication \
    autenticación configuration configuración installation instalación maintenance mantenimiento infrastructure
    """.split(separator: " ").map(String.init)
}
