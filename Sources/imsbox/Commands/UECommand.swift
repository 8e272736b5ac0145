import ArgumentParser

/// `imsbox ue`: the lab UE, a software phone with its own USIM.
struct UECommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ue",
        abstract: "The lab UE: register, call, text, and load, without a phone.",
        discussion: """
            Lab subscriber N (IMSI 00101 and ten digits of N, as `make run` puts a thousand of them into an empty \
            database) is --ue N; any other SIM is given by --imsi, --k and --opc or --op.

            Examples, with a core running (`imsbox up`):
              imsbox ue register --ue 1
              imsbox ue call --from 1 --to 2
              imsbox ue message --from 1 --to 2 --text hello
              imsbox ue load --count 1000 --rate 200

            With IPsec, as phones have it, from a network namespace (see `imsbox help ue register`):
              ip netns exec ue1 imsbox ue register --pcscf 10.45.0.1:5060 --ipsec required
            """,
        subcommands: [UERegister.self, UECall.self, UEMessage.self, UELoad.self])
}
