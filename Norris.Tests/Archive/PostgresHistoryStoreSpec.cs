using Norris.Node.Archive;

namespace Norris.Tests.Archive;

[Collection(PostgresCollection.Name)]
public sealed class PostgresHistoryStoreSpec(PostgresServer server) : HistoryStoreContract
{
    private PostgresStoreName _name = null!;

    public override async Task InitializeAsync()
    {
        PostgresServer.Need();
        _name = await server.NewDatabase();
        Store = Again();
        await Store.Prepare();
    }

    [SkippableFact]
    public async Task The_password_comes_from_a_file_that_the_environment_names()
    {
        var folder = new TemporaryFolder();
        try
        {
            await File.WriteAllTextAsync(folder.File("password"), PostgresServer.Password + "\n");
            Environment.SetEnvironmentVariable(PostgresStoreName.PasswordFileVariable, folder.File("password"));
            await using var store = StoreName.Parse(_name.ToString()).Open();
            await store.Prepare();
            Assert.Empty(await store.Rooms());
        }
        finally
        {
            Environment.SetEnvironmentVariable(PostgresStoreName.PasswordFileVariable, null);
            folder.Delete();
        }
    }

    private protected override IHistoryStore Again() => new PostgresHistoryStore(_name, PostgresServer.Password, Clock);

    private protected override Task RaiseVersion() => server.Execute(_name.Database, "UPDATE norris.schema_version SET version = 1000");
}
