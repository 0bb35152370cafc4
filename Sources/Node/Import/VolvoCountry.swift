/// A country of the incident log, which becomes a site: its ISO 3166-1 code, its name and the zone of its main office.
package struct VolvoCountry: Sendable, Hashable {
  package let code: String
  package let name: String
  /// IANA name.
  package let timeZone: String

  private init(_ code: String, _ name: String, _ timeZone: String) {
    self.code = code
    self.name = name
    self.timeZone = timeZone
  }

  /// What the log writes: a two-letter code (`Country`) or a name (`Owner Country`), both in any case.
  package init?(_ text: String) {
    let upper = text.uppercased()
    guard let found = Self.byText[upper] else { return nil }
    self = found
  }

  /// Where an incident goes whose rows name no country at all; ZZ is the code ISO leaves to users for "unknown".
  package static let unknown = VolvoCountry("ZZ", "Unknown country", "Etc/UTC")

  /// The countries of the log's teams and owners.
  package static let all: [VolvoCountry] = [
    VolvoCountry("AR", "Argentina", "America/Argentina/Buenos_Aires"),
    VolvoCountry("AT", "Austria", "Europe/Vienna"),
    VolvoCountry("AU", "Australia", "Australia/Brisbane"),
    VolvoCountry("BE", "Belgium", "Europe/Brussels"),
    VolvoCountry("BR", "Brazil", "America/Sao_Paulo"),
    VolvoCountry("CA", "Canada", "America/Toronto"),
    VolvoCountry("CL", "Chile", "America/Santiago"),
    VolvoCountry("CN", "China", "Asia/Shanghai"),
    VolvoCountry("CZ", "Czech Republic", "Europe/Prague"),
    VolvoCountry("DE", "Germany", "Europe/Berlin"),
    VolvoCountry("DK", "Denmark", "Europe/Copenhagen"),
    VolvoCountry("ES", "Spain", "Europe/Madrid"),
    VolvoCountry("FR", "France", "Europe/Paris"),
    VolvoCountry("GB", "United Kingdom", "Europe/London"),
    VolvoCountry("ID", "Indonesia", "Asia/Jakarta"),
    VolvoCountry("IN", "India", "Asia/Kolkata"),
    VolvoCountry("IT", "Italy", "Europe/Rome"),
    VolvoCountry("JP", "Japan", "Asia/Tokyo"),
    VolvoCountry("KR", "Korea", "Asia/Seoul"),
    VolvoCountry("MY", "Malaysia", "Asia/Kuala_Lumpur"),
    VolvoCountry("NL", "Netherlands", "Europe/Amsterdam"),
    VolvoCountry("PE", "Peru", "America/Lima"),
    VolvoCountry("PL", "Poland", "Europe/Warsaw"),
    VolvoCountry("RO", "Romania", "Europe/Bucharest"),
    VolvoCountry("RU", "Russian Federation", "Europe/Moscow"),
    VolvoCountry("SE", "Sweden", "Europe/Stockholm"),
    VolvoCountry("SG", "Singapore", "Asia/Singapore"),
    VolvoCountry("TH", "Thailand", "Asia/Bangkok"),
    VolvoCountry("TR", "Turkey", "Europe/Istanbul"),
    VolvoCountry("US", "USA", "America/New_York"),
    VolvoCountry("ZA", "South Africa", "Africa/Johannesburg"),
    unknown,
  ]

  private static let byText: [String: VolvoCountry] = {
    var found: [String: VolvoCountry] = [:]
    for country in all {
      found[country.code] = country
      found[country.name.uppercased()] = country
    }
    return found
  }()
}
