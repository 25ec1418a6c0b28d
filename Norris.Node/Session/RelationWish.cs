using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>A message about the last one that fits, for people who type: nobody types an id.</summary>
/// <param name="Kind">How it relates.</param>
/// <param name="Text">Its text. Of a reply or a reaction it may begin with <c>@NAME</c>, whose last message is meant then; without, it is the last of somebody else.</param>
public sealed record RelationWish(RelationKind Kind, string Text)
{
    /// <summary>The relation; null: there is no such message.</summary>
    /// <param name="newestFirst">What was said.</param>
    /// <param name="me">Who wants it.</param>
    /// <param name="text">What is said of it.</param>
    /// <param name="whyNot">Why there is none.</param>
    public Relation? Of(IReadOnlyList<StandingMessage> newestFirst, UserId me, out string text, out string whyNot)
    {
        (text, whyNot) = (Text, "");
        var possible = newestFirst.Where(message => !message.IsDeleted);
        StandingMessage? about;
        if (Relation.IsOwn(Kind))
        {
            about = possible.FirstOrDefault(message => message.Said.Id.User == me);
            whyNot = "there is no message of yours to change: only what you said in this session can be";
        }
        else if (Text.StartsWith('@'))
        {
            // Names may have spaces: the longest that fits is meant.
            about = possible.Where(message => Names(message.Said.Name)).MaxBy(message => message.Said.Name.Length);
            text = about is null ? text : text[(1 + about.Said.Name.Length)..].Trim();
            whyNot = "nobody of that name has said anything here yet";
        }
        else
        {
            about = possible.FirstOrDefault(message => message.Said.Id.User != me);
            whyNot = "nobody else has said anything here yet";
        }

        return about is null ? null : new Relation(Kind, about.Said.Id);

        bool Names(string name) => Text.Length > 1 + name.Length && Text[1 + name.Length] == ' ' && string.Compare(Text, 1, name, 0, name.Length, StringComparison.OrdinalIgnoreCase) == 0;
    }
}
