using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Norris.Node.Web;

/// <summary>
/// The account's token for the HTTP interface: a file beside the profile that only the account can read. Whoever can read it is the node's own user.
/// </summary>
public static class WebToken
{
    private const string FileName = "web-token";
    private static readonly TimeSpan OthersAreDoneWithin = TimeSpan.FromSeconds(2);
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Where the token lies; null: the account has no data folder.</summary>
    public static string? PathBeside(string? profile) => profile is null ? null : Path.Combine(Path.GetDirectoryName(profile)!, FileName);

    /// <summary>
    /// The token, made where there is none yet. Where it cannot be kept, one for this run only, and <paramref name="warning"/> says why.
    /// </summary>
    public static byte[] Open(string? path, out string? warning)
    {
        warning = null;
        try
        {
            if (path is null)
            {
                warning = "this account has no data folder, so scripts cannot be the node's own user here; NORRIS_PROFILE=FILE chooses one";
            }
            else
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                if (Read(path) is { } kept)
                {
                    return kept;
                }

                using var alone = Lock(path + ".lock"); // another node of the account may be making it
                return Read(path) ?? Make(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warning = $"the token {path} cannot be used, so scripts cannot be the node's own user here: {e.Message}";
        }

        return RandomNumberGenerator.GetBytes(WebKeys.TokenBytes);
    }

    /// <summary>The token as it lies there. Null: there is none, or it is damaged, or others could have read it or written it.</summary>
    public static byte[]? Read(string path)
    {
        if (!File.Exists(path) || (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0))
        {
            return null;
        }

        using var file = new StreamReader(path);
        return Read(file);
    }

    internal static byte[]? Read(TextReader file)
    {
        var text = new char[2 * WebKeys.TokenBytes];
        var length = file.ReadBlock(text);
        var line = text.AsSpan(0, length).Trim();
        return Base64Url.IsValid(line, out var bytes) && bytes == WebKeys.TokenBytes ? Base64Url.DecodeFromChars(line) : null;
    }

    private static byte[] Make(string path)
    {
        var token = RandomNumberGenerator.GetBytes(WebKeys.TokenBytes);
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var file = new StreamWriter(temporary, Options(FileMode.CreateNew)))
        {
            file.WriteLine(Base64Url.EncodeToString(token));
        }

        File.Move(temporary, path, overwrite: true); // whole, for whoever reads it meanwhile
        return token;
    }

    private static FileStream Lock(string path)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                return new FileStream(path, Options(FileMode.OpenOrCreate));
            }
            catch (IOException) when (watch.Elapsed < OthersAreDoneWithin)
            {
                Thread.Sleep(1);
            }
        }
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }
}
