import ArgumentParser
import IMSCore
import RoleKit

/// The home network whose subscribers a command shows; the database does not have it, an HSS adds it (TS 23.003 §13).
struct HomeNetworkOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Home network to show identities for. Default: that of the HSS's instance file.", valueName: "domain"))
    var homeNetwork: String?

    var domain: String { homeNetwork ?? HomeNetwork.configured ?? CommonSettings.labNetwork }
}

/// The home network of the core a command works on.
enum HomeNetwork {
    /// `home-network:` of the first HSS among the instance files; nil where there is none to be read.
    static var configured: String? { of(InstanceFiles.standardDirectory) }

    static func of(_ directory: String) -> String? {
        guard let files = try? InstanceFiles.inDirectory(directory) else { return nil }
        return InstanceFiles(files).plans.first { $0.role == .hss }?.homeNetwork
    }

    /// What to say of an IMSI whose phone would register in another network (TS 23.003 §13.2); nil if it is at home.
    static func warning(imsi: String, home: String) -> String? {
        guard let network = PLMN(homeDomain: home) else { return nil }
        let candidates = [2, 3].compactMap { PLMN(imsi: imsi, mncDigits: $0) }
        guard !candidates.isEmpty, !candidates.contains(where: { $0.homeDomain == network.homeDomain }) else {
            return nil
        }
        let domains = candidates.map { "\($0.homeDomain) (MNC \($0.mnc))" }.joined(separator: " or ")
        return "\(imsi) is not a SIM of \(home): its phone will look for \(domains); "
            + "if it is yours, write that as `home-network` and in the host names of all instance files"
    }
}
