using System.Runtime.CompilerServices;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Simulation;

/// <summary>Something happened that must never happen.</summary>
public sealed class ViolationException(string rule, string what) : Exception($"{rule}: {what}")
{
    public string Rule { get; } = rule;
}

/// <summary>What the checker knows of one node's replica.</summary>
public sealed class Reader(NodeId node)
{
    private const int Remembered = 100;

    // Bounded, so that forgetting is tried, too.
    private Conversation _conversation = new(Remembered, long.MaxValue);
    private Chapter? _conversedUpTo;

    public NodeId Node { get; } = node;

    public string Label { get; } = Trace.Of(node);

    public Chronicle? Room { get; private set; }

    /// <summary>The last thing delivered.</summary>
    public Chapter? At { get; set; }

    /// <summary>Whether it is a member now: its log has started, and it was not excluded since.</summary>
    public bool IsReading { get; set; }

    public Epoch Accepted { get; set; }

    /// <summary>What the people there are told, in this incarnation and those before it.</summary>
    internal NewsDesk Desk { get; set; } = new();

    /// <summary>It delivers what follows a place in a room.</summary>
    public void GoOnAfter(Chapter? at, Chronicle? room)
    {
        (Room, At, _conversedUpTo) = (room, at, at);
        _conversation = new(Remembered, long.MaxValue);
    }

    /// <summary>What both know they must show alike; gives the message on which they do not agree.</summary>
    public MessageId? Contradicts(Reader other)
    {
        var others = other.Conversation();
        foreach (var mine in Conversation().NewestFirst)
        {
            if (others.Find(mine.Said.Id) is { } theirs
                && (mine.Said.Number != theirs.Said.Number || mine.Text != theirs.Text || mine.IsDeleted != theirs.IsDeleted || !Shown(mine).SequenceEqual(Shown(theirs))))
            {
                return mine.Said.Id;
            }
        }

        return null;

        static IEnumerable<(string, UserId, string)> Shown(StandingMessage of) => of.Reactions.SelectMany(r => r.By.Select(by => (r.Text, by.User, by.Name)));
    }

    /// <summary>The messages that were delivered there, as they stand: worked out where it is asked for.</summary>
    private Conversation Conversation()
    {
        var next = new Stack<Chapter>();
        for (var at = At; at != _conversedUpTo; at = at!.Before)
        {
            next.Push(at!);
        }

        foreach (var chapter in next)
        {
            foreach (var message in chapter.Messages)
            {
                _conversation.Take(message);
            }
        }

        _conversedUpTo = At;
        return _conversation;
    }
}

/// <summary>Judges every effect as it happens, against what docs/protocol.md promises.</summary>
/// <param name="lives">Whether a node runs: such a node must never be left behind with what it has delivered.</param>
/// <param name="askedFor">Whether a person wanted a room of a node.</param>
/// <param name="knows">Whether one node's view of the cluster has another.</param>
public sealed class Checker(Func<NodeId, bool> lives, Func<NodeId, bool> askedFor, Func<NodeId, NodeId, bool> knows)
{
    private readonly Dictionary<MessageId, (byte[] Text, Relation? Relation)> _submitted = [];
    private readonly Dictionary<NodeId, Reader> _readers = [];
    private readonly Dictionary<RoomId, Chronicle> _rooms = [];
    private readonly Dictionary<(RoomId, Epoch), NodeId> _hosts = [];
    private readonly Dictionary<SequenceNumber, List<(NodeId Host, LogRecord Record)>> _numbered = [];

    // Histories that were given up for another, whose next reign has yet to say so.
    private readonly List<(Chapter Lost, LogRecord Instead)> _unsaid = [];

    public long Deliveries { get; private set; }

    public bool OwesAnExplanation => _unsaid.Count > 0;

    public int Reigns => _hosts.Count;

    public int Losses { get; private set; }

    /// <summary>How many reigns have said that something may be lost.</summary>
    public int LossesAnnounced { get; private set; }

    public IReadOnlyDictionary<RoomId, Chronicle> Rooms => _rooms;

    public Reader ReaderOn(NodeId node)
    {
        if (!_readers.TryGetValue(node, out var reader))
        {
            _readers.Add(node, reader = new Reader(node));
        }

        return reader;
    }

