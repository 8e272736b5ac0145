import IMSCore
import RoleKit

/// The public identities that are registered together and their bindings, TS 23.228 §5.2.1a.
struct RegistrationSet: Sendable {
    var id: UInt64
    var profile: UserProfile
    /// Canonical, in the order of the profile, barred ones included.
    var impus: [IMPU]
    var bindings: [Binding] = []
    /// Makes our Service-Route differ from every other, TS 24.229 §5.4.1.2.2F.
    var token: String
    /// The HSS that answered, for Destination-Host, TS 29.228 §6.1.
    var hss: String?
    /// P-Charging-Function-Addresses.
    var chargingFunctions: String?
    /// Filter criteria of each service profile; empty where none has any.
    var services: [ServiceCriteria] = []

    func bindings(of impi: IMPI) -> [Binding] { bindings.filter { $0.impi == impi } }

    /// The default public user identity: the first that is not barred.
    var defaultIMPU: String { profile.ownIdentities.first?.identity ?? "" }
}

/// Every registration of this S-CSCF.
struct Registrar: Sendable {
    private(set) var sets: [UInt64: RegistrationSet] = [:]
    private var byIMPU: [IMPU: UInt64] = [:]
    private var setOfBinding: [UInt64: UInt64] = [:]
    /// How many bindings each neighbour has: by address, and by host under port 0.
    private var neighbours: [SocketAddress: Int] = [:]
    private var serial: UInt64 = 0

    /// The set this identity is registered in.
    func set(of impu: IMPU) -> RegistrationSet? { byIMPU[impu].flatMap { sets[$0] } }

    func binding(_ serial: UInt64) -> Binding? {
        setOfBinding[serial].flatMap { sets[$0] }?.bindings.first { $0.serial == serial }
    }

    func set(ofBinding serial: UInt64) -> RegistrationSet? { setOfBinding[serial].flatMap { sets[$0] } }

    var bindingCount: Int { setOfBinding.count }

    /// Whether somebody is registered through this host, whatever the port.
    func isNeighbour(hostOf address: SocketAddress) -> Bool { neighbours[address.with(port: 0)] != nil }

    /// Whether calls for somebody registered here go to this very address.
    func isNeighbour(_ address: SocketAddress) -> Bool { neighbours[address] != nil }

    /// Sets in the order they were made, for reports.
    var inOrder: [RegistrationSet] { sets.values.sorted { $0.id < $1.id } }

    mutating func nextSerial() -> UInt64 {
        serial += 1
        return serial
    }

    /// Takes a profile in: updates the set that has `impu`, or makes one. What is not said stays as it was. Returns the
    /// set's id.
    mutating func install(
        _ profile: UserProfile, _ services: [ServiceCriteria] = [], for impu: IMPU, token: String, hss: String?,
        chargingFunctions: String? = nil
    ) -> UInt64 {
        let impus = profile.publicIdentities.compactMap { IMPU($0.identity) }
        let id = byIMPU[impu] ?? nextSerial()
        var set = sets[id] ?? RegistrationSet(id: id, profile: profile, impus: [], token: token)
        for old in set.impus where !impus.contains(old) && byIMPU[old] == id { byIMPU[old] = nil }
        set.profile = profile
        set.services = services
        set.impus = impus
        set.hss = hss ?? set.hss
        set.chargingFunctions = chargingFunctions ?? set.chargingFunctions
        for impu in impus { byIMPU[impu] = id }
        sets[id] = set
        return id
    }

    /// Adds a binding, or puts it in the place of the one with its serial.
    mutating func bind(_ binding: Binding, in id: UInt64) {
        guard sets[id] != nil else { return }
        count(binding.neighbour, 1)
        if let index = sets[id]?.bindings.firstIndex(where: { $0.serial == binding.serial }) {
            count(sets[id]?.bindings[index].neighbour, -1)
            sets[id]?.bindings[index] = binding
        } else {
            sets[id]?.bindings.append(binding)
            setOfBinding[binding.serial] = id
        }
    }

    /// Removes a binding; its set goes with its last one. Returns what was removed.
    mutating func unbind(_ serial: UInt64) -> Binding? {
        guard let id = setOfBinding.removeValue(forKey: serial), var set = sets[id],
            let index = set.bindings.firstIndex(where: { $0.serial == serial })
        else { return nil }
        let binding = set.bindings.remove(at: index)
        count(binding.neighbour, -1)
        if set.bindings.isEmpty {
            for impu in set.impus where byIMPU[impu] == id { byIMPU[impu] = nil }
            sets[id] = nil
        } else {
            sets[id] = set
        }
        return binding
    }

    private mutating func count(_ neighbour: SocketAddress?, _ change: Int) {
        guard let neighbour else { return }
        for key in [neighbour, neighbour.with(port: 0)] {
            let left = neighbours[key, default: 0] + change
            neighbours[key] = left > 0 ? left : nil
        }
    }
}
