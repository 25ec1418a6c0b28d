using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>
/// Remembers who this account is, from one run to the next: a name, and the secret token that proves the name one's own. Only one process
/// at a time uses the profile; the others get an identity for this run only, so that two terminals of one person are two users. Safe for several threads.
/// </summary>
public sealed partial class ProfileStore : IDisposable
{
    /// <summary>The environment variable that names another file.</summary>
    public const string PathVariable = "NORRIS_PROFILE";

    /// <summary>In how many rooms it is remembered how far the user has read; the ones read last.</summary>
    private const int RoomsRemembered = 100;

    /// <summary>Of how many members of the last room it is remembered where they listen.</summary>
    private const int MembersRemembered = 16;

    /// <summary>In bytes; one of ours is far smaller.</summary>
    private const int LargestFile = 1024 * 1024;

    private const int TokenBytes = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly FileStream? _lock;

    private ProfileStore(string path, FileStream? ownLock, UserProfile profile, string? warning)
    {
        _path = path;
        _lock = ownLock;
        Profile = profile;
        Warning = warning;
    }

    /// <summary>Who the user is in this run.</summary>
    public UserProfile Profile { get; private set; }

    /// <summary>Whether another process uses the profile, or it cannot be kept, so that nothing of this run's identity is saved.</summary>
    public bool IsEphemeral => _lock is null;

    /// <summary>One line for the user about what is wrong with the profile; null: nothing.</summary>
    public string? Warning { get; private set; }

