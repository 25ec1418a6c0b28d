using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>
/// What a node has delivered: written by its replica, and read by whoever wants to know, each at its own pace and on its own thread, through a <see cref="Cursor"/>. Nothing waits for
/// a reader: who has more to read than the bound misses it, is told how much, and goes on from the present. It may outlive the actor system: given to the next
/// one (<see cref="NorrisHosting.WithNorris"/>), its readers go on. Safe for several threads.
/// </summary>
public sealed class DeliveredLog
{
    private readonly NewsDesk _desk = new();
    private readonly List<Cursor> _cursors = [];
    private readonly TimeProvider _time;
    private readonly long _began;
    private RoomStatus _status = RoomStatus.None;
    private IReadOnlyList<RecoveryStep> _steps = [];
    private long? _apartSince;

    /// <param name="bytes">How much is held for readers that are slow, and in a room that is recorded for archives that missed it, in bytes.</param>
    /// <param name="time">The log's clock; null: the system's.</param>
    public DeliveredLog(long bytes, TimeProvider? time = null)
    {
        Ring = new DeliveredRing(bytes);
        _time = time ?? TimeProvider.System;
        _began = _time.GetTimestamp();
    }

    /// <summary>Where the node stands, and the room as delivered; refreshed whenever something is delivered, and a few times a second.</summary>
    public RoomStatus Status => Volatile.Read(ref _status);

    /// <summary>For how long the node has not been in touch with the room; null while it is, and before the first time.</summary>
    public TimeSpan? ApartFor => Locked<TimeSpan?>(() => _apartSince is { } since ? _time.GetElapsedTime(since) : null);

    /// <summary>The place of what comes next; see <see cref="Cursor.HasRead"/>.</summary>
    public long End => Locked(() => Ring.End);

    /// <summary>What is held, in bytes.</summary>
    internal long Bytes => Locked(() => Ring.Bytes);

    /// <summary>Held by whoever touches what follows. Waits that end under it go on elsewhere.</summary>
    internal Lock Gate { get; } = new();

    internal DeliveredRing Ring { get; }

    internal bool IsOver { get; private set; }

    private Now Now => new((long)_time.GetElapsedTime(_began).TotalMilliseconds, Math.Max(0, _time.GetUtcNow().ToUnixTimeMilliseconds()));

    /// <summary>A reader from now on. What comes meanwhile is held for it, up to the bound: dispose of it when it is not read any more.</summary>
    /// <param name="wants">What it reads, quickly answered; null: everything. It is not woken for the rest.</param>
    public Cursor Open(Func<News, bool>? wants = null) => Locked(() =>
    {
        var reader = new DeliveredReader(Ring.End, wants);
        reader.Owe(_desk.Present(_status.Picture, _status.Hash, isBack: false));
        return Add(reader);
    });

    /// <summary>
    /// What is delivered from now on: the reading begins with this call, not with the first item. Ends with the log. Enumerate it once, and to the end or until it is disposed
    /// of: until then what comes is held for it, up to the bound.
    /// </summary>
    /// <param name="after">
    /// Where the reader stopped last time: entries up to there are not given again, and how many came after it and before this call is told first, with <see cref="Missed"/>. In another room
    /// than that it means nothing. Null: from now on.
    /// </param>
    /// <param name="cancel">Ends the reading.</param>
    public IAsyncEnumerable<News> ReadAllAsync(RoomPlace? after = null, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        return ReadAll(Open(), after, cancel);
    }

    /// <summary>Has all readers hear something, in its place between the entries.</summary>
    public void Tell(string text) => Append([new Notice(text)]);

    /// <summary>The actor system that wrote here is done with: the node is in no room until the next one is. Also said again, with another reason.</summary>
    public void Leave(string why) => Append([new Excluded(why)]);

    /// <summary>Nothing more comes. Readers read what there is, and end.</summary>
    public void Complete()
    {
        lock (Gate)
        {
            IsOver = true;
            _cursors.ForEach(cursor => cursor.WakeIfReady());
        }
    }

    /// <summary>Entries that were delivered lately, for archives that missed them: from a number on, about as many messages as asked for.</summary>
    public RecentPage Recent(RoomId room, long first, int limit) =>
        Locked(() => Ring.Recent(room, first, limit, _status.Room == room ? (_status.Epoch, _status.Stable) : default));

