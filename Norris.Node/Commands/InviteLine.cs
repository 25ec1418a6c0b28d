using System.CommandLine;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>Where a room is, and perhaps an invite into it: addresses, or a line as <c>192.168.1.7,192.168.1.8/4mvt-9c2k-…</c>.</summary>
internal sealed record InviteLine(IReadOnlyList<Endpoint> Addresses, InviteCode? Invite)
{
    public static InviteLine None { get; } = new([], null);

    public Entry.Join Entry(bool? isPrivate) => new(Addresses, Invite) { IsPrivate = Invite is not null ? true : isPrivate };

    public static Argument<InviteLine> Argument(Command command, string description)
    {
        var argument = new Argument<InviteLine>("ADDRESS") { Description = description, Arity = ArgumentArity.ZeroOrMore };
        argument.CustomParser = result =>
        {
            if (result.Tokens.FirstOrDefault(t => t.Value.StartsWith('-')) is { } option)
            {
                result.AddError(CommandLine.Unknown(option.Value, command));
                return None;
            }

            try
            {
                return Read([.. result.Tokens.Select(t => t.Value)]);
            }
            catch (FormatException e)
            {
                result.AddError(e.Message);
                return None;
            }
        };
        command.Arguments.Add(argument);
        return argument;
    }

    /// <exception cref="FormatException">It is none; the message is a line.</exception>
    public static InviteLine Read(IReadOnlyList<string> words)
    {
        if (words.FirstOrDefault(w => w.Contains('/', StringComparison.Ordinal)) is not { } line)
        {
            return new(Each(words), null);
        }

        if (words.Count > 1)
        {
            throw new FormatException("an invite stands alone: norris join ADDRESS/CODE");
        }

        var slash = line.IndexOf('/', StringComparison.Ordinal);
        var addresses = Each(line[..slash].Split(','));
        return new(addresses, InviteCode.Parse(line[(slash + 1)..]));
    }

    private static IReadOnlyList<Endpoint> Each(IReadOnlyList<string> words) =>
        [.. words.Select(word => Endpoints.TryParse(word, out var endpoint, out var whyNot) ? endpoint : throw new FormatException(whyNot))];
}
