using System.Diagnostics.CodeAnalysis;
using Norris.Actors.Protocol;
using Norris.Actors.Room;

namespace Norris.Actors;

/// <summary>
/// What a node has delivered: written by its replica, and read by whoever wants to know, each at its own pace and on its own thread, through a <see cref="Cursor"/>. Nothing waits for
/// a reader: who has more to read than the bound misses it, is told how much, and goes on from the present. It may outlive the actor system: given to the next
/// one (<see cref="NorrisHosting.WithNorris"/>), its readers go on. Safe for several threads.
/// </summary>
public sealed class DeliveredLog
{
    private readonly Lock _gate = new();
    private readonly NewsDesk _desk = new();
    private readonly DeliveredRing _ring;
    private readonly List<Cursor> _cursors = [];
    private readonly TimeProvider _time;
    private readonly long _began;
    private RoomStatus _status = RoomStatus.None;
    private long? _apartSince;
    private bool _isOver;

    /// <param name="bytes">How much is held for readers that are slow, and in a room that is recorded for archives that missed it, in bytes.</param>
    /// <param name="time">The log's clock; null: the system's.</param>
    public DeliveredLog(long bytes, TimeProvider? time = null)
    {
        _ring = new DeliveredRing(bytes);
        _time = time ?? TimeProvider.System;
        _began = _time.GetTimestamp();
    }

    /// <summary>Where the node stands, and the room as delivered; refreshed whenever something is delivered, and a few times a second.</summary>
    public RoomStatus Status => Volatile.Read(ref _status);

    /// <summary>For how long the node has not been in touch with the room; null while it is, and before the first time.</summary>
    public TimeSpan? ApartFor
    {
        get
        {
            lock (_gate)
            {
                return _apartSince is { } since ? _time.GetElapsedTime(since) : null;
            }
        }
    }

    /// <summary>The place of what comes next: who has come so far (<see cref="Cursor.Place"/>) has read everything.</summary>
    public long End
    {
        get
        {
            lock (_gate)
            {
                return _ring.End;
            }
        }
    }

    /// <summary>What is held, in bytes.</summary>
    internal long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _ring.Bytes;
            }
        }
    }

    private Now Now => new((long)_time.GetElapsedTime(_began).TotalMilliseconds, Math.Max(0, _time.GetUtcNow().ToUnixTimeMilliseconds()));

    /// <summary>A reader from now on. What comes meanwhile is held for it, up to the bound: dispose of it when it is not read any more.</summary>
    /// <param name="wants">What it reads, quickly answered; null: everything. It is not woken for the rest.</param>
    public Cursor Open(Func<News, bool>? wants = null)
    {
        lock (_gate)
        {
            var reader = new DeliveredReader(_ring.End, wants);
            reader.Owe(_desk.Present(_status.Picture, isBack: false));
            return Add(reader);
        }
    }

    /// <summary>Has all readers hear something, in its place between the entries.</summary>
    public void Tell(string text) => Append([new Notice(text)]);

    /// <summary>The actor system that wrote here is done with: the node is in no room until the next one is. Also said again, with another reason.</summary>
    public void Leave(string why) => Append([new Excluded(why)]);

    /// <summary>Nothing more comes. Readers read what there is, and end.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isOver = true;
        }

        Wake();
    }

    /// <summary>Entries that were delivered lately, for archives that missed them: from a number on, about as many messages as asked for.</summary>
    public RecentPage Recent(RoomId room, long first, int limit)
    {
        lock (_gate)
        {
            return _ring.Recent(room, first, limit, _status.Room == room ? (_status.Epoch, _status.Stable) : default);
        }
    }

    /// <summary>What readers are to know, in order, and where the replica stands after that; null: where it stood.</summary>
    internal void Append(IReadOnlyList<Effect> effects, RoomStatus? status = null)
    {
        lock (_gate)
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
                _ring.Add(one, now);
            }
        }

        Wake();
    }

    /// <summary>Where the replica stands.</summary>
    internal void Publish(RoomStatus status)
    {
        lock (_gate)
        {
            Set(status);
            _ring.Trim(Now);
        }
    }

    internal bool TryRead(DeliveredReader reader, [NotNullWhen(true)] out News? news)
    {
        lock (_gate)
        {
            if (reader.IsBehind)
            {
                reader.Return();
                reader.Owe(_desk.Present(_status.Picture, isBack: true));
            }

            return _ring.TryRead(reader, Now, out news);
        }
    }

    /// <summary>Null: there is something to read, or never will be.</summary>
    internal Task? Wait(Cursor cursor)
    {
        lock (_gate)
        {
            return cursor.Reader.CanRead(_ring.End) || IsOver(cursor) ? null : (cursor.Waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Whether there is, or may yet be, something to read.</summary>
    internal bool GoesOn(Cursor cursor)
    {
        lock (_gate)
        {
            return cursor.Reader.CanRead(_ring.End) || !IsOver(cursor);
        }
    }

    internal Cursor Fork(DeliveredReader reader)
    {
        lock (_gate)
        {
            return Add(reader.Fork());
        }
    }

    internal void Close(Cursor cursor)
    {
        lock (_gate)
        {
            _cursors.Remove(cursor);
            _ring.Close(cursor.Reader, Now);
        }

        Wake(cursor);
    }

    internal void Wake(Cursor cursor)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            (waiting, cursor.Waiting) = (cursor.Waiting, null);
        }

        waiting?.TrySetResult();
    }

    private Cursor Add(DeliveredReader reader)
    {
        var cursor = new Cursor(this, reader);
        _ring.Open(reader);
        _cursors.Add(cursor);
        return cursor;
    }

    private bool IsOver(Cursor cursor) => _isOver || !_cursors.Contains(cursor);

    private void Set(RoomStatus status)
    {
        var isMember = status.IsMember && _desk.Contact != Contact.Outside;
        _apartSince = _desk.Contact == Contact.InTouch ? null : _apartSince ?? (_desk.Last > default(SequenceNumber) ? _time.GetTimestamp() : null);
        _ring.IsRecorded = status.Picture.Recording.Count > 0;
        Volatile.Write(ref _status, status with
        {
            IsMember = isMember,
            Room = isMember ? status.Room : RoomId.None,
            Contact = _desk.Contact,
            HostChanges = _desk.HostChanges,
        });
    }

    private void Wake()
    {
        List<TaskCompletionSource>? waiting = null;
        lock (_gate)
        {
            foreach (var cursor in _cursors)
            {
                if (cursor.Waiting is { } one && (_isOver || cursor.Reader.CanRead(_ring.End)))
                {
                    (waiting ??= []).Add(one);
                    cursor.Waiting = null;
                }
            }
        }

        waiting?.ForEach(one => one.TrySetResult());
    }
}
