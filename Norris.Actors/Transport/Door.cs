using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Norris.Core.Room;

namespace Norris.Actors.Transport;

/// <summary>Where others come in: hears who they say they are, and has them prove it (<see cref="Handshake"/>), within bounds.</summary>
/// <param name="system">The name of the actor system; of another nobody comes in.</param>
/// <param name="connections">Opens connections, and makes them safe where the room is to be.</param>
/// <param name="self">Where this node listens.</param>
/// <param name="answerCall">Says the secret on the connection that this node has opened under that number.</param>
/// <param name="peerOf">What there is to know of whom, and among how many guests.</param>
internal sealed class Door(
    string system,
    Connections connections,
    Func<Address> self,
    Action<Guid, Handshake.CallingBack> answerCall,
    Func<Origin, Func<int>?, Peer> peerOf)
{
    /// <summary>Signs of life that may come between what a node says and its answer.</summary>
    private const int FramesUntilAnswer = 4;

    private const string NotNorris = "it does not speak as a node of this version of Norris does";

    private static readonly SemaphoreSlim Names = new(TransportLimits.NamesAtOnce);

    private readonly Strangers _strangers = new(TransportLimits.StrangersAtOnce, TransportLimits.StrangersFromOneAddress);
    private readonly Strangers _guests = new(TransportLimits.GuestsAtOnce, TransportLimits.GuestsAtOnce);

    public async Task<Entry> Admit(Connection connection, CancellationToken ending)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ending);
        limit.CancelAfter(TransportLimits.HandshakeMs);
        using var place = _strangers.Enter(connection.Remote.Address, connection.Dispose);
        try
        {
            await connections.Answer(connection, limit.Token).ConfigureAwait(false);
            return await Hear(connection, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return Refuse("nobody listens where it says that it does", expectsAkka: true);
        }
        catch (AnsweredException)
        {
            return new Entry();
        }
        catch (InvalidDataException)
        {
            return Refuse(NotNorris);
        }
        catch (RefusedException e)
        {
            return Refuse(e.Message, e.ExpectsAkka, e.Shown);
        }
        catch (OperationCanceledException) when (!ending.IsCancellationRequested)
        {
            return Refuse("it has not proven in time who it is");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Gone by itself, like one that only looks whether somebody listens here; or put out; or the node ends.
            return place.IsOut ? Refuse("too many others are at the door") : new Entry();
        }
    }

    private async Task<Entry> Hear(Connection connection, CancellationToken limit)
    {
        var first = await connection.ReadHandshake(limit).ConfigureAwait(false);
        if (Handshake.IsCallBack(first, out var call, out var calling))
        {
            answerCall(call, calling);
            return new Entry();
        }

        if (!Handshake.IsHello(first, out call))
        {
            return Refuse(NotNorris, Handshake.Associate(first, connection.Device) is not null);
        }

        var associate = await connection.ReadHandshake(limit).ConfigureAwait(false);
        if (Handshake.Associate(associate, connection.Device) is not { } origin)
        {
            return Refuse("it does not say where it listens", expectsAkka: true);
        }

        if (!string.Equals(origin.System, system, StringComparison.Ordinal))
        {
            return Refuse("it belongs to another system", expectsAkka: true);
        }

        var secret = Handshake.Draw();
        var host = IPAddress.TryParse(origin.Host, out _) ? origin.Host : await LookUp(origin.Host, limit).ConfigureAwait(false);
        if (await CallBack(connection, host, origin.Port, limit).ConfigureAwait(false) is not { } back)
        {
            return Refuse("another device than its own listens where it says that it does, or none of yours", expectsAkka: true);
        }

        back.Write(Handshake.CallBack(call, secret, self().Host, self().Port!.Value));
        back.Close();
        for (var i = 0; i < FramesUntilAnswer; i++)
        {
            var answer = await connection.ReadHandshake(limit).ConfigureAwait(false);
            if (Handshake.IsAnswer(answer, secret))
            {
                var peer = peerOf(origin, () => _guests.Count);
                var guest = peer.IsMember ? null : _guests.Enter(connection.Remote.Address, connection.Dispose, () => peer.IsMember);
                return new Entry { Peer = peer, Associate = associate, Guest = guest };
            }

            if (!Handshake.IsOtherInstruction(answer))
            {
                break;
            }
        }

        return Refuse("it does not know what was said where it says that it listens", expectsAkka: true);
    }

    /// <summary>Null: whoever is there is not the device that has come in on a connection.</summary>
    private async Task<Connection?> CallBack(Connection connection, string host, int port, CancellationToken limit)
    {
        try
        {
            var back = await connections.Dial(host, port, limit).ConfigureAwait(false);
            if (back.Device == connection.Device)
            {
                return back;
            }

            back.Close();
        }
        catch (RefusedException)
        {
        }

        return null;
    }

    /// <summary>
    /// The address of a name that somebody says is its own. Each takes a thread until the name server has answered or the system gives up, whoever waits for it: so there are
    /// few at a time, none of them of the pool, and the rest waits.
    /// </summary>
    private static async Task<string> LookUp(string name, CancellationToken limit)
    {
        await Names.WaitAsync(limit).ConfigureAwait(false);
        var lookUp = Task.Factory.StartNew(() => Dns.GetHostAddresses(name), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _ = lookUp.ContinueWith(_ => Names.Release(), TaskScheduler.Default);
        return (await lookUp.WaitAsync(limit).ConfigureAwait(false)).FirstOrDefault()?.ToString() ?? throw new SocketException((int)SocketError.HostNotFound);
    }

    private static Entry Refuse(string why, bool expectsAkka = false, DeviceId? shown = null) => new() { WhyNot = why, ExpectsAkka = expectsAkka, Shown = shown };

    /// <summary>What became of somebody at the door: in, refused, or gone.</summary>
    internal sealed class Entry : IDisposable
    {
        /// <summary>Who has come in.</summary>
        public Peer? Peer { get; init; }

        /// <summary>Its first frame for Akka.</summary>
        public byte[] Associate { get; init; } = [];

        /// <summary>Why it is refused.</summary>
        public string? WhyNot { get; init; }

        /// <summary>The device that it has shown, where that is why.</summary>
        public DeviceId? Shown { get; init; }

        /// <summary>Whether it waits for an answer of Akka's.</summary>
        public bool ExpectsAkka { get; init; }

        /// <summary>The place that it takes while it is no member.</summary>
        public IDisposable? Guest { get; init; }

        public void Dispose() => Guest?.Dispose();
    }
}
