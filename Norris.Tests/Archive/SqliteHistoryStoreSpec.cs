using Microsoft.Data.Sqlite;
using Norris.Node.Archive;

namespace Norris.Tests.Archive;

public sealed class SqliteHistoryStoreSpec : HistoryStoreContract
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("history.db");

    public override async Task InitializeAsync()
    {
        Store = Again();
        await Store.Prepare();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete();
    }

    private protected override IHistoryStore Again() => new SqliteHistoryStore(File, time: Clock);

    private protected override async Task RaiseVersion()
    {
        await using var connection = new SqliteConnection($"Data Source={File};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version = 1000";
        await command.ExecuteNonQueryAsync();
    }
}
