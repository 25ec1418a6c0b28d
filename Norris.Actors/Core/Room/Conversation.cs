using System.Collections.Immutable;
using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>A message in its place in the order.</summary>
/// <param name="Number">Its place.</param>
/// <param name="Id">Which message it is.</param>
/// <param name="Name">Its user's name there.</param>
/// <param name="Text">What it says.</param>
/// <param name="OrderedAt">When it was numbered, in milliseconds since 1970, UTC.</param>
/// <param name="Relation">What it is about; null: nothing that was said before.</param>
public sealed record SaidMessage(SequenceNumber Number, MessageId Id, string Name, string Text, long OrderedAt, Relation? Relation);

/// <summary>Those who stand by one reaction to a message.</summary>
/// <param name="Text">The character.</param>
/// <param name="By">Who, in the order in which they reacted.</param>
public sealed record Reaction(string Text, ImmutableArray<(UserId User, string Name)> By);

/// <summary>A message as it stands after all that was said about it.</summary>
/// <param name="Said">As it was said.</param>
/// <param name="Text">What it says now; empty: it is deleted.</param>
/// <param name="EditedAt">When its text was last changed, in milliseconds since 1970, UTC; null: never.</param>
/// <param name="IsDeleted">Its user wants it hidden.</param>
/// <param name="Reactions">Those that were not taken back, in the order in which they came.</param>
public sealed record StandingMessage(SaidMessage Said, string Text, long? EditedAt, bool IsDeleted, ImmutableArray<Reaction> Reactions);

/// <summary>
/// Messages as they stand: a fold over the order, the same for all who have seen a message and what came after it. Bounded: the oldest are forgotten, with
/// what was said about them. Entries may come in any order, so that a page of an archive can be put before what is there. Pure; not safe for several threads.
/// </summary>
/// <param name="most">So many messages are kept, edits, deletions and reactions included.</param>
/// <param name="mostChars">So many UTF-16 units of text are kept.</param>
public sealed class Conversation(int most, long mostChars)
{
    /// <summary>A message shows so many different reactions; more of them are not shown.</summary>
    public const int Reactions = 32;

    private static readonly Comparer<SaidMessage> ByNumber = Comparer<SaidMessage>.Create((a, b) => a.Number.CompareTo(b.Number));

    private readonly SortedSet<SaidMessage> _kept = new(ByNumber);
    private readonly Dictionary<MessageId, SaidMessage> _messages = [];
    private readonly Dictionary<MessageId, SortedSet<SaidMessage>> _amendments = [];
    private long _chars;

    /// <summary>The messages that are known here, the newest first: no edits, deletions and reactions.</summary>
    public IEnumerable<StandingMessage> NewestFirst => _kept.Reverse().Where(IsKnown).Select(Stand);

    /// <summary>Takes a message of the order, once.</summary>
    public void Take(SaidMessage said)
    {
        if (!_kept.Add(said))
        {
            return;
        }

        _chars += said.Text.Length;
        if (said.Relation is not { IsAmendment: true } about)
        {
            _messages[said.Id] = said;
        }
        else if (_amendments.TryGetValue(about.To, out var others))
        {
            others.Add(said);
        }
        else
        {
            _amendments.Add(about.To, new(ByNumber) { said });
        }

        while (_kept.Count > most || (_chars > mostChars && _kept.Count > 1))
        {
            Forget(_kept.Min!);
        }
    }

    /// <summary>The order has something else at these places, or may have.</summary>
    public void Retract(SequenceNumber first, SequenceNumber last)
    {
        foreach (var said in _kept.Where(said => said.Number >= first && said.Number <= last).ToList())
        {
            Forget(said);
        }
    }

    /// <summary>A message as it stands; null: it is not known here. It was said before, or is an edit, a deletion or a reaction, which nothing can be about.</summary>
    public StandingMessage? Find(MessageId id) => _messages.TryGetValue(id, out var said) ? Stand(said) : null;

    private bool IsKnown(SaidMessage said) => _messages.TryGetValue(said.Id, out var known) && ReferenceEquals(known, said);

    private void Forget(SaidMessage said)
    {
        _kept.Remove(said);
        _chars -= said.Text.Length;
        if (IsKnown(said))
        {
            _messages.Remove(said.Id);
        }
        else if (said.Relation is { IsAmendment: true } about && _amendments.TryGetValue(about.To, out var others) && others.Remove(said) && others.Count == 0)
        {
            _amendments.Remove(about.To);
        }
    }

    private StandingMessage Stand(SaidMessage said)
    {
        var (text, edited) = (said.Text, (long?)null);
        var reactions = new List<Reaction>();
        foreach (var later in _amendments.GetValueOrDefault(said.Id) ?? [])
        {
            if (later.Number < said.Number || later.Relation is not { } about)
            {
                continue; // it guessed the id of what was still to come
            }

            if (about.Kind == RelationKind.Reaction)
            {
                React(reactions, later);
            }
            else if (later.Id.User != said.Id.User)
            {
                continue; // the order has none: a page of an archive may
            }
            else if (about.Kind == RelationKind.Deletion)
            {
                return new StandingMessage(said, "", edited, true, []);
            }
            else
            {
                (text, edited) = (later.Text, later.OrderedAt);
            }
        }

        return new StandingMessage(said, text, edited, false, [.. reactions]);
    }

    private static void React(List<Reaction> reactions, SaidMessage by)
    {
        var at = reactions.FindIndex(r => r.Text == by.Text);
        if (at < 0)
        {
            if (reactions.Count < Reactions)
            {
                reactions.Add(new Reaction(by.Text, [(by.Id.User, by.Name)]));
            }

            return;
        }

        // The same once more takes it back.
        var before = reactions[at].By;
        var after = before.RemoveAll(one => one.User == by.Id.User);
        after = after.Length < before.Length ? after : before.Add((by.Id.User, by.Name));
        if (after.IsEmpty)
        {
            reactions.RemoveAt(at);
        }
        else
        {
            reactions[at] = new Reaction(by.Text, after);
        }
    }
}
