using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace Norris.Actors.Transport;

/// <summary>
/// Akka.Remote's transport: frames over TCP. What comes in has passed the <see cref="Gate"/>, from a node that has proven where it listens
/// (<see cref="Handshake"/>). hocon/wire.hocon names it, with its settings.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Akka calls Shutdown, and knows no Dispose.")]
internal sealed class TcpTransport : Akka.Remote.Transport.Transport
{
    private const int Backlog = 512;

    private static readonly TimeSpan AcceptAgain = TimeSpan.FromMilliseconds(100);

    private readonly TcpSettings _settings;
    private readonly Complaints _complaints;
    private readonly TaskCompletionSource<IAssociationEventListener> _associations = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private readonly Connections _connections;
    private readonly ConcurrentDictionary<Guid, (Connection On, Address To)> _calls = new();
    private readonly Entrance _entrance;
    private Socket? _listener;
    private Address? _self;
    private volatile bool _hasSaidGoodbye;

    public TcpTransport(ActorSystem system, Config config)
    {
        System = system;
        Config = config;
        SchemeIdentifier = "tcp";
        _settings = TcpSettings.From(config);
        MaximumPayloadBytes = _settings.FrameBytes;
        _complaints = new Complaints(Logging.GetLogger(system, typeof(TcpTransport)), TimeProvider.System);
        _connections = new Connections(system.Settings.Setup.Get<SecuritySetup>() is { HasValue: true, Value: var setup } ? setup.Take() : null, _ending.Token);
        _entrance = new Entrance(system.Name, _connections, () => _self!, AnswerCall, PeerOf);
    }

    public override bool IsResponsibleFor(Address remote) => true;

    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        try
        {
            var address = IPAddress.TryParse(_settings.Hostname, out var ip) ? ip : (await Dns.GetHostAddressesAsync(_settings.Hostname).ConfigureAwait(false))[0];
            _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.Equals(IPAddress.IPv6Any))
            {
                _listener.DualMode = true;
            }