    /// <summary>The file in the user's data folder, or where <see cref="PathVariable"/> says. Null where the account has no home.</summary>
    public static string? DefaultPath()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } chosen)
        {
            return Path.GetFullPath(chosen);
        }

        return DataFolder() is { } folder ? Path.Combine(folder, "profile.json") : null;
    }

    /// <summary>Norris's own folder among this account's data. Null where the account has no home.</summary>
    public static string? DataFolder()
    {
        var home = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
        if (!Path.IsPathRooted(home))
        {
            home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        }

        return home.Length == 0 ? null : Path.Combine(home, "norris");
    }

    /// <summary>Opens the profile and keeps it until disposed. Never fails: where it cannot be used, there is a <see cref="Warning"/>.</summary>
    public static ProfileStore Open(string? path)
    {
        if (path is null)
        {
            return new ProfileStore("", null, Fresh(""), "this account has no data folder, so your name is not kept; NORRIS_PROFILE=FILE chooses a file");
        }

        FileStream? ownLock = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            ownLock = TryLock(path + ".lock");
            return Load(path, ownLock);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ownLock?.Dispose();
            return new ProfileStore(path, null, Fresh(""), $"the profile {path} cannot be used, so your name is not kept: {e.Message}");
        }
    }

    /// <summary>Keeps a name for the next run. Gives a line for the user where that fails, else null.</summary>
    public string? KeepName(string name)
    {
        lock (_gate)
        {
            if (IsEphemeral || name == Profile.Name)
            {
                return null;
            }

            Profile = Profile with { Name = name };
            return TrySave("your name");
        }
    }

    /// <summary>Keeps what the user wants to be told of who comes and goes. Gives a line for the user where that fails, else null.</summary>
    public string? KeepNotices(JoinNotices notices)
    {
        lock (_gate)
        {
            if (IsEphemeral || notices == Profile.Notices)
            {
                return null;
            }

            Profile = Profile with { Notices = notices };
            return TrySave("what you want to be told");
        }
    }

    /// <summary>Keeps how far the user has read in a room; never goes back. Gives a line for the user where that fails, else null.</summary>
    public string? KeepReadTo(string room, long seq)
    {
        lock (_gate)
        {
            if (IsEphemeral || seq <= Profile.ReadToOf(room))
            {
                return null;
            }

            Profile = WithReadTo(Profile, (room, seq));
            return TrySave("how far you have read");
        }
    }

    /// <summary>Keeps where the others of the room listen, to come back through them; of a room without others nothing. Gives a line for the user where that fails, else null.</summary>
    /// <param name="others">Where they listen.</param>
    /// <param name="isPrivate">Whether the room is for certain devices.</param>
    public string? KeepRoom(IReadOnlyList<string> others, bool isPrivate)
    {
        var members = others.Take(MembersRemembered).Select(Endpoint).OfType<Endpoint>().ToArray();
        lock (_gate)
        {
            if (IsEphemeral || members.Length == 0 || (members.SequenceEqual(Profile.LastRoom) && isPrivate == Profile.LastRoomIsPrivate))
            {
                return null;
            }

            Profile = Profile with { LastRoom = [.. members], LastRoomIsPrivate = isPrivate };
            return TrySave("where the room is");
        }
    }

    /// <summary>
    /// Writes the profile at <paramref name="path"/> to a new file that only its owner can read: whoever has it is this user. Gives why not, in a
    /// line, else null. Works while a chat uses the profile.
    /// </summary>
    public static string? Export(string? path, string to)
    {
        try
        {
            if (path is null || !File.Exists(path))
            {
                return "there is no profile yet: the first chat makes one";
            }

            if (Read(path) is not { } profile)
            {
                return $"the profile {path} is damaged";
            }

            Write(to, profile);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{to} cannot be written: {e.Message}";
        }
    }

    /// <summary>
    /// Makes an exported profile the one at <paramref name="path"/>; another one that was there is kept beside it. Gives a line about the outcome,
    /// and whether it worked.
    /// </summary>
    public static (bool Done, string Outcome) Import(string? path, string from)
    {
        try
        {
            if (path is null)
            {
                return (false, "this account has no data folder; NORRIS_PROFILE=FILE chooses a file");
            }

            if (Read(from) is not { } imported)
            {
                return (false, $"{from} is no exported profile");
            }

            var isFirst = !File.Exists(path);
            using var store = Open(path);
            if (store.IsEphemeral)
            {
                return (false, store.Warning ?? $"a chat uses the profile {path}: leave it first");
            }

            var who = imported.Name.Length > 0 ? imported.Name : "the same user";
            if (store.Profile.Token.Span.SequenceEqual(imported.Token.Span))
            {
                // The same user: each device may have read further than the other in some room.
                var further = imported.ReadTo.Where(mark => mark.Seq > store.Profile.ReadToOf(mark.Room)).Aggregate(store.Profile, WithReadTo);
                store.Profile = further with { Name = imported.Name.Length > 0 ? imported.Name : further.Name };
                store.Save();
                return (true, $"you are {who} here, as before");
            }

            var aside = FreeName(path + ".before");
            if (!isFirst)
            {
                File.Copy(path, aside);
            }

            store.Profile = imported;
            store.Save();
            return (true, $"you are {who} here{(isFirst ? "" : $"; who you were before is kept in {aside}")}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (false, $"{from} cannot be imported: {e.Message}");
        }
    }

    public void Dispose() => _lock?.Dispose();

    private static UserProfile WithReadTo(UserProfile profile, (string Room, long Seq) mark) =>
        profile with { ReadTo = [.. profile.ReadTo.Where(other => other.Room != mark.Room).TakeLast(RoomsRemembered - 1), mark] };

    private static UserProfile Fresh(string name) => new(name, RandomNumberGenerator.GetBytes(TokenBytes));

    private static Endpoint? Endpoint(string? text) => text is not null && Endpoints.TryParse(text, out var endpoint, out _) ? endpoint : null;

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, Options(FileMode.OpenOrCreate, FileAccess.ReadWrite));
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            return null; // somebody has it open
        }
    }

    private static ProfileStore Load(string path, FileStream? ownLock)
    {
        string? warning = null;
        UserProfile? kept = null;
        if (File.Exists(path))
        {
            kept = Read(path);
            if (kept is null && ownLock is not null)
            {
                var aside = FreeName(path + ".corrupt");
                File.Move(path, aside);
                warning = $"the profile {path} is damaged and was put aside as {aside}; you start with a new one";
            }
        }

        if (ownLock is null)
        {
            return new ProfileStore(path, null, Fresh(kept?.Name ?? ""), warning);
        }

        var store = new ProfileStore(path, ownLock, kept ?? Fresh(""), warning);
        if (kept is null)
        {
            store.Save();
        }

        return store;
    }

    private static UserProfile? Read(string path)
    {
        using var file = File.OpenRead(path);
        return Read(file);
    }

    /// <summary>Null: this is no profile.</summary>
    internal static UserProfile? Read(Stream file)
    {
        if (!file.CanSeek || file.Length > LargestFile)
        {
            return null;
        }

        try
        {
            var stored = JsonSerializer.Deserialize(file, Json.Default.Stored);
            return stored is { Name: { } name, Token.Length: TokenBytes }
                // An earlier version took names that this one does not: the user stays who it is, and asks for another.
                ? new UserProfile(Names.TryNormalise(name, out _, out _) ? name : "", stored.Token)
                {
                    ReadTo = [.. (stored.ReadTo ?? []).Where(mark => mark is { Room: not null, Seq: > 0 }).Select(mark => (mark!.Room!, mark.Seq)).TakeLast(RoomsRemembered)],
                    LastRoom = [.. (stored.LastRoom ?? []).Take(MembersRemembered).Select(Endpoint).OfType<Endpoint>()],
                    LastRoomIsPrivate = stored.LastRoomIsPrivate,
                    Notices = Enum.GetValues<JoinNotices>().FirstOrDefault(n => string.Equals(n.ToString(), stored.Notices, StringComparison.OrdinalIgnoreCase)),
                }
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string FreeName(string path)
    {
        var free = path;
        for (var number = 2; File.Exists(free); number++)
        {
            free = $"{path}-{number}";
        }

        return free;
    }

    private static FileStreamOptions Options(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    private string? TrySave(string what)
    {
        try
        {
            Save();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{what} could not be kept in {_path}: {e.Message}";
        }
    }

    // Written beside and moved over the old one, so that a crash leaves either the old or the new one whole.
    private void Save()
    {
        var temporary = _path + ".new";
        File.Delete(temporary);
        Write(temporary, Profile);
        File.Move(temporary, _path, overwrite: true);
    }

    private static void Write(string path, UserProfile profile)
    {
        using var file = new FileStream(path, Options(FileMode.CreateNew, FileAccess.Write));
        Write(file, profile);
        file.Flush(flushToDisk: true);
    }

    internal static void Write(Stream file, UserProfile profile)
    {
        var readTo = profile.ReadTo.Select(mark => new Mark(mark.Room, mark.Seq)).ToArray();
        JsonSerializer.Serialize(file, new Stored(profile.Name, profile.Token.ToArray(), readTo, [.. profile.LastRoom.Select(member => member.ToString())], profile.LastRoomIsPrivate, profile.Notices.ToString()), Json.Default.Stored);
    }

    /// <param name="ReadTo">Null: written before it was kept.</param>
    /// <param name="LastRoom">Likewise.</param>
    /// <param name="LastRoomIsPrivate">False, too, where it was written before that was kept: no room was private then.</param>
    /// <param name="Notices">Null: written before it was kept.</param>
    private sealed record Stored(string? Name, byte[]? Token, Mark?[]? ReadTo, string?[]? LastRoom, bool LastRoomIsPrivate = false, string? Notices = null);

    private sealed record Mark(string? Room, long Seq);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Stored))]
    private sealed partial class Json : JsonSerializerContext;
}
