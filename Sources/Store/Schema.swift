import GRDB

extension DatabaseMigrator {
    /// The tables of the subscriber database. A migration that has shipped is never changed, only followed by another.
    static var subscribers: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 subscribers") { try $0.execute(sql: version1) }
        migrator.registerMigration("2 serving MME") { try $0.execute(sql: version2) }
        migrator.registerMigration("3 access points") { try $0.execute(sql: version3) }
        return migrator
    }

    /// The MME that serves a subscriber in EPS.
    private static let version2 = """
        CREATE TABLE mme (
            subscriber INTEGER PRIMARY KEY REFERENCES subscriber (id) ON DELETE CASCADE,
            host TEXT NOT NULL,
            realm TEXT NOT NULL,
            is_purged INTEGER NOT NULL
        ) STRICT;
        """

    /// Names of the access points a subscriber may use, separated by blanks; NULL for all.
    private static let version3 = "ALTER TABLE subscriber ADD COLUMN apns TEXT"

    /// Strict tables (SQLite 3.37): a file somebody edited by hand cannot hold a word where a number is read.
    ///
    /// `seq` and `generation` are base and generation of `SequenceReservation`; `changed` numbers the changes of
    /// provisioning, so that a running HSS can ask for those it has not seen. AUTOINCREMENT keeps numbers of removed
    /// subscribers from coming back.
    private static let version1 = """
        CREATE TABLE subscriber (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            imsi TEXT UNIQUE,
            msisdn TEXT UNIQUE,
            private_identity TEXT UNIQUE,
            algorithm INTEGER,
            k BLOB CHECK (length(k) = 16),
            opc BLOB CHECK (length(opc) = 16),
            amf INTEGER,
            realm TEXT,
            ha1 BLOB CHECK (length(ha1) = 16),
            mandatory TEXT,
            optional TEXT,
            seq INTEGER NOT NULL DEFAULT 0,
            generation INTEGER NOT NULL DEFAULT 0,
            changed INTEGER NOT NULL,
            CHECK (imsi IS NOT NULL OR private_identity IS NOT NULL),
            CHECK ((k IS NULL) <> (ha1 IS NULL))
        ) STRICT;
        CREATE UNIQUE INDEX subscriber_changed ON subscriber (changed);
        CREATE TABLE public_identity (
            identity TEXT PRIMARY KEY,
            subscriber INTEGER NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            is_barred INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX public_identity_subscriber ON public_identity (subscriber);
        CREATE TABLE registration (
            subscriber INTEGER PRIMARY KEY REFERENCES subscriber (id) ON DELETE CASCADE,
            state INTEGER NOT NULL,
            is_authentication_pending INTEGER NOT NULL,
            is_reassignment_pending INTEGER NOT NULL,
            server_name TEXT,
            server_host TEXT
        ) STRICT;
        CREATE TABLE removed (
            changed INTEGER PRIMARY KEY,
            id INTEGER NOT NULL,
            imsi TEXT,
            private_identity TEXT
        ) STRICT;
        CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO counter VALUES ('generation', 0), ('provisioning', 0);
        """
}

/// The two counters of the database.
enum Counter: String {
    /// Starts of an HSS on this database.
    case generation
    /// Changes provisioning made.
    case provisioning

    func value(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db.cachedStatement(sql: "SELECT value FROM counter WHERE name = ?"), arguments: [rawValue])
            ?? 0
    }

    func set(_ value: Int64, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE counter SET value = ? WHERE name = ?")
            .execute(arguments: [value, rawValue])
    }
}