    /// <summary>A user's message was accepted by its outbox.</summary>
    public void Accepted(MessageId id, byte[] text, Relation? relation)
    {
        if (!_submitted.TryAdd(id, (text, relation)))
        {
            throw new ViolationException("no duplicate id", $"the outbox of {Trace.Of(id.User)} gave the counter {id.Counter} twice");
        }
    }

    /// <summary>A node came back as a new incarnation with the same people: they must not see anything twice.</summary>
    public void Reborn(NodeId before, NodeId after)
    {
        var (old, reader) = (ReaderOn(before), ReaderOn(after));
        reader.GoOnAfter(old.At, old.Room);
        (reader.Desk, old.IsReading) = (old.Desk, false);
    }

    /// <summary>A sequencer gave numbers. Nothing to judge yet; a newcomer may start from what nobody has been seen to deliver.</summary>
    public void Numbered(NodeId host, Ordered batch)
    {
        foreach (var record in batch.Records)
        {
            if (!_numbered.TryGetValue(record.First, out var there))
            {
                _numbered.Add(record.First, there = []);
            }

            there.Add((host, record));
        }
    }

    public void Judge(NodeId node, Effect effect)
    {
        switch (effect)
        {
            case LogStarted e:
                OnLogStarted(ReaderOn(node), e);
                break;
            case Deliver e:
                OnDeliver(ReaderOn(node), e);
                break;
            case Excluded:
                ReaderOn(node).IsReading = false;
                break;
            case EpochAccepted e:
                var reader = ReaderOn(node);
                Require(e.Epoch >= reader.Accepted, "epochs never go back", $"{Trace.Of(node)} went from epoch {reader.Accepted} to {e.Epoch}");
                reader.Accepted = e.Epoch;
                break;
            case Diverged e:
                throw new ViolationException("no divergence", Trace.Of(e));
            case Forged e:
                throw new ViolationException("nobody speaks for another", $"{Trace.Of(node)}: {Trace.Of(e)}");
            case Refused e:
                throw new ViolationException("nobody refused", $"{Trace.Of(node)}: {e.Why}");
        }
    }

    private static void Require(bool holds, string rule, [InterpolatedStringHandlerArgument(nameof(holds))] Complaint what)
    {
        if (!holds)
        {
            throw new ViolationException(rule, what.ToString());
        }
    }

    private void OnLogStarted(Reader reader, LogStarted e)
    {
        var who = reader.Label;
        Require(e.First == e.Before.At.Next, "no gap", $"the log of {who} starts at {e.First} after a snapshot at {e.Before.At}");
        if (!_rooms.TryGetValue(e.Before.Room, out var room))
        {
            // Its first entry is the founder's joining.
            var founder = e.Before.Members is [var only] ? only.Node : default;
            var elsewhere = _readers.Values.FirstOrDefault(r => r.IsReading && r.Node != reader.Node && lives(r.Node));
            Require(askedFor(founder), "one room", $"{who} starts in a room that {Trace.Of(founder)} began, and nobody asked it to");
            Require(elsewhere is null, "one room", $"{who} starts in a new room while {(elsewhere is null ? "" : Trace.Of(elsewhere.Node))} lives in the old one");
            _rooms.Add(e.Before.Room, room = new Chronicle(e.Before));
        }

        var at = room.Find(e.Before.At, e.Before.Hash) ?? FillUp(room, e.Before.At, e.Before.Hash);
        Require(at is not null, "one order", $"{who} starts from {e.Before.At} with a hash that the order does not have there");
        Require(new Fold(e.Before).Fingerprint == at!.Fingerprint, "a snapshot is what the log folds into", $"{who} starts from {Trace.Of(e)}");
        Require(
            reader.Room != room || reader.At is null || reader.At.Last <= at.Last || !Chronicle.IsBefore(at, reader.At),
            "nothing twice",
            $"{who} had seen everything up to {reader.At?.Last} and starts again at {e.First}");
        JudgeNews(reader, e, reader.Room == room && reader.At is { } seen ? (Chronicle.Common(seen, at).Last, seen.Last) : (at.Last, at.Last), at.Last);
        reader.GoOnAfter(at, room);
        reader.IsReading = true;
    }

