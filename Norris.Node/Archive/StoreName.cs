using System.Globalization;

namespace Norris.Node.Archive;

/// <summary>Where a store is, as people write it: <c>sqlite:PATH</c> or <c>postgres://[USER@]HOST[:PORT]/DATABASE</c>.</summary>
public abstract record StoreName
{
    private protected StoreName()
    {
    }

    /// <summary>The one meant by a bare <c>--archive</c>: a file in the user's data folder.</summary>
    public static StoreName Default => new SqliteStoreName(Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "norris",
        "history.db"));

    /// <summary>Reads a name; a null one is the default. Throws <see cref="HistoryStoreException"/> (<see cref="StoreFault.Name"/>).</summary>
    public static StoreName Parse(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return Default;
        }

        if (name.StartsWith("sqlite:", StringComparison.OrdinalIgnoreCase))
        {
            return name.Length > "sqlite:".Length && Path.GetFullPath(name["sqlite:".Length..]) is var path && !Path.EndsInDirectorySeparator(path)
                ? Directory.Exists(path) ? throw Wrong($"{path} is a folder; name a file in it") : new SqliteStoreName(path)
                : throw Wrong("sqlite: needs a file after it, as in sqlite:/var/lib/norris/history.db");
        }

        if (name.StartsWith("postgres:", StringComparison.OrdinalIgnoreCase) || name.StartsWith("postgresql:", StringComparison.OrdinalIgnoreCase))
        {
            return ParsePostgres(name);
        }

        throw Wrong($"'{name}' is no archive; write sqlite:PATH or postgres://USER@HOST/DATABASE");
    }

    /// <summary>The store of this name, before anything of it was touched: <see cref="IHistoryStore.Prepare"/> comes next.</summary>
    public abstract IHistoryStore Open();

    private static PostgresStoreName ParsePostgres(string name)
    {
        // The name is not repeated in these lines: there may be a password in it.
        if (!Uri.TryCreate(name, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw Wrong("the archive's address cannot be read; write postgres://USER@HOST[:PORT]/DATABASE");
        }

        if (uri.UserInfo.Contains(':', StringComparison.Ordinal) || uri.Query.Contains("password", StringComparison.OrdinalIgnoreCase))
        {
            throw Wrong(
                "a password on the command line can be seen by everyone on this machine; leave it out of the address and put it into the "
                + $"environment variable {PostgresStoreName.PasswordVariable} (or PGPASSWORD), or into a file named by {PostgresStoreName.PasswordFileVariable}");
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw Wrong("the archive's address takes no options; PGSSLMODE and the like in the environment are respected");
        }

        var database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/'));
        return database.Length == 0 || database.Contains('/', StringComparison.Ordinal)
            ? throw Wrong("the archive's address must name one database: postgres://USER@HOST[:PORT]/DATABASE")
            : new PostgresStoreName(
                Uri.UnescapeDataString(uri.UserInfo),
                uri.Host.Trim('[', ']'),
                uri.Port > 0 ? uri.Port : PostgresStoreName.DefaultPort,
                database);
    }

    private static HistoryStoreException Wrong(string message) => new(StoreFault.Name, message);
}

public sealed record SqliteStoreName(string Path) : StoreName
{
    public override IHistoryStore Open() => new SqliteHistoryStore(Path);

    public override string ToString() => $"sqlite:{Path}";
}

/// <param name="User">Empty: PGUSER, or the name of the user who runs this.</param>
public sealed record PostgresStoreName(string User, string Host, int Port, string Database) : StoreName
{
    public const int DefaultPort = 5432;

    public const string PasswordVariable = "NORRIS_ARCHIVE_PASSWORD";

    public const string PasswordFileVariable = "NORRIS_ARCHIVE_PASSWORD_FILE";

    public override IHistoryStore Open() => new PostgresHistoryStore(this, Password());

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"postgres://{(User.Length > 0 ? User + "@" : "")}{Host}:{Port}/{Database}");

    /// <summary>Null leaves it to PGPASSWORD and the user's password file, which the driver reads itself.</summary>
    private static string? Password()
    {
        if (Environment.GetEnvironmentVariable(PasswordVariable) is { Length: > 0 } password)
        {
            return password;
        }

        if (Environment.GetEnvironmentVariable(PasswordFileVariable) is not { Length: > 0 } file)
        {
            return null;
        }

        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HistoryStoreException(StoreFault.Name, $"the file that {PasswordFileVariable} names cannot be read: {e.Message}", e);
        }
    }
}
