using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Norris.Actors;
using Norris.Core.Protocol;

namespace Norris.Node.Session;

/// <summary>
/// One process of the chat. It carries its users from one incarnation of the actor system to the next: an incarnation that was downed or
/// quarantined is given up, and a new one joins through anybody it has known.
/// </summary>
public sealed class ChatNode : IChatNode
{
    private static readonly TimeSpan LeaveSoon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a node must have been apart before its user may go on without the others.</summary>
    private static readonly TimeSpan ReformAfter = TimeSpan.FromSeconds(15);

    /// <summary>How long who was refused waits until it asks again.</summary>
    private static readonly TimeSpan RefusedPause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RejoinPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Why it does not come back in yet is said again when it is another reason, but not more often.</summary>
    private static readonly TimeSpan SayWhyEvery = TimeSpan.FromSeconds(10);

    private const string HasLeft = "this node has left";

    private readonly NodeSettings _settings;
    private readonly ConcurrentDictionary<ChatUser, byte> _users = new();
    private readonly HashSet<Endpoint> _known;
    private readonly CancellationTokenSource _leaving = new();
    private readonly ProtocolOptions _options;
    private readonly DeliveredLog _log;
    private readonly ChatUser _own;
    private readonly ArchivePort _archive;
    private readonly AddressWatch _address;
    private Incarnation? _incarnation;
    private Task _life = Task.CompletedTask;
    private readonly ReformWish _reform = new();
    private string _whyOver = "left";

    private ChatNode(NodeSettings settings)
    {
        _settings = settings;
        _known = [.. settings.Seeds];
        _options = Incarnation.Options(settings);
        _log = new DeliveredLog(_options.RetainedBytes);
        _archive = new ArchivePort(_log, () => Volatile.Read(ref _incarnation));
        _address = new AddressWatch(settings, _log.Tell);
        _own = NewUser(ChatUser.DrawId(), settings.Profile, wants: null, settings.Named);
    }

    public IChatSession Own => _own.Session;

    public IArchivePort Archive => _archive;

    /// <summary>
    /// Starts a node and brings its user in. Throws <see cref="NodeStartException"/> where that cannot be: within 15 s where no room answers, and
    /// within a minute where one does that lets nobody in.
    /// </summary>
    /// <param name="tell">Told, in words, when a room was found that takes its time.</param>
    public static async Task<IChatNode> Start(NodeSettings settings, Action<string> tell, CancellationToken cancel)
    {
        var node = new ChatNode(settings);
        using var patience = new StartPatience(settings, tell, cancel);
        try
        {
            var incarnation = await node.Enter(patience.OnFound, tell, patience.Limit).ConfigureAwait(false);
            node._life = Task.Run(() => node.Live(incarnation), CancellationToken.None);
            return node;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new NodeStartException(patience.WhyNot);
        }
    }

    public IChatSession OpenUser(UserProfile profile)
    {
        var id = ChatUser.DrawId();
        var user = NewUser(id, profile, news => news is not Deliver { Record.Entry: var entry } || (entry is UserJoined && entry.About == id), named: null);
        Volatile.Read(ref _incarnation)?.Room.Attend(user.User);
        return user.Session;
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAll().ConfigureAwait(false);
        _leaving.Dispose();
    }

    private ChatUser NewUser(UserId id, UserProfile profile, Func<News, bool>? wants, Action<string>? named)
    {
        var user = new ChatUser(id, profile, _options, _log, wants, named, LeaveOne, Reform)
        {
            Room = () => Volatile.Read(ref _incarnation)?.Room,
            AskCircle = wants is null ? (wish, cancel) => CircleDesk.Do(wish, Volatile.Read(ref _incarnation)?.Room, _settings.GuestLinks, TimeProvider.System, cancel) : null,
        };
        _users.TryAdd(user, 0);
        return user;
    }

