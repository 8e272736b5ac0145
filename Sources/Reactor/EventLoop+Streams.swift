import CReactor
import Glibc
import RoleKit

/// TCP connections: how they come, send, receive and go.
extension EventLoop {
    func connection(_ id: ConnectionID, of ports: LoopPorts) -> Connection? {
        assert(isCurrent, "the network was used outside the loop")
        guard let connection = connections[id], connection.owner === ports else { return nil }
        return connection
    }

    // MARK: coming

    func accept(_ listener: Listener) {
        for _ in 0..<ReactorLimits.acceptsPerTurn {
            var name = reactor_address()
            let descriptor = reactor_tcp_accept(listener.descriptor, &name)
            if descriptor < 0 {
                switch -descriptor {
                case EAGAIN: return
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    tellOfScarcity()
                    return pause(listener)
                default: continue  // the peer gave up before we looked (accept(2): ECONNABORTED and network errors)
                }
            }
            guard let remote = name.socketAddress, let local = boundAddress(of: descriptor) else {
                reactor_close(descriptor)
                continue
            }
            guard descriptors < max(1, descriptorLimit - ReactorLimits.outboundDescriptors) else {
                // The peer hears at once that there is no room, and comes again.
                counts.connectionsRefused += 1
                tellOfScarcity()
                reactor_reset_on_close(descriptor)
                reactor_close(descriptor)
                continue
            }
            let (id, isStored) = connections.reserve()
            let connection = Connection(
                id: id, component: listener.component, owner: listener.owner, local: local, remote: remote, phase: .open
            )
            guard isStored, watch(connection, descriptor) == 0 else {
                if isStored { connections.cancel(id) }
                reactor_close(descriptor)
                return pause(listener)
            }
            counts.connectionsAccepted += 1
            push(.accepted(connection, listener), to: listener.owner)
        }
    }

    func connect(
        to address: SocketAddress, from source: SocketAddress?, _ component: Component, _ owner: LoopPorts
    ) -> ConnectionID {
        assert(isCurrent, "the network was used outside the loop")
        if let linked = link(to: address, from: source, component, owner) { return linked }
        let (id, isStored) = connections.reserve()
        let connection = Connection(
            id: id, component: component, owner: owner, local: source ?? address, remote: address, phase: .connecting)
        guard isStored, descriptors < descriptorLimit else {
            if isStored { connections.store(connection) }
            end(connection, .failed(EMFILE))
            destroy(connection)
            return id
        }
        var to = reactor_address(address)
        var descriptor: Int32
        if let source {
            var from = reactor_address(source)
            descriptor = source.family == address.family ? reactor_tcp_connect(&to, &from) : -EAFNOSUPPORT
        } else {
            descriptor = reactor_tcp_connect(&to, nil)
        }
        if descriptor >= 0 {
            let result = watch(connection, descriptor)
            if result < 0 {
                reactor_close(descriptor)
                descriptor = result
            }
        }
        if descriptor < 0 {
            connections.store(connection)
            end(connection, Self.reason(-descriptor))
            destroy(connection)
            return id
        }
        counts.connectionsOpened += 1
        connection.timer = startTimer(.connection, id.raw, afterMilliseconds: connectMilliseconds)
        return id
    }

    private func watch(_ connection: Connection, _ descriptor: Int32) -> Int32 {
        connection.interest = connection.phase == .connecting ? PollKey.writable : PollKey.readable
        let result = reactor_poll_add(poll, descriptor, connection.id.raw, connection.interest)
        if result == 0 {
            connection.descriptor = descriptor
            descriptors += 1
            connections.store(connection)
        }
        return result
    }

    private static func reason(_ number: Int32) -> CloseReason {
        switch number {
        case ECONNREFUSED: .refused
        case ETIMEDOUT: .timeout
        default: .failed(number)
        }
    }

    // MARK: readiness

    func handle(connection id: ConnectionID, _ events: UInt32) {
        guard let connection = connections[id] else { return }
        switch connection.phase {
        case .connecting:
            finishConnecting(connection)
        case .open, .draining:
            if events & PollKey.writable != 0 { flush(connection) }
            // A hang-up is found out by reading: what the peer sent before it comes first.
            if events & (PollKey.readable | PollKey.broken) != 0 { read(connection, events) }
        case .gone:
            break
        }
    }

