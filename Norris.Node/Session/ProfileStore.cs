using System.Security.Cryptography;
using System.Text.Json;
using Norris.Actors.Room;

namespace Norris.Node.Session;

/// <summary>
/// Remembers who this account is, from one run to the next: a name, and the secret token that proves the name one's own. Only one process
/// at a time uses the profile; the others get an identity for this run only, so that two terminals of one person are two users.
/// </summary>
public sealed class ProfileStore : IDisposable
{
    /// <summary>The environment variable that names another file.</summary>
    public const string PathVariable = "NORRIS_PROFILE";

    private const int TokenBytes = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
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

        var home = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
        if (!Path.IsPathRooted(home))
        {
            home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        }

        return home.Length == 0 ? null : Path.Combine(home, "norris", "profile.json");
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
        if (IsEphemeral || name == Profile.Name)
        {
            return null;
        }

        Profile = Profile with { Name = name };
        try
        {
            Save();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"your name could not be kept in {_path}: {e.Message}";
        }
    }

    public void Dispose() => _lock?.Dispose();

    private static UserProfile Fresh(string name) => new(name, RandomNumberGenerator.GetBytes(TokenBytes));

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
        try
        {
            var stored = JsonSerializer.Deserialize<Stored>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
            return stored is { Name: { } name, Token.Length: TokenBytes } && (name.Length == 0 || Names.TryNormalise(name, out _, out _))
                ? new UserProfile(name, stored.Token)
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

    // Written beside and moved over the old one, so that a crash leaves either the old or the new one whole.
    private void Save()
    {
        var temporary = _path + ".new";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, Options(FileMode.CreateNew, FileAccess.Write)))
        {
            JsonSerializer.Serialize(file, new Stored(Profile.Name, Profile.Token.ToArray()), JsonSerializerOptions.Web);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
    }

    private sealed record Stored(string? Name, byte[]? Token);
}
