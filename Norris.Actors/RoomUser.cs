using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Akka.Actor;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>
/// One user, as an application holds it: says things from any thread. What is said in the room, the application reads from its <see cref="DeliveredLog"/>. The user outlives the actor
/// system that carries it: give it to the next one, and it goes on under the same name with its outbox intact.
/// </summary>
public sealed class RoomUser
{
    /// <summary>How long a token is, in bytes.</summary>
    public const int TokenLength = OwnerKey.TokenLength;

    private const int NewsKept = 64;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly Lock _gate = new();
    private readonly UserMachine _machine;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly List<Effect> _effects = [];
    private readonly Channel<OwnNews> _news = Channel.CreateBounded<OwnNews>(new BoundedChannelOptions(NewsKept) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly SayQueue _waiting = new();
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string?> _here = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _releasedAt;
    private DeliveredLog? _log;
    private NodeContext? _node;
    private IActorRef _actor = ActorRefs.Nobody;
    private bool _flushScheduled;
    private bool _wantsToGo;

    /// <param name="user">The session's id, drawn at random.</param>
    /// <param name="wantedName">The wanted name; empty: the host makes one up.</param>
    /// <param name="token">The secret that proves an earlier name (<see cref="TokenLength"/> random bytes; it stays here); empty: none.</param>
    /// <param name="options">The bounds of the outbox.</param>
    /// <param name="time">The user's own clock, which goes on from one node to the next; null: the system's.</param>
    public RoomUser(UserId user, string wantedName, ReadOnlyMemory<byte> token, ProtocolOptions options, TimeProvider? time = null)
    {
        _machine = new UserMachine(user, wantedName, token, options);
        _time = time ?? TimeProvider.System;
        _started = _time.GetTimestamp();
    }

    /// <summary>The session.</summary>
    public UserId Id => _machine.User;

    /// <summary>The name that the host gave; empty before.</summary>
    public string Name => Ask(machine => machine.Name);

    /// <summary>What happens to this user alone; ends when the user is gone. One reader. Who does not read it misses the oldest.</summary>
    public ChannelReader<OwnNews> News => _news.Reader;

    /// <summary>How many messages are not yet in the order.</summary>
    public long Pending => Ask(machine => machine.Pending);

    /// <summary>The counter of this user's last message that is in the order, as its node knows; those after it are pending.</summary>
    public long Heard => Ask(machine => machine.Heard);

    /// <summary>What those take, in bytes of text.</summary>
    public long OutboxBytes => Ask(machine => machine.OutboxBytes);

    /// <summary>Whether ticks may be rare.</summary>
    internal bool IsQuiet => Ask(machine => machine.IsQuiet);

    /// <summary>Completes when the user has said goodbye.</summary>
    public Task WhenGone => _gone.Task;

    /// <summary>Completes when the user is in the room for the first time, or will not be, with the reason: the room refuses the name, or the user leaves before.</summary>
    internal Task<string?> WhenHere => _here.Task;

    private Now Now => new((long)_time.GetElapsedTime(_started).TotalMilliseconds, Wall);

    /// <summary>A clock before 1970 counts as 1970: no stamp is negative.</summary>
    private long Wall => Math.Max(0, _time.GetUtcNow().ToUnixTimeMilliseconds());

    private T Ask<T>(Func<UserMachine, T> what)
    {
        lock (_gate)
        {
            return what(_machine);
        }
    }

    /// <summary>Hands a message to the outbox. Null when the outbox is full: try again when something was delivered.</summary>
    /// <param name="utf8Text">The message; what it may be depends on the relation.</param>
    /// <param name="relation">What it is about; null: nothing that was said before.</param>
    /// <exception cref="ArgumentException"><see cref="Relation.WhyNot"/> says why it cannot be said, or an own message that it is about was not said yet.</exception>
    /// <exception cref="RoomException">The user has left, or is about to.</exception>
    public MessageId? TrySay(ReadOnlySpan<byte> utf8Text, Relation? relation)
    {
        if (Relation.WhyNot(relation, utf8Text, Id) is { } whyNot)
        {
            throw new ArgumentException(whyNot);
        }

        lock (_gate)
        {
            if (_wantsToGo || _machine.IsGone)
            {
                throw new RoomException("this user has left");
            }

            var id = _machine.TrySubmit(utf8Text, Wall, relation);
            if (id is not null)
            {
                ScheduleFlush();
            }

            return id;
        }
    }

    /// <inheritdoc cref="TrySay(ReadOnlySpan{byte}, Relation?)"/>
    public MessageId? TrySay(string text) => TrySay(text, null);

    /// <inheritdoc cref="TrySay(ReadOnlySpan{byte}, Relation?)"/>
    public MessageId? TrySay(string text, Relation? relation)
    {
        Span<byte> utf8 = stackalloc byte[512];
        return Strict.GetMaxByteCount(text.Length) <= utf8.Length
            ? TrySay(utf8[..Strict.GetBytes(text, utf8)], relation)
            : TrySay(Strict.GetBytes(text), relation);
    }

    /// <summary>
    /// Says something, and completes when it has its place in the order here; in a uniform room everyone will see it there. Waits while the outbox is full. Who awaits one before
    /// the next has them in that order; several at once fill blocks, and so are faster.
    /// </summary>
    /// <param name="text">The message.</param>
    /// <param name="relation">What it is about; null: nothing that was said before.</param>
    /// <param name="cancel">Ends the wait. What the outbox has taken by then is said all the same.</param>
    /// <exception cref="ArgumentException"><see cref="Relation.WhyNot"/> says why it cannot be said, or the text is not valid Unicode. Nothing is said.</exception>
    /// <exception cref="RoomException">The user has left, or was away for so long that nobody knows whether it was said.</exception>
    public async Task<MessagePlace> SayAsync(string text, Relation? relation = null, CancellationToken cancel = default)
    {
        using var activity = NorrisDiagnostics.Source.StartActivity("norris.say", ActivityKind.Producer);
        SayQueue.Waiting? waiting;
        while ((waiting = TrySayAndWait(text, relation, out var progress)) is null)
        {
            await progress.WaitAsync(cancel).ConfigureAwait(false);
        }

        var number = await waiting.Done.Task.WaitAsync(cancel).ConfigureAwait(false);
        activity?.SetTag(NorrisDiagnostics.RoomTag, Volatile.Read(ref _log)?.Status.Room.ToString());
        activity?.SetTag(NorrisDiagnostics.NumberTag, number?.Value);
        return new MessagePlace(new MessageId(Id, waiting.UpTo), number);
    }

    /// <inheritdoc cref="SayAsync(string, Relation?, CancellationToken)"/>
    public Task<MessagePlace> SayAsync(string text, CancellationToken cancel) => SayAsync(text, null, cancel);

    /// <summary>What is delivered on the user's node from now on: <see cref="DeliveredLog.ReadAllAsync"/>.</summary>
    /// <param name="after">Where the reader stopped last time; null: from now on.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="InvalidOperationException">The user was not given to a node yet.</exception>
    public IAsyncEnumerable<News> ReadAllAsync(RoomPlace? after = null, CancellationToken cancel = default) =>
        (Volatile.Read(ref _log) ?? throw new InvalidOperationException("This user is on no node yet: NorrisRoom.EnterAsync or Attend first.")).ReadAllAsync(after, cancel);

    /// <summary>Asks for another name: after a refusal, or while in the room. Heard of as a <see cref="NameGiven"/>, or as a refusal.</summary>
    public void AskFor(string name) => Do((machine, now, effects) => machine.AskFor(name, now, effects));

    /// <summary>Says goodbye, once everything said before is in the order.</summary>
    public void Leave()
    {
        bool alone;
        lock (_gate)
        {
            _wantsToGo = true;
            Do((machine, now, effects) => machine.Leave(now, effects));
            alone = _node is null;
            ScheduleFlush();
        }

        if (alone)
        {
            ReleaseWaiting();
        }
    }

    /// <summary>Completes when everything said so far is in the order, where whoever reads finds it; or when the user is gone.</summary>
    public Task WhenDelivered()
    {
        lock (_gate)
        {
            if (_machine.IsGone || (_machine.Pending == 0 && _node is null))
            {
                return Task.CompletedTask;
            }

            ScheduleFlush();
            return _waiting.Add(_machine.Heard + _machine.Pending, isForAnswer: false).Done.Task;
        }
    }

    /// <summary>A node is to carry this user. Already now it reads what that node delivers.</summary>
    internal void ComesTo(DeliveredLog log) => Volatile.Write(ref _log, log);

    /// <summary>A node carries this user from now on.</summary>
    internal void Attach(NodeContext node, IActorRef actor)
    {
        lock (_gate)
        {
            _node = node;
            _actor = actor;
            _flushScheduled = false;
        }
    }

    internal void Detach(IActorRef actor)
    {
        lock (_gate)
        {
            if (!_actor.Equals(actor))
            {
                return;
            }

            _machine.Excluded();
            _node = null;
            _actor = ActorRefs.Nobody;
        }

        ReleaseWaiting();
    }

    internal void Flush()
    {
        lock (_gate)
        {
            _flushScheduled = false;
        }

        Do((machine, now, effects) => machine.Drained(now, effects));
        ReleaseWaiting();
    }

    internal void Tick()
    {
        Do((machine, now, effects) => machine.Tick(now, effects));
        ReleaseWaiting();
    }

    /// <summary>What the node's replica has for this user.</summary>
    internal void Hear(IActorRef actor, IReadOnlyList<Effect> news)
    {
        foreach (var effect in news)
        {
            lock (_gate)
            {
                if (!_actor.Equals(actor) || _machine.IsGone)
                {
                    // The user has moved on to another node, or has gone.
                    return;
                }

                Do((machine, now, effects) => Hear(machine, effect, now, effects));
            }

            ReleaseWaiting();
        }

        // What was delivered has left the window: what waits for it goes out now, not at the next tick.
        Do((machine, now, effects) => machine.Drained(now, effects));
    }

    private void Hear(UserMachine machine, Effect news, Now now, List<Effect> effects)
    {
        switch (news)
        {
            case Deliver e:
                if (e.Record is { Entry: Said { Block: var block } } && block.User == Id)
                {
                    _waiting.Note(block, e.Record.First);
                }

                machine.Delivered(e.Record, now, effects);
                break;
            case LogStarted e:
                machine.LogStarted(_node!.Self, e.Before, now, effects);
                break;
            case EpochAccepted e:
                machine.EpochAccepted(now, effects);
                if (effects.Sum(effect => effect is SendToSequencer { Message: Submit again } ? again.Block.Count : 0L) is > 0 and var count)
                {
                    _node!.Delivered?.Note(RecoveryStepKind.Resubmits, e.Epoch, e.Host, step => step with { Count = count });
                }

                break;
            case Settled e:
                machine.Settled(e.UpTo, now, effects);
                break;
            case Excluded e:
                machine.Excluded(e.At);
                break;
            case RefuseUser e when machine.Refuse():
                effects.Add(e);
                break;
        }
    }

    private void Do(Action<UserMachine, Now, List<Effect>> step)
    {
        lock (_gate)
        {
            var name = _machine.Name;
            var next = _machine.Heard + _machine.Pending;
            step(_machine, Now, _effects);
            if (_machine.Heard + _machine.Pending is var last && last > next)
            {
                _waiting.Shift(last - next, above: _machine.Heard - (last - next));
            }

            if (_machine.Name != name)
            {
                _effects.Add(new NameGiven(Id, _machine.Name));
            }

            foreach (var effect in _effects)
            {
                if (effect is SendToSequencer e)
                {
                    _node?.SendToSequencer(e.Message);
                }
                else if (effect is OwnNews own)
                {
                    _news.Writer.TryWrite(own);
                    if (own is RefuseUser refusal)
                    {
                        _here.TrySetResult(refusal.Why);
                    }
                    else if (own is InDoubt)
                    {
                        _waiting.Doubt(_machine.Heard);
                    }
                }
            }

            if (_machine.IsHere)
            {
                _here.TrySetResult(null);
            }

            _effects.Clear();
        }
    }

    /// <summary>Hands a message to the outbox, and is in the queue of those who wait. Null: the outbox is full, until there is progress.</summary>
    private SayQueue.Waiting? TrySayAndWait(string text, Relation? relation, out Task progress)
    {
        lock (_gate)
        {
            progress = _progress.Task;
            return TrySay(text, relation) is { } id ? _waiting.Add(id.Counter, isForAnswer: true) : null;
        }
    }

    /// <summary>Tells those who wait.</summary>
    private void ReleaseWaiting()
    {
        List<SayQueue.Waiting>? over;
        TaskCompletionSource? progress = null;
        bool gone;
        lock (_gate)
        {
            gone = _machine.IsGone;
            over = _waiting.Take(_machine.Heard, gone);
            if (gone || _releasedAt != _machine.Heard)
            {
                _releasedAt = _machine.Heard;
                (progress, _progress) = (_progress, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }

        over?.ForEach(waiting => waiting.Complete());
        progress?.TrySetResult();
        if (gone)
        {
            _news.Writer.TryComplete();
            _here.TrySetResult("this user has left");
            _gone.TrySetResult();
        }
    }

    /// <summary>Has the actor look again, once however often this is called before it does. Called with the lock held.</summary>
    private void ScheduleFlush()
    {
        if (!_flushScheduled && _node is not null)
        {
            _flushScheduled = true;
            _actor.Tell(UserActor.Flush.Instance);
        }
    }
}