    /// <summary>Who comes back is told just what is not in the order that goes on, and how many numbers it skips.</summary>
    private static void JudgeNews(Reader reader, LogStarted e, (SequenceNumber Common, SequenceNumber Last) seen, SequenceNumber last)
    {
        var news = new List<News>();
        reader.Desk.Take(e, default, news);
        News[] retracted = seen.Common < seen.Last ? [new Retracted(seen.Common.Next, seen.Last)] : [];
        News[] missed = seen.Last < last ? [new Missed(last - seen.Last)] : [];
        Require(
            news[..^1].SequenceEqual([.. retracted, .. missed]),
            "told what was taken back",
            $"{Trace.Of(reader.Node)} had seen up to {seen.Last}, of which the room has up to {seen.Common}, comes in after {last}, and is told: {string.Join(", ", news[..^1])}");
    }

    private void OnDeliver(Reader reader, Deliver e)
    {
        Deliveries += e.Record.Count;
        var who = reader.Label;
        Require(reader is { IsReading: true, At: not null }, "no gap", $"{who} delivers {e.Record.First} before its log started");
        var before = reader.At!;
        Require(e.Record.First == before.Last.Next, "no gap", $"{who} delivers {e.Record.First} after {before.Last}");
        Require(e.HashBefore == before.Hash, "one order", $"{who} delivers {e.Record.First} after a transcript that it has not delivered");
        var chapter = before.After.Find(c => ReferenceEquals(c.Record, e.Record));
        if (chapter is null)
        {
            var hash = TranscriptHash.After(e.Record, e.HashBefore);
            chapter = before.After.Find(c => c.Hash == hash) ?? Write(reader.Room!, before, e.Record, hash, who);
        }

        Require(chapter.Name == e.Name, "names", $"{who} delivers {e.Record.First} as by '{e.Name}', who is '{chapter.Name}'");
        chapter.DeliveredBy.Add(reader.Node);
        reader.Desk.Take(e, default, []);
        reader.At = chapter;
    }

    /// <summary>The first delivery of something: here it is decided whether it may be.</summary>
    private Chapter Write(Chronicle room, Chapter before, LogRecord record, ulong hash, string who)
    {
        var place = new Delivery(who, record);
        if (record.Entry is EpochStarted started)
        {
            Require(record.Epoch > before.Epoch, "epochs never go back", $"{place} after epoch {before.Epoch}");
            _hosts.TryAdd((room.RootRoom.Room, record.Epoch), started.Host);
            Require(_hosts[(room.RootRoom.Room, record.Epoch)] == started.Host, "one host an epoch", $"{place}");
        }
        else
        {
            // A room's founder comes before its first reign is announced.
            Require(record.Epoch == before.Epoch || before.Last == SequenceNumber.None, "nothing from a fenced sequencer", $"{place} in the reign {before.Epoch}");
        }

        if (record.Entry is EpochStarted { MayHaveLost: var isSaid })
        {
            LossesAnnounced += isSaid ? 1 : 0;
            var owed = _unsaid.FindAll(u => u.Lost.Record!.Epoch < record.Epoch && IsOnTheWay(u.Instead, before));
            Require(isSaid || owed.Count == 0, "no silent loss", $"{place}, where {(owed.Count == 0 ? "" : Trace.Of(new Deliver(owed[0].Lost.Record!, 0, null)))} had been delivered");
            _unsaid.RemoveAll(owed.Contains);
            Losses += owed.Count;
        }

        foreach (var other in before.After)
        {
            JudgeFork(other.Record!, other, record, room, place);
        }

        if (record.Entry is Said said)
        {
            foreach (var message in said.Block)
            {
                Require(_submitted.TryGetValue(message.Id, out var submitted), "nothing invented", $"{place}: nobody submitted {Trace.Of(message.Id.User)}:{message.Id.Counter}");
                Require(message.Utf8Text.SequenceEqual(submitted.Text) && message.Relation == submitted.Relation, "text intact", $"{place}");
                var twice = room.With(message.Id).FirstOrDefault(c => Chronicle.IsBefore(c, before));
                Require(twice is null, "no duplicate id", $"{place}: {Trace.Of(message.Id.User)}:{message.Id.Counter} was there before at {twice?.Record!.First}");
            }
        }

        if (record.Entry is UserJoined joined && ReferenceEquals(before, room.Tip) && room.Fold.LastCounter(joined.User) is { } last)
        {
            // A session may go on after messages that the room does not have only where they had been delivered before the loss, or in another
            // room, in which the session was while this one stood still.
            for (var counter = last + 1; counter < joined.FirstCounter; counter++)
            {
                Require(_rooms.Values.Any(r => r.With(new MessageId(joined.User, counter)).Count > 0), "no silent loss", $"{place}: message {counter} is skipped, and nobody ever delivered it");
            }
        }

        var chapter = room.Append(before, record, hash, out var wrong);
        Require(wrong is null, "first in, first out, names and membership", $"{place}: {wrong}");
        return chapter;
    }