    private func finishConnecting(_ connection: Connection) {
        var error = reactor_socket_error(connection.descriptor)
        if error == 0 {
            guard let local = boundAddress(of: connection.descriptor) else {
                return fail(connection, .failed(ENOTCONN))
            }
            connection.local = local
            // A port of the ephemeral range may, by chance, be connected to itself: nobody listens there.
            if local == connection.remote { error = ECONNREFUSED }
        }
        guard error == 0 else { return fail(connection, Self.reason(error)) }
        stopTimer(connection)
        connection.phase = .open
        if connection.isClosedByOwner {
            drain(connection)
        } else {
            push(.connected(connection), to: connection.owner)
            flush(connection)
        }
    }

    private func read(_ connection: Connection, _ events: UInt32) {
        guard connection.phase == .open || connection.phase == .draining else { return }
        if connection.isReadEnded {
            if events & PollKey.broken != 0 { destroy(connection) }
            return
        }
        let count = reactor_receive(connection.descriptor, readBuffer.baseAddress, readBuffer.count)
        if count > 0 {
            // After the owner's close, what still comes is read and dropped: unread bytes would turn the close into a reset.
            guard connection.phase == .open else { return }
            connection.unread += Int(count)
            connection.inbox.append([UInt8](readBuffer[..<Int(count)]))
            push(.read(connection), to: connection.owner)
            // What comes next may be shorter: nothing of this, which may hold keys, stays behind it.
            if let start = readBuffer.baseAddress { explicit_bzero(start, Int(count)) }
        } else if count == 0 {
            readEnded(connection)
        } else if count != -EAGAIN {
            fail(connection, .failed(-count))
        } else if events & PollKey.broken != 0 {
            let error = reactor_socket_error(connection.descriptor)
            fail(connection, .failed(error == 0 ? ECONNRESET : error))
        }
    }

    private func readEnded(_ connection: Connection) {
        connection.isReadEnded = true
        if connection.writeError != 0 { return fail(connection, .failed(connection.writeError)) }
        end(connection, .peer)
        if connection.outbox.isEmpty { return destroy(connection) }
        // The peer may have closed one direction only and still read our answer.
        if connection.phase == .open { drain(connection) }
        updateInterest(connection)
    }

    // MARK: sending

    func send(_ bytes: [UInt8], on connection: Connection) {
        guard !bytes.isEmpty else { return }
        if connection.isLinked { return link(bytes, on: connection) }
        guard connection.writeError == 0 else { return }
        if connection.outbox.count + bytes.count > NetworkLimits.unsentBytes {
            if connection.phase == .open { flush(connection) }
            guard connection.outbox.count + bytes.count <= NetworkLimits.unsentBytes else {
                counts.overflows += 1
                // A cut stream must not look like an orderly end.
                reactor_reset_on_close(connection.descriptor)
                return fail(connection, .overflow)
            }
        }
        connection.outbox.append(bytes)
        if connection.phase == .open, !connection.isDirty {
            connection.isDirty = true
            dirtyConnections.append(connection)
        }
    }

    func flush(_ connection: Connection) {
        var budget = ReactorLimits.bytesPerFlush
        while !connection.outbox.isEmpty, budget > 0 {
            let count = connection.outbox.withUnsafeBytes {
                reactor_send(connection.descriptor, $0.baseAddress, min($0.count, budget))
            }
            if count > 0 {
                connection.outbox.consume(Int(count))
                budget -= Int(count)
            } else if count == 0 || count == -EAGAIN {
                break
            } else {
                // What the peer sent before it went may still be unread: the end is reported by reading.
                connection.outbox.removeAll()
                connection.writeError = -count
            }
        }
        if connection.phase == .draining, connection.outbox.isEmpty {
            if connection.isReadEnded || connection.writeError != 0 { return destroy(connection) }
            reactor_shutdown_write(connection.descriptor)
        }
        updateInterest(connection)
    }

    private func updateInterest(_ connection: Connection) {
        guard connection.phase == .open || connection.phase == .draining else { return }
        let interest =
            (connection.isReadEnded ? 0 : PollKey.readable) | (connection.outbox.isEmpty ? 0 : PollKey.writable)
        guard interest != connection.interest else { return }
        connection.interest = interest
        _ = reactor_poll_change(poll, connection.descriptor, connection.id.raw, interest)
    }
}
