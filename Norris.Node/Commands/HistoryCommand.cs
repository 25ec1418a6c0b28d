using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris history</c>: reads, searches and exports an archive without a cluster.</summary>
internal sealed class HistoryCommand
{
    private const int DefaultLimit = 50;
    private const int Page = 1_000;
    private const string Empty = "this archive is empty";

    private const string Examples =
        """
        Examples:
          norris history                                         the last messages of this user's own archive
          norris history --search 'tea ready' --limit 5
          norris history --search '"tea is ready" -milk from:ada since:2026-01-31'
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
        Description = $"Only messages that match: {SearchQuery.Language}. A word is found whole, without regard to case (ß is ss) and to accents on Latin letters, and 1.2.3 as it stands.",
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

    private readonly Option<long?> _deleteMessage = new("--delete-message")
    {
        Description = "Delete one message of the room from the archive, by its number (seq, as --export json tells it) or that of an edit: all of its texts, and the reactions to it. It cannot be undone.",
        HelpName = "SEQ",
        CustomParser = result => long.TryParse(ChatOptions.Single(result), NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq > 0
            ? seq
            : ChatOptions.Fail<long?>(result, $"--delete-message {ChatOptions.Single(result)}: write a message's number; --export json tells it"),
    };

    private readonly Option<string?> _deleteUser = new("--delete-user")
    {
        Description = "Delete all that was said or edited in the room under a name, as by --delete-message, and its coming and going, from the archive. It cannot be undone.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _yes = new("--yes") { Description = "Delete without asking, as a script needs it." };

    private HistoryCommand(Surroundings surroundings) => _surroundings = surroundings;

    public static Command Create(Surroundings surroundings)
    {
        var history = new HistoryCommand(surroundings);
        var command = new Command("history", "Read, search or export an archive, without a room.")
        {
            history._archive, history._search, history._limit, history._export, history._room, history._rooms, history._delete, history._deleteMessage, history._deleteUser, history._yes,
        };
        command.SetAction(history.Run);
        CommandLine.ShowExamples(command, Examples);
        return command;
    }

    private async Task<int> Run(ParseResult parsed, CancellationToken cancel)
    {
        var name = parsed.GetValue(_archive) ?? StoreName.Default;
        if (Together(parsed) is { } together)
        {
            _surroundings.Tell(together);
            return ExitCode.WrongUsage;
        }

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

    /// <summary>Why these options do not go together: who deletes by mistake what was to be read, or more than was meant, gets nothing back.</summary>
    private string? Together(ParseResult parsed)
    {
        Option[] tasks = [_delete, _deleteMessage, _deleteUser, _rooms, _search, _export];
        var asked = tasks.Where(o => parsed.GetResult(o) is { Implicit: false }).ToList();
        return asked.Find(o => o == _delete || o == _deleteMessage || o == _deleteUser) is { } delete && asked.Count > 1
            ? $"{delete.Name} and {asked.First(o => o != delete).Name} are two things: ask for one of them"
            : parsed.GetValue(_delete) is not null && parsed.GetValue(_room) is { } room
                ? $"--delete-room says which room; leave out --room {room}"
                : null;
    }

    private async Task<int> Run(ParseResult parsed, IHistoryStore store, CancellationToken cancel)
    {
        if (parsed.GetValue(_delete) is { } condemned)
        {
            var entries = (await store.Present(condemned, cancel)).Sum(r => r.Count);
            return await Delete(parsed, $"all of room {condemned}, {LineScreen.Count(entries, "entry", "entries")},", $"no room {condemned}; --rooms lists its rooms", async () => await store.DeleteRoom(condemned, cancel) ? Math.Max(1, entries) : 0, cancel);
        }

        var export = parsed.GetValue(_export);
        var zone = _surroundings.Time.LocalTimeZone;
        using var output = new HistoryOutput(new ScreenOutput(_surroundings.Streams.Out), export ?? HistoryFormat.Text, zone);
        var rooms = await store.Rooms(cancel);
        if (parsed.GetValue(_rooms))
        {
            foreach (var each in rooms)
            {
                output.Show(each);
            }

            if (rooms.Count == 0)
            {
                _surroundings.Tell(Empty);
            }

            return End(output);
        }

        var wanted = parsed.GetValue(_room);
        var room = wanted is null ? (rooms.Count > 0 ? rooms[^1] : null) : rooms.FirstOrDefault(r => r.Room == wanted);
        if (room is null)
        {
            _surroundings.Tell(wanted is null ? Empty : $"this archive has no room {wanted}; --rooms lists them");
            return ExitCode.CouldNot;
        }

        if (wanted is null && rooms.Count > 1)
        {
            _surroundings.Tell($"this archive has {rooms.Count} rooms; this is {room.Room}, the one with the latest message; --rooms lists them");
        }

        if (parsed.GetValue(_deleteMessage) is { } seq)
        {
            var present = await store.Present(room.Room, cancel);
            var range = present.Count > 0 ? $"; the numbers of what it has are from {present[0].First} to {present[^1].Last}" : "";
            return await Delete(parsed, $"message {seq} of room {room.Room}, with its other texts and the reactions to it,", $"no message {seq} of room {room.Room}{range}", () => store.DeleteMessage(room.Room, seq, cancel), cancel);
        }

        if (parsed.GetValue(_deleteUser) is { } user)
        {
            return await Delete(parsed, $"all that {user} said in room {room.Room}", $"nothing that {user} said in room {room.Room}", () => store.DeleteUser(room.Room, user, cancel), cancel);
        }

        var limit = parsed.GetValue(_limit);
        if (parsed.GetValue(_search) is { } words)
        {
            if (ReadQuery(words, zone) is not { } query)
            {
                return ExitCode.WrongUsage;
            }

            var isAny = await ShowLast(room, limit ?? (export is null ? DefaultLimit : int.MaxValue), output, async (before, count) =>
                new([.. (await store.Search(room.Room, query, before, count, cancel)).Reverse()], []));
            if (!isAny)
            {
                _surroundings.Tell("no message of this room in the archive matches");
            }
        }
        else if (export is null || limit is not null)
        {
            var filter = export is null ? EntryFilter.Messages : EntryFilter.All;
            var isAny = await ShowLast(room, limit ?? DefaultLimit, output, (before, count) => store.Before(room.Room, before, count, filter, cancel));
            if (!isAny)
            {
                _surroundings.Tell("no message of this room is in the archive; --export text shows who came and went");
            }
        }
        else
        {
            await ShowAll(store, room.Room, output, cancel);
        }

        var code = End(output);
        if (export is not null && output.Missing > 0)
        {
            _surroundings.Tell($"{LineScreen.Count(output.Missing, "entry of this room is", "entries of this room are")} not in this archive; the export says where");
        }

        return code;
    }

    /// <summary>Null: it makes no sense, which is told.</summary>
    private SearchQuery? ReadQuery(string words, TimeZoneInfo zone)
    {
        try
        {
            var query = SearchQuery.Parse(words, zone);
            if (!query.IsEmpty)
            {
                return query;
            }

            _surroundings.Tell($"--search: {query.WhyEmpty}");
        }
        catch (HistoryStoreException e)
        {
            _surroundings.Tell($"--search: {e.Message}");
        }

        return null;
    }

    private async Task<int> Delete(ParseResult parsed, string what, string none, Func<Task<long>> delete, CancellationToken cancel)
    {
        if (!parsed.GetValue(_yes))
        {
            if (!_surroundings.Streams.InIsTerminal)
            {
                _surroundings.Tell($"{what} would be deleted for good: say --yes where nobody can be asked");
                return ExitCode.WrongUsage;
            }

            _surroundings.Tell($"{what} will be deleted from this archive for good; type yes to do it:");
            if (await _surroundings.Streams.Lines.Next(cancel) is not { Action: InputAction.Say { Text: var answer } } || answer.Trim() != "yes")
            {
                _surroundings.Tell("nothing was deleted");
                return ExitCode.CouldNot;
            }
        }

        var deleted = await delete();
        _surroundings.Tell(deleted > 0
            ? $"deleted {deleted} {(deleted == 1 ? "entry" : "entries")}; other archives of the room keep theirs"
            : $"nothing was deleted: this archive has {none}");
        return deleted > 0 ? ExitCode.LeftProperly : ExitCode.CouldNot;
    }

    /// <summary>An export that ends early must not look like a whole one.</summary>
    private int End(HistoryOutput output)
    {
        output.Flush();
        if (output.Trouble is not { } trouble)
        {
            return ExitCode.LeftProperly;
        }

        _surroundings.Tell(trouble);
        return ExitCode.CouldNot;
    }

    /// <summary>
    /// Pages are found from the newest back and shown from the oldest on, so each is read again when its turn comes: what is shown need not fit
    /// into the memory.
    /// </summary>
    /// <returns>Whether there was anything to show.</returns>
    private static async Task<bool> ShowLast(ArchivedRoom room, int limit, HistoryOutput output, Func<long, int, Task<HistoryPage>> read)
    {
        var pages = new Stack<(long Before, int Count)>();
        for (var before = room.Newest.Seq + 1; limit > 0;)
        {
            var count = Math.Min(Page, limit);
            var page = await read(before, count);
            pages.Push((before, count));
            if (page.Entries.Count < count)
            {
                break;
            }

            limit -= count;
            before = page.Entries[0].Seq;
        }

        var isAny = false;
        foreach (var (before, count) in pages)
        {
            if (output.HasEnded)
            {
                return true;
            }

            var page = await read(before, count);
            isAny |= page.Entries.Count > 0;
            output.Show(page);
        }

        return isAny;
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

    internal static RoomId? ReadRoom(ArgumentResult result, string option) =>
        ulong.TryParse(ChatOptions.Single(result), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            ? new RoomId(id)
            : ChatOptions.Fail<RoomId?>(result, $"{option} {ChatOptions.Single(result)}: a room's id is 16 hex digits; --rooms lists them");
}
