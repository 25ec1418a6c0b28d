using Norris.Node.Archive;

namespace Norris.Tests.Archive;

[Collection(PostgresCollection.Name)]
public sealed class PostgresHistoryStoreTests(PostgresServer server) : HistoryStoreContract
{
    private PostgresStoreName _name = null!;

    public override async Task InitializeAsync()
    {
        PostgresServer.Need();
        _name = await server.NewDatabase();
        Store = Again();
        await Store.Prepare();
    }

    private protected override IHistoryStore Again() => new PostgresHistoryStore(_name, PostgresServer.Password);

    private protected override Task RaiseVersion() => server.Execute(_name.Database, "UPDATE norris.schema_version SET version = 1000");
}