    /// <summary>Its first incarnation, with the node's own user in the room.</summary>
    private async Task<Incarnation> Enter(Action onFound, Action<string> tell, CancellationToken limit)
    {
        // Who was let in once waits for the room to answer again: its line may be dead for a moment only.
        var wasIn = false;
        while (true)
        {
            try
            {
                var incarnation = await Incarnation.Start(_settings, _log, _settings.Seeds.Count == 0 && _settings.Up is null ? [] : [.. _known], onFound, tell, limit).ConfigureAwait(false);
                wasIn = true;
                try
                {
                    var joined = Carry(incarnation);
                    if (await Task.WhenAny(joined, incarnation.WhenOver).WaitAsync(limit).ConfigureAwait(false) != joined)
                    {
                        throw new NodeStartException("the cluster let this node go again before it had joined: try again") { MayPass = true };
                    }

                    await joined.ConfigureAwait(false);
                    return incarnation;
                }
                catch (Exception e)
                {
                    _known.UnionWith(incarnation.Known.Keys);
                    await incarnation.Leave().ConfigureAwait(false);
                    if (e is RoomException)
                    {
                        throw new NodeStartException(e.Message, e);
                    }

                    throw;
                }
            }
            catch (NodeStartException e) when ((e.MayPass || (wasIn && e.IsUnreached)) && !limit.IsCancellationRequested)
            {
                await Task.Delay(RejoinPause, limit).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Who is refused has to ask anew, as another incarnation, for as long as the user stays: the room may be full only for now.</summary>
    private async Task ComeBack(Incarnation incarnation)
    {
        var back = Carry(incarnation);
        await back.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (back.Exception?.InnerException is RoomException e)
        {
            await Task.Delay(RefusedPause, _leaving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            incarnation.GiveUp($"{e.Message}; trying again");
        }
    }

    /// <summary>Completes when the incarnation is in a room.</summary>
    private Task Carry(Incarnation incarnation)
    {
        Volatile.Write(ref _incarnation, incarnation);
        _archive.Carry(incarnation);
        foreach (var user in _users.Keys)
        {
            incarnation.Room.Attend(user.User);
        }

        return incarnation.Room.JoinAsync(_leaving.Token);
    }

    /// <summary>Goes on for as long as the user stays: whatever the network does, there is a next incarnation. The last one leaves properly.</summary>
    private async Task Live(Incarnation first)
    {
        var leave = Task.Delay(Timeout.Infinite, _leaving.Token);
        Incarnation? incarnation = first;
        while (incarnation is not null)
        {
            if (await Task.WhenAny(leave, incarnation.WhenOver, Task.Delay(AddressWatch.Every)).ConfigureAwait(false) == leave)
            {
                await Leave(incarnation).ConfigureAwait(false);
                break;
            }

            if (!incarnation.WhenOver.IsCompleted)
            {
                _address.Look(incarnation.Host, _log.ApartFor is not null);
                continue;
            }

            if (incarnation.WhyOut is { } whyOut)
            {
                _whyOver = whyOut;
                await incarnation.DisposeAsync().ConfigureAwait(false);
                break;
            }

            var goesTo = incarnation.GoesTo;
            _known.UnionWith([.. incarnation.Known.Keys, .. goesTo is null ? [] : new[] { goesTo }]);
            _log.Leave(incarnation.WhyOver);
            await incarnation.DisposeAsync().ConfigureAwait(false);
            incarnation = await Rejoin(goesTo).ConfigureAwait(false);
            if (incarnation is not null)
            {
                _ = ComeBack(incarnation);
            }
        }

        _reform.End(HasLeft);
        foreach (var user in _users.Keys)
        {
            user.End(_whyOver);
        }
    }

    private async Task Leave(Incarnation incarnation)
    {
        await _archive.SayGoodbye(incarnation).ConfigureAwait(false);
        Task gone = Task.WhenAny(incarnation.Room.LeaveAsync(), incarnation.WhenOver);
        await gone.WaitAsync(LeaveSoon).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!gone.IsCompleted)
        {
            _log.Tell($"the room does not answer: leaving takes up to {LeaveTimeout.TotalSeconds:0} s");

            await gone.WaitAsync(LeaveTimeout - LeaveSoon).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await incarnation.Leave().ConfigureAwait(false);
    }

    /// <param name="goesTo">Where the room goes on: the first attempt is there alone, since others whom this node knew may still be where it comes from. Null: anywhere.</param>
    private async Task<Incarnation?> Rejoin(Endpoint? goesTo)
    {
        // What was stored has been gone on with: whatever begins here now is another room.
        var settings = _settings with { GoOnAfter = null };

        // The same port again, so that those who knew this node find it there.
        var again = Volatile.Read(ref _incarnation) is { } last
            ? settings with { Listen = settings.Listen with { Port = last.Port } }
            : settings;
        var (said, saidAt) = ("", 0L);
        while (!_leaving.IsCancellationRequested)
        {
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
            var reforms = _reform.IsThere(attempt);
            try
            {
                if (reforms && again.Security is { Circle: not null } security)
                {
                    // Who was put out, and was not told yet, begins no room for those who did it.
                    await Seeds.AskDoors(security, [.. _known], attempt.Token).ConfigureAwait(false);
                }

                var (there, first) = (goesTo, goesTo is not null && !reforms);
                goesTo = null;
                var next = reforms || first
                    ? await Incarnation.Start(again with { Up = null, Former = first ? [.. _known] : [] }, _log, first ? [there!] : [], null, _log.Leave, attempt.Token).ConfigureAwait(false)
                    : await Incarnation.Start(again, _log, [.. _known], null, _log.Leave, attempt.Token).ConfigureAwait(false);
                _reform.Fulfil(!reforms ? "this node is back with the others" : "a new room has begun here; whoever can reach this node comes in by itself");
                return next;
            }
            catch (NodeStartException e) when (e.IsForGood)
            {
                _whyOver = e.Message;
                return null;
            }
            catch (Exception e)
            {
                var why = e is OperationCanceledException ? said : e is NodeStartException ? e.Message : e.GetBaseException().Message;
                if (why != said && (saidAt == 0 || Stopwatch.GetElapsedTime(saidAt) >= SayWhyEvery))
                {
                    (said, saidAt) = (why, Stopwatch.GetTimestamp());
                    _log.Leave($"it goes on trying to join again: {why}");
                }

                // Whatever it was, the user stays, and so it is tried again. Where any port was asked for, another one will do when somebody has taken the old one meanwhile.
                _reform.IsThere(null);
                again = settings;
                await Task.Delay(RejoinPause, _leaving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return null;
    }

    /// <summary>For those whose majority is gone for good: a new room, here.</summary>
    private async Task<string> Reform()
    {
        if (_log.ApartFor is not { } apart)
        {
            return "nothing to re-form: this node is in touch with the majority";
        }

        if (_address.WhyNotAgain is { } why)
        {
            return why;
        }

        if (apart < ReformAfter)
        {
            return $"cut off for {apart.TotalSeconds:0} s only: wait until {ReformAfter.TotalSeconds:0} s have passed, the others may come back";
        }

        var outcome = _reform.Make();
        Volatile.Read(ref _incarnation)?.GiveUp("a new room is to begin here");
        return await outcome.ConfigureAwait(false);
    }

    private async Task LeaveOne(ChatUser user)
    {
        if (user == _own)
        {
            await LeaveAll().ConfigureAwait(false);
            return;
        }

        user.User.Leave();
        await user.User.WhenGone.WaitAsync(LeaveTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _users.TryRemove(user, out _);
        user.End("left");
    }

    private async Task LeaveAll()
    {
        if (!_leaving.IsCancellationRequested)
        {
            await _leaving.CancelAsync().ConfigureAwait(false);
        }

        await _life.ConfigureAwait(false);
    }
}