    /// <summary>The last messages before a number, with what came between them and since, where the room shows them to who comes in; none where it does not.</summary>
    public IReadOnlyList<Deliver> LastMessages(RoomId room, long before, int limit) =>
        Locked(() => Ring.LastMessages(room, before, limit, _status.Room == room ? (_status.Epoch, _status.Stable) : default));

    /// <summary>What readers are to know, in order, and where the replica stands after that; null: where it stood.</summary>
    internal void Append(IReadOnlyList<Effect> effects, RoomStatus? status = null)
    {
        lock (Gate)
        {
            var (now, news) = (Now, new List<News>(effects.Count));
            foreach (var effect in effects)
            {
                _desk.Take(effect, now, news);
            }

            // First: who hears of something finds it in the status.
            Set(status ?? _status);
            foreach (var one in news)
            {
                Ring.Add(one, now);
            }

            foreach (var cursor in _cursors)
            {
                cursor.WakeIfReady();
            }
        }
    }

    /// <summary>Where the replica stands.</summary>
    internal void Publish(RoomStatus status)
    {
        lock (Gate)
        {
            Set(status);
            Ring.Trim(Now);
        }
    }

    /// <summary>A step of a change of host. What is asked or said again until somebody answers is one.</summary>
    internal void Note(RecoveryStepKind kind, Epoch epoch = default, NodeId? node = null, Func<RecoveryStep, RecoveryStep>? with = null)
    {
        lock (Gate)
        {
            if (kind is not (RecoveryStepKind.Silent or RecoveryStepKind.Resubmits) && _steps.Any(s => s.Kind == kind && s.Epoch == epoch && s.Node == node))
            {
                return;
            }

            var step = new RecoveryStep(_steps is [.., var last] ? last.Number + 1 : 1, Now.Wall, kind, epoch, node);
            _steps = [.. _steps.TakeLast(RecoveryStep.Kept - 1), with?.Invoke(step) ?? step];
            Set(_status);
        }
    }

    internal bool TryRead(DeliveredReader reader, [NotNullWhen(true)] out News? news)
    {
        if (reader.IsBehind)
        {
            reader.Return();
            reader.Owe(_desk.Present(_status.Picture, _status.Hash, isBack: true));
        }

        return Ring.TryRead(reader, Now, out news);
    }

    internal Cursor Add(DeliveredReader reader)
    {
        var cursor = new Cursor(this, reader);
        Ring.Open(reader);
        _cursors.Add(cursor);
        return cursor;
    }

    internal void Remove(Cursor cursor, DeliveredReader reader)
    {
        _cursors.Remove(cursor);
        Ring.Close(reader, Now);
    }

    private static async IAsyncEnumerable<News> ReadAll(Cursor opened, RoomPlace? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var cursor = opened;
        var place = after;
        await foreach (var news in cursor.ReadAllAsync(cancel).ConfigureAwait(false))
        {
            if (place is not null && news is Started started)
            {
                place = started.Before.Room == place.Room ? place : null;
                if (place is not null && started.First > place.At.Next)
                {
                    yield return new Missed(started.First - place.At.Next);
                    place = null;
                }
            }

            if (news is not Deliver { Record.Last: var last } || place is null || last > place.At)
            {
                yield return news;
            }
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (Gate)
        {
            return read();
        }
    }

    private void Set(RoomStatus status)
    {
        var isMember = status.IsMember && _desk.Contact != Contact.Outside;
        _apartSince = _desk.Contact == Contact.InTouch ? null : _apartSince ?? (_desk.Last > default(SequenceNumber) ? _time.GetTimestamp() : null);
        Ring.IsRecorded = status.Picture.Recording.Count > 0;
        Ring.Last = (status.Picture.Settings.LastCount, status.Picture.Settings.Last.Since);
        Volatile.Write(ref _status, status with
        {
            IsMember = isMember,
            Room = isMember ? status.Room : RoomId.None,
            Contact = _desk.Contact,
            HostChanges = _desk.HostChanges,
            Steps = _steps,
        });
    }
}