            _listener.Bind(new IPEndPoint(address, _settings.Port));
            _listener.Listen(Backlog);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            _listener?.Dispose();
            throw new RemoteTransportException($"cannot listen on {_settings.Hostname}:{_settings.Port}: {e.Message}", e);
        }

        var port = _settings.PublicPort > 0 ? _settings.PublicPort : ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _self = new Address(SchemeIdentifier, System.Name, _settings.PublicHostname, port);
        _ = Accept(_listener);
        return (_self, _associations);
    }

    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        if (_ending.IsCancellationRequested || _hasSaidGoodbye || _self is null)
        {
            throw new InvalidAssociationException("this node closes its connections");
        }

        Connection connection;
        var patience = TransportLimits.ConnectMs;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            limit.CancelAfter(patience);
            connection = await _connections.Connect(remoteAddress.Host, remoteAddress.Port ?? 0, limit.Token).ConfigureAwait(false);
            patience = TransportLimits.HandshakeMs;
            limit.CancelAfter(patience);
            await _connections.Call(connection, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ArgumentException or ObjectDisposedException or RefusedException)
        {
            // Without a cause: Akka would log its stack.
            throw new InvalidAssociationException(e switch
            {
                OperationCanceledException => $"no answer from {remoteAddress} within {patience / 1000} s",
                ObjectDisposedException => $"{remoteAddress}: the connection was closed meanwhile",
                RefusedException { Shown: { } shown } => $"{remoteAddress}: {e.Message} (device {shown.Beginning})",
                _ => $"{remoteAddress}: {e.Message}",
            });
        }

        var call = Handshake.Draw();
        _calls[call] = (connection, remoteAddress);
        connection.Write(Handshake.Hello(call));
        var handle = new Handle(_self, remoteAddress, connection);
        _ = connection.WhenClosed.ContinueWith(_ => _calls.TryRemove(call, out var _), TaskContinuationOptions.ExecuteSynchronously);
        _ = Serve(handle, listener => new Incoming(this, connection, listener, remoteAddress, null));
        return handle;
    }

    public override async Task<bool> Shutdown()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        return await _connections.CloseAll().ConfigureAwait(false);
    }

    /// <summary>Closes all connections with a node (<see cref="BeginAnew"/>), or with everybody (<see cref="SayGoodbye"/>).</summary>
    public override Task<bool> ManagementCommand(object message)
    {
        switch (message)
        {
            case BeginAnew { With: var node }:
                _connections.CloseThoseWith(node);
                return Task.FromResult(true);
            case SayGoodbye:
                _hasSaidGoodbye = true;
                _connections.Say(Handshake.ShutsDown);
                return _connections.CloseAll();
            default:
                return base.ManagementCommand(message);
        }
    }

    private async Task Accept(Socket listener)
    {
        try
        {
            var associations = await _associations.Task.WaitAsync(_ending.Token).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            while (true)
            {
                try
                {
                    var socket = await listener.AcceptAsync(_ending.Token).ConfigureAwait(false);
                    _ = Receive(socket, associations);
                }
                catch (SocketException e) when (!_ending.IsCancellationRequested)
                {
                    // Too many open files, or a connection that was gone before it was looked at.
                    _complaints.Say("A connection could not be accepted: {0}.", e.SocketErrorCode);
                    await Task.Delay(AcceptAgain, _ending.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The node ends.
        }
    }

    private async Task Receive(Socket socket, IAssociationEventListener associations)
    {
        if (_connections.Open(socket) is not { } connection)
        {
            return;
        }

        try
        {
            using var entry = await _entrance.Admit(connection, _ending.Token).ConfigureAwait(false);
            if (entry.WhyNot is { } whyNot)
            {
                _complaints.Say("Refused a connection from {0}: " + whyNot + ".", entry.Shown is { } shown ? $"{connection.Remote} (device {shown.Beginning})" : connection.Remote);
                if (entry.ExpectsAkka)
                {
                    connection.Write(Handshake.Disassociate);
                }
            }
            else if (entry.Peer is { } peer)
            {
                _connections.Know(connection, peer.Origin);
                var handle = new Handle(_self!, AddressOf(connection.Remote), connection);
                associations.Notify(new InboundAssociation(handle));
                await Serve(handle, listener =>
                {
                    listener.Notify(Payload(entry.Associate));
                    return new Incoming(this, connection, listener, null, peer);
                }).ConfigureAwait(false);
            }
        }
        finally
        {
            connection.Close();
        }
    }

    /// <summary>Reads what comes, until the connection ends, and says that it has.</summary>
    private async Task Serve(Handle handle, Func<IHandleEventListener, Incoming> begin)
    {
        var connection = handle.Connection;
        var how = DisassociateInfo.Unknown;
        IHandleEventListener? listener = null;
        try
        {
            listener = await handle.ReadHandlerSource.Task.WaitAsync(_ending.Token).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var incoming = begin(listener);
            if (!await connection.Read(_settings.FrameBytes, incoming.Take).ConfigureAwait(false))
            {
                incoming.RefuseNoFrame();
            }
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            how = DisassociateInfo.Shutdown;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // It ended here, or in some other way.
        }
        finally
        {
            connection.Close();
            if (connection.IsLate)
            {
                _complaints.Say("Closed the connection to {0}: it left a frame unfinished.", connection.Remote);
            }
            else if (connection.IsOverfull)
            {
                _complaints.Say("Closed the connection to {0}: it takes too little of what it is told.", connection.Remote);
            }

            // After the goodbye Akka has nothing to mend here.
            listener?.Notify(new Disassociated(_hasSaidGoodbye ? DisassociateInfo.Shutdown : how));
        }
    }

    /// <summary>The called node asks whether this one is where it says: the answer goes out on the connection in question, if it is that node's.</summary>
    private void AnswerCall(Guid call, Handshake.CallingBack back)
    {
        if (!_calls.TryGetValue(call, out var made))
        {
            return;
        }

        if (back.By == $"{made.To.Host}:{made.To.Port}")
        {
            made.On.Write(Handshake.Answer(back.Secret));
            return;
        }

        System.EventStream.Publish(new AnotherAnswers(made.To, back.By));
        made.On.Close();
    }

    private Gate Know(Connection connection, Peer peer)
    {
        connection.Peer = peer;
        return new Gate(_settings.Rules, peer.Origin, () => peer.IsMember);
    }

    private Peer PeerOf(Origin origin, Func<int>? guests = null) => Peer.Of(System, origin, guests);

    private Address AddressOf(IPEndPoint remote) => new(SchemeIdentifier, System.Name, TcpSettings.Bracketed(remote.Address.ToString()), remote.Port);

    private static InboundPayload Payload(byte[] frame) => new(UnsafeByteOperations.UnsafeWrap(frame));

    /// <summary>What comes over one connection, on its way to Akka.</summary>
    /// <param name="transport">Whose.</param>
    /// <param name="connection">Which.</param>
    /// <param name="listener">Gets what passes.</param>
    /// <param name="called">Whom this node has called; null: the other has called it.</param>
    /// <param name="peer">Who is at the other end, as far as that is known.</param>
    private sealed class Incoming(TcpTransport transport, Connection connection, IHandleEventListener listener, Address? called, Peer? peer)
    {
        private readonly Complaints _complaints = transport._complaints;
        private Gate? _gate = peer is null ? null : transport.Know(connection, peer);

        private object From => peer?.Origin ?? (object)called!;

        /// <summary>Where something else listens than a node was hoped for, whoever called is told that there was no answer.</summary>
        public void RefuseNoFrame()
        {
            if (peer is not null)
            {
                _complaints.Say("Refused " + Gate.NoFrame + " from {0}.", From);
            }
        }

        private void Complain(string format, bool isOfMembers)
        {
            if (isOfMembers)
            {
                // Who has just been let go says such things, too.
                _ = _complaints.SayUnless(() => peer!.IsMember || peer.HasBeenMember, format, From);
            }
            else
            {
                _complaints.Say(format, From);
            }
        }

        /// <summary>False: this goes on no longer.</summary>
        public bool Take(byte[] frame)
        {
            if (_gate is not null)
            {
                peer!.Sent(frame.Length);
                if (_gate.WhyNot(frame) is { } what)
                {
                    Complain("Refused " + what + " from {0}.", isOfMembers: what == Gate.OfMembers);
                    return what != Gate.NoFrame;
                }
            }
            else if (Handshake.Associate(frame, connection.Device) is { } answers)
            {
                if (answers.Port != called!.Port || !string.Equals(answers.Host, called.Host, StringComparison.Ordinal))
                {
                    _complaints.Say("Closed the connection to {0}: somebody else answers there.", called);
                    return false;
                }

                peer = transport.PeerOf(answers);
                _gate = transport.Know(connection, peer);
                transport._connections.Know(connection, answers);
            }
            else if (!Handshake.IsOtherInstruction(frame))
            {
                RefuseNoFrame();
                return false;
            }

            listener.Notify(Payload(frame));
            return true;
        }
    }

    private sealed class Handle(Address local, Address remote, Connection connection) : AssociationHandle(local, remote)
    {
        public Connection Connection => connection;

        public override bool Write(ByteString payload) => connection.Write(payload.Memory);

#pragma warning disable CS0672 // The other form calls this one.
        public override void Disassociate() => connection.Close();
#pragma warning restore CS0672
    }
}
