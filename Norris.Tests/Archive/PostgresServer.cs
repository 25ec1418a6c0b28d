using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Norris.Lab.Processes;
using Norris.Node.Archive;
using Npgsql;

namespace Norris.Tests.Archive;

/// <summary>
/// A PostgreSQL server of the tests' own: a temporary data folder, a free port on loopback, never as root. Needs Debian's package
/// postgresql; where that is missing, tests that use it are skipped and say so.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    public const string User = "tester";

    public const string Password = "only for tests";

    private static readonly string? Programs = FindPrograms();
    private string? _folder;
    private int _port;
    private int _databases;
    private bool _running;

    public async Task InitializeAsync()
    {
        if (Programs is null)
        {
            return;
        }

        _folder = (await Run("mktemp", ["-d", "/tmp/norris-postgres-XXXXXX"])).Trim();
        var passwordFile = $"{_folder}/password";
        await Run("sh", ["-c", $"echo '{Password}' > {passwordFile}"]);
        await Run(
            Path.Combine(Programs, "initdb"),
            ["-D", $"{_folder}/data", "-U", User, $"--pwfile={passwordFile}", "--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        _port = FreePort();
        await Start();
    }

    public async Task DisposeAsync()
    {
        if (_running)
        {
            await Stop();
        }

        if (_folder is not null)
        {
            await Run("rm", ["-rf", _folder]);
        }
    }

    /// <summary>Skips the test where there is no server.</summary>
    public static void Need() => Skip.If(Programs is null, "needs a PostgreSQL server: apt-get install postgresql");

    /// <summary>A story with a server of its own, whose password the processes of the story find in their environment.</summary>
    internal static async Task With(Func<PostgresServer, Task> story)
    {
        Need();
        var server = new PostgresServer();
        await server.InitializeAsync();
        Environment.SetEnvironmentVariable(PostgresStoreName.PasswordVariable, Password);
        try
        {
            await story(server);
        }
        finally
        {
            Environment.SetEnvironmentVariable(PostgresStoreName.PasswordVariable, null);
            await server.DisposeAsync();
        }
    }

    /// <summary>A new, empty database.</summary>
    internal async Task<PostgresStoreName> NewDatabase()
    {
        var name = new PostgresStoreName(User, "127.0.0.1", _port, $"norris{Interlocked.Increment(ref _databases)}");
        await Execute("postgres", $"CREATE DATABASE {name.Database}");
        return name;
    }

    internal async Task Execute(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={_port};Username={User};Password={Password};Database={database};Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task Start()
    {
        await Run(
            Path.Combine(Programs!, "pg_ctl"),
            [
                "start", "-w", "-D", $"{_folder}/data", "-l", $"{_folder}/log",
                "-o", $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c shared_buffers=64MB",
            ]);
        _running = true;
    }

    public async Task Stop()
    {
        _running = false;
        await Run(Path.Combine(Programs!, "pg_ctl"), ["stop", "-w", "-m", "immediate", "-D", $"{_folder}/data"]);
    }

    /// <summary>SIGKILL of the whole server, in the middle of whatever it does.</summary>
    public async Task Kill()
    {
        _running = false;
        var id = await Signal("KILL");

        // The next start must not meet the old one's last breath.
        await Eventually.Holds(() => !Directory.Exists($"/proc/{id}"));
    }

    /// <summary>SIGSTOP of the whole server: it takes connections, and answers nothing.</summary>
    public Task Pause() => Signal("STOP");

    public Task Resume() => Signal("CONT");

    private async Task<int> Signal(string signal)
    {
        var id = int.Parse(await Run("head", ["-n", "1", $"{_folder}/data/postmaster.pid"]), CultureInfo.InvariantCulture);
        var children = await Run("sh", ["-c", $"pgrep -P {id} || true"]);
        await Run("kill", [$"-{signal}", id.ToString(CultureInfo.InvariantCulture), .. children.Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
        return id;
    }

    private static string? FindPrograms()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(f => f.Length > 0).ToList();
        if (Directory.Exists("/usr/lib/postgresql"))
        {
            folders.AddRange(Directory.GetDirectories("/usr/lib/postgresql").Select(f => Path.Combine(f, "bin")));
        }

        return folders.FirstOrDefault(f => IsThere(Path.Combine(f, "initdb")) && IsThere(Path.Combine(f, "pg_ctl")));
    }

    /// <summary>Follows links: one that leads nowhere is a package that was removed.</summary>
    private static bool IsThere(string file) => File.Exists(file) && File.Exists(File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Runs a program as the server's user: the server refuses to be root.</summary>
    private static async Task<string> Run(string program, IReadOnlyList<string> arguments)
    {
        // A server that was started keeps the pipes open unless it has a log of its own, which -l gives it.
        string[] command = [.. Environment.IsPrivilegedProcess ? (string[])["runuser", "-u", "postgres", "--"] : [], program, .. arguments];
        var (code, output, errors) = await SystemProgram.Run(command, start => start.WorkingDirectory = "/tmp");
        return code == 0 ? output : throw new InvalidOperationException($"{program} ended with {code}: {errors}");
    }
}

[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}
