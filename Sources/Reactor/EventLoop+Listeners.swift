import CReactor
import Glibc
import RoleKit

/// Bound sockets: opening, closing, and what all of them share.
extension EventLoop {
    func listener(_ id: ListenerID, of ports: LoopPorts) -> Listener? {
        assert(isCurrent, "the network was used outside the loop")
        guard id.raw < listeners.count, let listener = listeners[Int(id.raw)], listener.owner === ports else {
            return nil
        }
        return listener
    }

    func listen(
        _ address: SocketAddress, _ kind: LinkKind, _ component: Component, _ owner: LoopPorts
    ) throws(NetworkError) -> Listener {
        assert(isCurrent, "the network was used outside the loop")
        var name = reactor_address(address)
        let descriptor =
            kind == .udp ? reactor_udp_open(&name) : reactor_tcp_listen(&name, Int32(ReactorLimits.backlog))
        guard descriptor >= 0 else { throw NetworkError(errno: -descriptor, kind, address) }
        let sender =
            kind == .udp
            ? reactor_sender_create(Int32(ReactorLimits.sendQueueDatagrams), ReactorLimits.sendQueueBytes) : nil
        let id = ListenerID(raw: UInt32(listeners.count))
        let result = reactor_poll_add(poll, descriptor, PollKey.listeners | UInt64(id.raw), PollKey.readable)
        guard result == 0, let bound = boundAddress(of: descriptor), kind == .tcp || sender != nil else {
            reactor_sender_destroy(sender)
            reactor_close(descriptor)
            throw NetworkError(errno: result < 0 ? -result : ENOMEM, kind, address)
        }
        let listener = Listener(
            id: id, kind: kind, component: component, owner: owner, address: bound, descriptor: descriptor,
            sender: sender)
        listeners.append(listener)
        links.add(listener, of: self)
        return listener
    }

    func close(_ listener: Listener) {
        guard !listener.isClosed else { return }
        if listener.kind == .udp { flush(listener) }
        listener.isClosed = true
        listeners[Int(listener.id.raw)] = nil
        links.remove(listener, of: self)
        reactor_poll_remove(poll, listener.descriptor)
        reactor_close(listener.descriptor)
    }

    func handle(listener number: UInt32, _ events: UInt32) {
        guard number < listeners.count, let listener = listeners[Int(number)] else { return }
        if listener.kind == .tcp {
            accept(listener)
            return
        }
        if events & PollKey.writable != 0 { flush(listener) }
        // An error alone is read, too: reading is what clears it.
        if events & (PollKey.readable | PollKey.broken) != 0 { read(listener) }
    }

    func updateInterest(_ listener: Listener) {
        let interest = (listener.isPaused ? 0 : PollKey.readable) | (listener.isBlocked ? PollKey.writable : 0)
        guard interest != listener.interest, !listener.isClosed else { return }
        listener.interest = interest
        _ = reactor_poll_change(poll, listener.descriptor, PollKey.listeners | UInt64(listener.id.raw), interest)
    }

    /// Out of descriptors or memory: looking again at once would spin, so wait a little.
    func pause(_ listener: Listener) {
        guard !listener.isPaused else { return }
        counts.pauses += 1
        listener.isPaused = true
        updateInterest(listener)
        _ = startTimer(.listener, UInt64(listener.id.raw), afterMilliseconds: ReactorLimits.pauseMilliseconds)
    }

    /// Who runs the loop hears of it, but not of each connection of a flood.
    func tellOfScarcity() {
        if let told = toldOfScarcity, now.milliseconds(since: told) < ReactorLimits.scarcityMilliseconds { return }
        toldOfScarcity = now
        whenScarce()
    }

    func resume(listener number: UInt32) {
        guard number < listeners.count, let listener = listeners[Int(number)] else { return }
        listener.isPaused = false
        updateInterest(listener)
    }
}

/// Datagrams.
extension EventLoop {
    /// One batch per turn, so that a flood on this socket delays the others by one batch at most.
    private func read(_ listener: Listener) {
        var list: UnsafePointer<reactor_datagram>?
        let count = reactor_receive_batch(receiver, listener.descriptor, &list)
        guard count >= 0, let list else {
            // ECONNREFUSED and the like report an ICMP error of an earlier datagram and are cleared by now.
            if count == -ENOBUFS || count == -ENOMEM { pause(listener) }
            return
        }
        counts.datagramsReceived += UInt64(count)
        for datagram in UnsafeBufferPointer(start: list, count: Int(count)) {
            guard let from = datagram.from.socketAddress else { continue }
            let bytes = [UInt8](UnsafeBufferPointer(start: datagram.bytes, count: Int(datagram.length)))
            // The next datagrams may be shorter: nothing of this one, which may hold keys, stays behind them.
            explicit_bzero(UnsafeMutableRawPointer(mutating: datagram.bytes), Int(datagram.length))
            push(.datagram(bytes, listener, from: from), to: listener.owner)
        }
    }

    func send(_ bytes: [UInt8], from listener: Listener, to address: SocketAddress) {
        let family = listener.address.family
        // What the kernel would refuse: IPv4 counts its own and UDP's header in the 65,535, IPv6 UDP's alone.
        let longest = NetworkLimits.datagramBytes - (family == .v4 ? 28 : 8)
        guard let sender = listener.sender, address.family == family, address.port != 0, bytes.count <= longest else {
            counts.datagramsRefused += 1
            return
        }
        if link(bytes, from: listener, to: address) { return }
        var name = reactor_address(address)
        if !bytes.withUnsafeBytes({ reactor_sender_add(sender, $0.baseAddress, $0.count, &name) }) {
            flush(listener)
            guard bytes.withUnsafeBytes({ reactor_sender_add(sender, $0.baseAddress, $0.count, &name) }) else {
                counts.datagramsDropped += 1
                return
            }
        }
        if !listener.isDirty {
            listener.isDirty = true
            dirtyListeners.append(listener)
        }
    }

    func flush(_ listener: Listener) {
        listener.isDirty = false
        guard let sender = listener.sender, !listener.isClosed else { return }
        var sent: UInt64 = 0
        var refused: UInt64 = 0
        let result = reactor_send_batch(sender, listener.descriptor, &sent, &refused)
        counts.datagramsSent += sent
        counts.datagramsRefused += refused
        listener.isBlocked = result != 0
        updateInterest(listener)
    }
}
