using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Norris.Actors.Protocol;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris history</c>: reads, searches and exports an archive without a cluster.</summary>
internal sealed class HistoryCommand
{
    private const int DefaultLimit = 50;
    private const int Page = 1_000;

    private const string Examples =
        """
        Examples:
          norris history                                         the last messages of this user's own archive
          norris history --search 'tea ready' --limit 5
          norris history --archive sqlite:/var/lib/chat.db --export json > room.jsonl
          norris history --archive postgres://me@db.example/chat --rooms

        A password for PostgreSQL comes from NORRIS_ARCHIVE_PASSWORD or PGPASSWORD, or from the file that NORRIS_ARCHIVE_PASSWORD_FILE names.
        """;

    private readonly Surroundings _surroundings;

    private readonly Option<StoreName> _archive = new("--archive")
    {
        Description = "The archive: sqlite:PATH or postgres://USER@HOST/DATABASE. [default: an SQLite file in the user's data folder]",
        HelpName = "STORE",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = ChatOptions.ReadStore,
    };

    private readonly Option<string?> _search = new("--search")
    {
        Description = "Only messages that have all these words.",
        HelpName = "WORDS",
    };

    private readonly Option<int?> _limit = new("--limit")
    {
        Description = $"Only the last N. [default: {DefaultLimit}; all with --export]",
        HelpName = "N",
        CustomParser = result => int.TryParse(ChatOptions.Single(result), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? limit
            : ChatOptions.Fail<int?>(result, $"--limit {ChatOptions.Single(result)}: write a number from 1 on"),
    };

    private readonly Option<HistoryFormat?> _export = new("--export")
    {
        Description = "Everything, oldest first, who came and went included: 'json' lines as --ui json gives them, or 'text'.",
        HelpName = "json|text",
        CustomParser = result => ChatOptions.Single(result) switch
        {
            "json" => HistoryFormat.Json,
            "text" => HistoryFormat.Text,
            var other => ChatOptions.Fail<HistoryFormat?>(result, $"--export {other}: there is json and text"),
        },
    };

    private readonly Option<RoomId?> _room = new("--room")
    {
        Description = "The room, where the archive has several. [default: the one with the latest message]",
        HelpName = "ID",
        CustomParser = result => ReadRoom(result, "--room"),
    };

    private readonly Option<bool> _rooms = new("--rooms") { Description = "List the archive's rooms." };

    private readonly Option<RoomId?> _delete = new("--delete-room")
    {
        Description = "Delete all that the archive keeps of a room. It cannot be undone.",
        HelpName = "ID",
        CustomParser = result => ReadRoom(result, "--delete-room"),
    };

    private HistoryCommand(Surroundings surroundings) => _surroundings = surroundings;

    public static Command Create(Surroundings surroundings)
    {
        var history = new HistoryCommand(surroundings);
        var command = new Command("history", "Read, search or export an archive, without a room.")
        {
            history._archive, history._search, history._limit, history._export, history._room, history._rooms, history._delete,
        };
        command.SetAction(history.Run);
        CommandLine.ShowExamples(command, Examples);
        return command;
    }

    private async Task<int> Run(ParseResult parsed, CancellationToken cancel)
    {
        var name = parsed.GetValue(_archive) ?? StoreName.Default;
        try
        {
            // Reading must not make an empty archive where a path was mistyped.
            if (name is SqliteStoreName file && !File.Exists(file.Path))
            {
                _surroundings.Tell($"there is no archive at {name}");
                return ExitCode.CouldNot;
            }

            await using var store = name.Open();
            await store.Prepare(cancel);
            return await Run(parsed, store, cancel);
        }
        catch (HistoryStoreException e)
        {
            _surroundings.Tell(e.Message);
            return ExitCode.CouldNot;
        }
    }

    private async Task<int> Run(ParseResult parsed, IHistoryStore store, CancellationToken cancel)
    {
        if (parsed.GetValue(_delete) is { } condemned)
        {
            var deleted = await store.DeleteRoom(condemned, cancel);
            _surroundings.Tell(deleted ? $"room {condemned} is deleted" : $"this archive has no room {condemned}");
            return deleted ? ExitCode.LeftProperly : ExitCode.CouldNot;
        }

        var rooms = await store.Rooms(cancel);
        if (parsed.GetValue(_rooms))
        {
            List(rooms);
            return ExitCode.LeftProperly;
        }

        var wanted = parsed.GetValue(_room);
        var room = wanted is null ? (rooms.Count > 0 ? rooms[^1] : null) : rooms.FirstOrDefault(r => r.Room == wanted);
        if (room is null)
        {
            _surroundings.Tell(wanted is null ? "this archive is empty" : $"this archive has no room {wanted}; --rooms lists them");
            return ExitCode.CouldNot;
        }

        if (wanted is null && rooms.Count > 1)
        {
            _surroundings.Tell($"this archive has {rooms.Count} rooms; this is {room.Room}, the one with the latest message; --rooms lists them");
        }

        var export = parsed.GetValue(_export);
        var zone = _surroundings.Time.LocalTimeZone;
        using var output = new HistoryOutput(new ScreenOutput(_surroundings.Streams.Out), export ?? HistoryFormat.Text, zone);
        var limit = parsed.GetValue(_limit);
        if (parsed.GetValue(_search) is { } words)
        {
            await Search(store, room.Room, words, limit ?? (export is null ? DefaultLimit : int.MaxValue), output, cancel);
        }
        else if (export is null || limit is not null)
        {
            await ShowLast(store, room.Room, limit ?? DefaultLimit, export is null ? EntryFilter.Messages : EntryFilter.All, output, cancel);
        }
        else
        {
            await ShowAll(store, room.Room, output, cancel);
        }

        output.Flush();
        if (output.Trouble is { } trouble)
        {
            _surroundings.Tell(trouble);
            return ExitCode.CouldNot;
        }

        if (export is not null && output.Missing > 0)
        {
            _surroundings.Tell($"{output.Missing} entries of this room are not in this archive; the export says where");
        }

        return ExitCode.LeftProperly;
    }

    private static async Task Search(IHistoryStore store, RoomId room, string words, int limit, HistoryOutput output, CancellationToken cancel)
    {
        var found = new List<SaidEvent>();
        for (var before = long.MaxValue; found.Count < limit; before = found[^1].Seq)
        {
            var page = await store.Search(room, words, before, Math.Min(Page, limit - found.Count), cancel);
            if (page.Count == 0)
            {
                break;
            }

            found.AddRange(page);
        }

        found.Reverse();
        found.ForEach(output.Show);
    }

    private static async Task ShowLast(
        IHistoryStore store, RoomId room, int limit, EntryFilter filter, HistoryOutput output, CancellationToken cancel)
    {
        // Pages come newest first and are shown oldest first, so they are held until the last of them is there.
        var pages = new Stack<HistoryPage>();
        for (var before = long.MaxValue; limit > 0;)
        {
            var page = await store.Before(room, before, Math.Min(Page, limit), filter, cancel);
            pages.Push(page);
            if (page.Entries.Count == 0)
            {
                break;
            }

            limit -= page.Entries.Count;
            before = page.Entries[0].Seq;
        }

        foreach (var page in pages)
        {
            output.Show(page);
        }
    }

    private static async Task ShowAll(IHistoryStore store, RoomId room, HistoryOutput output, CancellationToken cancel)
    {
        for (var after = 0L; !output.HasEnded;)
        {
            var page = await store.After(room, after, Page, EntryFilter.All, cancel);
            output.Show(page);
            if (page.Entries.Count < Page)
            {
                return;
            }

            after = page.Entries[^1].Seq;
        }
    }

    private void List(IReadOnlyList<ArchivedRoom> rooms)
    {
        using var lines = new StreamWriter(_surroundings.Streams.Out, leaveOpen: true);
        foreach (var room in rooms)
        {
            lines.Write(string.Create(
                CultureInfo.InvariantCulture, $"{room.Room}  {room.Newest.Seq} entries, the last message {JsonLines.Time(room.LastOrderedAt)}\n"));
        }
    }

    internal static RoomId? ReadRoom(ArgumentResult result, string option) =>
        ulong.TryParse(ChatOptions.Single(result), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            ? new RoomId(id)
            : ChatOptions.Fail<RoomId?>(result, $"{option} {ChatOptions.Single(result)}: a room's id is 16 hex digits; --rooms lists them");
}
