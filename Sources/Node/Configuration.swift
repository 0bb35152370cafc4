package import Logging

/// What an operator tells one node: its site, where it keeps its store, what it listens on and whom it calls.
///
/// `ConfigurationReader` makes it from the YAML file, the environment and the defaults, and checks every value.
package struct NodeConfiguration: Sendable, Equatable {
  /// The code of the office this node serves, such as `MAD`: 2 to 8 capital letters and digits, a letter first.
  package var site: String
  /// Absolute path of the folder that holds the store, the keys and the command socket.
  package var dataDirectory: String
  /// What browsers and API clients reach.
  package var http: HTTP
  /// What other nodes reach, and whom this node calls.
  package var replication: Replication
  /// How the balance of the sites is watched.
  package var balance: Balance
  /// What is written about the node's own work; never ticket text or names.
  package var log: Log

  package init(
    site: String, dataDirectory: String, http: HTTP = HTTP(), replication: Replication = Replication(),
    balance: Balance = Balance(), log: Log = Log()
  ) {
    self.site = site
    self.dataDirectory = dataDirectory
    self.http = http
    self.replication = replication
    self.balance = balance
    self.log = log
  }

  /// The web server's address, the address people type, and its certificate.
  package struct HTTP: Sendable, Equatable {
    /// A host name or IP address of this machine; `0.0.0.0` and `::` listen on all of them.
    package var host: String
    /// TCP port, 1 to 65535.
    package var port: Int
    /// Scheme and authority that links carry, without a slash at the end: `https://help.example.org`.
    package var publicURL: String
    /// Nil where a proxy in front of the node ends TLS, or on a machine of one's own.
    package var tls: TLS?

    package init(
      host: String = "127.0.0.1", port: Int = 8420, publicURL: String = "http://127.0.0.1:8420", tls: TLS? = nil
    ) {
      self.host = host
      self.port = port
      self.publicURL = publicURL
      self.tls = tls
    }
  }

  /// Two PEM files that the node reads when it starts.
  package struct TLS: Sendable, Equatable {
    /// Absolute path of the certificate chain, the server's own certificate first.
    package var certificate: String
    /// Absolute path of the private key that belongs to the certificate.
    package var key: String

    package init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// Addresses of the encrypted links between offices (ZeroMQ endpoints, `tcp://host:port`).
  package struct Replication: Sendable, Equatable {
    /// Where this node waits for other nodes; the host may be `*`.
    package var bind: String
    /// The address written into invitations; other offices must be able to reach it.
    package var advertise: String
    /// The nodes this one calls, in the order of the file; no site twice, and never its own.
    package var neighbours: [Neighbour]

    package init(
      bind: String = "tcp://127.0.0.1:9420", advertise: String = "tcp://127.0.0.1:9420", neighbours: [Neighbour] = []
    ) {
      self.bind = bind
      self.advertise = advertise
      self.neighbours = neighbours
    }
  }

  /// A node that this one keeps a link to.
  package struct Neighbour: Sendable, Equatable {
    /// The site's code.
    package var site: String
    /// Its endpoint, `tcp://host:port`, reachable from here.
    package var address: String

    package init(site: String, address: String) {
      self.site = site
      self.address = address
    }
  }

  /// How the figures of status and metrics about the sites are kept.
  package struct Balance: Sendable, Equatable {
    /// The range of `intervalSeconds`.
    package static let intervalSecondsRange = 1...86_400
    /// Seconds between two measurements, each of which reads the tickets of four weeks.
    package var intervalSeconds: Int

    package init(intervalSeconds: Int = 180) { self.intervalSeconds = intervalSeconds }
  }

  /// How much is logged, and in which form; lines go to standard error.
  package struct Log: Sendable, Equatable {
    /// The least important level that is still written.
    package var level: Logger.Level
    /// One line of text for people, or one JSON object per line for collectors.
    package var format: Format

    package init(level: Logger.Level = .info, format: Format = .text) {
      self.level = level
      self.format = format
    }

    /// The two forms of a log line; the raw value is what the file says.
    package enum Format: String, Sendable, CaseIterable {
      case text
      case json
    }
  }
}
