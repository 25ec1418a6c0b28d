using System.Net.Sockets;
using System.Security.Cryptography;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Discovery;

/// <summary>Tells the network that a room is here, for as long as it is there; and that this node is gone, when it leaves properly.</summary>
internal sealed class Announcer : IAsyncDisposable
{
    /// <summary>Random bytes of the name in the announcement.</summary>
    private const int LabelBytes = 8;

    /// <summary>Where the node is, and which day it is, is looked up so often.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly string _label = $"norris-{RandomNumberGenerator.GetHexString(LabelBytes * 2, lowercase: true)}";
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _gate = new();
    private readonly Responder _responder = new(() => Random.Shared.Next(20, 120));
    private readonly MulticastPort _port;
    private readonly Func<Announcement?> _current;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Task _listening;

    private Announcer(MulticastPort port, Func<Endpoint?> at, Func<CircleId?> circle, TimeProvider time)
    {
        (_port, _time) = (port, time);
        _current = () => at() is { } there ? Announcement.Of(_label, there, circle() is { } id ? CircleMark.Of(id, time.GetUtcNow()) : null) : null;
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, LookEvery);
        _listening = port.Listen(Hear, _over.Token);
        _timer.Change(TimeSpan.Zero, LookEvery);
    }

    private long Now => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Where the port cannot be had, that is told, and the room is there all the same.</summary>
    /// <param name="listen">The address that the node listens on.</param>
    /// <param name="at">By which address it goes now; null: by none yet.</param>
    /// <param name="circle">The room's circle; null: the room is open.</param>
    /// <param name="time">The time.</param>
    /// <param name="tell">Told, in a line, what people should know.</param>
    public static Announcer? Start(string listen, Func<Endpoint?> at, Func<CircleId?> circle, TimeProvider time, Action<string> tell)
    {
        if (Endpoints.IsLoopback(listen))
        {
            return null;
        }

        try
        {
            return new(MulticastPort.Open(listen), at, circle, time);
        }
        catch (SocketException e)
        {
            tell($"warning: this room is not announced in the network, UDP port {MulticastPort.Number} cannot be had ({e.Message}): others join with its address");
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _over.CancelAsync().ConfigureAwait(false);
        await _listening.ConfigureAwait(false);
        if (_responder.Next(null, Now) is { } goodbye)
        {
            _port.Send(goodbye);
        }

        _port.Dispose();
        _over.Dispose();
    }

    private void Hear(DnsMessage message)
    {
        lock (_gate)
        {
            _responder.Hear(message, Now);
            Wait();
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            if (_responder.Next(_current(), Now) is { } message)
            {
                _port.Send(message);
            }

            Wait();
        }
    }

    /// <summary>Until there is something to send, and no longer than until it is to be looked again.</summary>
    private void Wait()
    {
        var due = _responder.Due is { } at ? TimeSpan.FromMilliseconds(Math.Max(0, at - Now)) : LookEvery;
        _timer.Change(due < LookEvery ? due : LookEvery, LookEvery);
    }
}