    /// <summary>Two histories part. That may be only where so many died that nobody left could know, and then it must be said.</summary>
    private void JudgeFork(LogRecord other, Chapter there, LogRecord record, Chronicle room, Delivery place)
    {
        Require(other.Epoch != record.Epoch, "one order", $"{place}, and epoch {other.Epoch} had something else there");
        if (other.Epoch > record.Epoch && room.RootRoom.Delivery == DeliveryLevel.Uniform)
        {
            // The other history died with whoever delivered it. This entry has to say so, or the next reign of this history.
            if (record.Entry is EpochStarted { MayHaveLost: true })
            {
                Losses++;
            }
            else
            {
                _unsaid.Add((there, record));
            }

            return;
        }

        var newer = other.Epoch > record.Epoch ? other : record;
        Require(newer.Entry is EpochStarted, "one order", $"{place}, where others delivered {Trace.Of(new Deliver(other, 0, null))}");
        Losses++;
        if (room.RootRoom.Delivery == DeliveryLevel.Agreed)
        {
            // Here a delivered message may go with the dead and the cut-off; but not while a living member that the host knows of has it.
            var host = ((EpochStarted)newer.Entry).Host;
            var holder = ReferenceEquals(newer, record) ? _readers.Values.FirstOrDefault(r => r.IsReading && lives(r.Node) && knows(host, r.Node) && r.At is { } at && Chronicle.IsBefore(there, at)) : null;
            Require(holder is null, "agreed: nothing lost that a member has", $"{place}, and {(holder is null ? "" : Trace.Of(holder.Node))} has delivered otherwise");
            return;
        }

        Require(newer.Entry is EpochStarted { MayHaveLost: true }, "no silent loss", $"{place}, where {string.Join(' ', there.DeliveredBy.Distinct().Select(Trace.Of))} delivered {Trace.Of(new Deliver(other, 0, null))}");
    }

    private static bool IsOnTheWay(LogRecord record, Chapter to)
    {
        var at = to;
        while (at is { Record: not null } && at.Last > record.Last)
        {
            at = at.Before!;
        }

        return ReferenceEquals(at.Record, record);
    }

    /// <summary>Writes what was numbered but not yet delivered, up to a newcomer's starting point.</summary>
    private Chapter? FillUp(Chronicle room, SequenceNumber at, ulong hash)
    {
        for (var from = room.Tip; from is not null; from = from.Before)
        {
            if (from.Last < at && Path(from.Last, from.Hash, at, hash, from.Epoch, null) is { } path)
            {
                foreach (var (record, after) in path)
                {
                    from = from.After.Find(c => c.Hash == after) ?? Write(room, from, record, after, "the order");
                }

                return from;
            }
        }

        return null;
    }

    private List<(LogRecord Record, ulong After)>? Path(SequenceNumber last, ulong hash, SequenceNumber to, ulong target, Epoch epoch, NodeId? host)
    {
        if (last >= to)
        {
            return last == to && hash == target ? [] : null;
        }

        foreach (var (by, record) in _numbered.GetValueOrDefault(last.Next) ?? [])
        {
            // Several rooms may use the same numbers: within a reign, all is from one host.
            if (record.Epoch < epoch || (record.Epoch == epoch && host is not null && by != host))
            {
                continue;
            }

            var after = TranscriptHash.After(record, hash);
            if (Path(record.Last, after, to, target, record.Epoch, by) is { } rest)
            {
                rest.Insert(0, (record, after));
                return rest;
            }
        }

        return null;
    }
}
