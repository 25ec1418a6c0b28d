using System.CommandLine;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>What <c>--continue</c> asks for.</summary>
/// <param name="Room">Null: the one with the latest message.</param>
internal sealed record RoomToGoOnWith(RoomId? Room);

/// <summary>What <c>--archive</c> asks for: a store, looked at before the room is.</summary>
/// <param name="IsRefused">It cannot be used and trying again cannot help; the user was told why.</param>
internal sealed record ArchiveOption(IHistoryStore? Store, bool Works, TimeSpan? Keep, bool IsRefused)
{
    private const int EntriesOfAPage = 1_000;

    /// <summary>A hundred thousand entries are looked through in a second or so.</summary>
    private const int PagesLookedThrough = 100;

    /// <summary>For how long the chat waits for a store at its start.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Null: no archive is wanted.</summary>
    public static async Task<ArchiveOption?> Open(Surroundings surroundings, ChatOptions options, ParseResult parsed, CancellationToken cancel)
    {
        var keep = parsed.GetValue(options.ArchiveKeep);
        if (parsed.GetResult(options.Archive) is null or { Implicit: true })
        {
            if (keep is not null)
            {
                surroundings.Tell("--archive-keep changes nothing without --archive");
            }

            return null;
        }

        IHistoryStore? store = null;
        try
        {
            store = (parsed.GetValue(options.Archive) ?? StoreName.Default).Open();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(Patience);
            await store.Prepare(limit.Token);
            surroundings.Tell($"this node keeps the log of the room in {store.Place}, and everyone in it is told");
            return new ArchiveOption(store, true, keep, false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            surroundings.Tell($"archive {store!.Place}: no answer within {Patience.TotalSeconds:0} s; it is tried again while the chat goes on");
        }
        catch (HistoryStoreException e) when (e.MayPass && store is not null)
        {
            surroundings.Tell($"{e.Message}; it is tried again while the chat goes on");
        }
        catch (HistoryStoreException e)
        {
            surroundings.Tell(e.Message);
            if (store is not null)
            {
                await store.DisposeAsync();
            }

            return new ArchiveOption(null, false, keep, true);
        }

        return new ArchiveOption(store, false, keep, false);
    }

    /// <summary>Where the room stands that is to be gone on with. Null after the refusal.</summary>
    public async Task<RoomPlace?> PlaceOf(RoomToGoOnWith wanted, Surroundings surroundings, CancellationToken cancel)
    {
        if (!Works)
        {
            surroundings.Tell("--continue: the archive cannot be read now, so nobody knows where its room stands; try again when it can");
            return null;
        }

        try
        {
            var rooms = await Store!.Rooms(cancel);
            var room = wanted.Room is null ? (rooms.Count > 0 ? rooms[^1] : null) : rooms.FirstOrDefault(r => r.Room == wanted.Room);
            if (room is null)
            {
                surroundings.Tell($"--continue: the archive {Store.Place} has no {(wanted.Room is { } id ? $"room {id}" : "room yet")}; 'norris history --rooms' lists what one has");
                return null;
            }

            surroundings.Tell($"room {room.Room} goes on after entry {room.Newest.Seq}; should somebody still be in it elsewhere, leave here and join there");
            return new RoomPlace(room.Room, new SequenceNumber(room.Newest.Seq), new Epoch(room.Newest.Epoch), room.Newest.Hash)
            {
                IsEnd = await IsEnd(Store, room, cancel),
                LastStamp = room.LastOrderedAt ?? 0,
                Settings = SettingsOf(await Store.Settings(room.Room, cancel), surroundings),
            };
        }
        catch (HistoryStoreException e)
        {
            surroundings.Tell($"--continue: {e.Message}");
            return null;
        }
    }

    /// <summary>As they were set last. A store may hold what no room takes: that is left out.</summary>
    private static RoomSettings SettingsOf(IReadOnlyList<SettingEvent> changes, Surroundings surroundings)
    {
        var settings = RoomSettings.None;
        foreach (var change in changes)
        {
            if (Enum.IsDefined(change.Setting) && RoomSettings.IsNormal(change.Setting, change.Text))
            {
                settings = settings.With(new RoomChanged(change.Id, change.Setting, change.Text, default), new SequenceNumber(change.Seq));
            }
            else
            {
                surroundings.Tell($"--continue: a setting of the room (entry {change.Seq}) is none that a room has, and was left out; set it again");
            }
        }

        return settings;
    }

    /// <summary>
    /// Whether nothing came after the archive's last entry: its node then said that it keeps the log no longer, as the last thing before it left,
    /// and no user of another node was there. Of a longer history than is looked through it is not known.
    /// </summary>
    private static async Task<bool> IsEnd(IHistoryStore store, ArchivedRoom room, CancellationToken cancel)
    {
        string? lastNode = null;
        var left = new HashSet<UserId>();
        var before = room.Newest.Seq + 1;
        for (var page = 0; page < PagesLookedThrough; page++)
        {
            var entries = (await store.Before(room.Room, before, EntriesOfAPage, EntryFilter.All, cancel)).Entries;
            foreach (var entry in entries.Reverse())
            {
                lastNode ??= entry is RecordingEvent { Recording: false } last ? last.Node : "";
                switch (entry)
                {
                    case LeftEvent e:
                        left.Add(e.Id);
                        break;
                    case JoinedEvent e when left.Add(e.Id) && e.Node != lastNode:
                        return false;
                }
            }

            if (lastNode is null or "" || entries.Count == 0 || entries[0].Seq == 1)
            {
                return lastNode is { Length: > 0 } && entries is [{ Seq: 1 }, ..];
            }

            before = entries[0].Seq;
        }

        return false;
    }

    /// <summary>A host that begins another room is told of the one that it could go on with.</summary>
    public async Task Offer(Surroundings surroundings, CancellationToken cancel)
    {
        try
        {
            if (Works && await Store!.Rooms(cancel) is [.., var room])
            {
                surroundings.Tell($"this is a new room; the archive holds room {room.Room} ({room.Newest.Seq} entries), and --continue goes on with that one");
            }
        }
        catch (HistoryStoreException)
        {
            // The writer tells what is wrong with the store.
        }
    }

    public Recorder Record(Surroundings surroundings, IChatSession order, IArchivePort node) =>
        new(Store!, Works, order, node, Keep, surroundings.Time, surroundings.Tell);
}
