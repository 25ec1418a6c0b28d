using Norris.Node.Archive;

namespace Norris.Tests.Archive;

/// <summary>What can be the matter with a server, and that nothing is lost or doubled once it is over.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresFaultSpec(PostgresServer server)
{
    private readonly LivedHistory _lived = new(20_000);

    [SkippableFact]
    public async Task A_server_killed_in_the_middle_of_writes_has_everything_once_when_it_is_back()
    {
        PostgresServer.Need();
        var name = await server.NewDatabase();
        await using var store = new PostgresHistoryStore(name, PostgresServer.Password);
        await using var probe = new WriterProbe(store, _lived);
        for (var round = 0; round < 3; round++)
        {
            probe.Offer((round * 6_000) + 1, (round * 6_000) + 5_500);
            await Eventually.Holds(() => probe.Writer.Waiting <= 4_000);

            await server.Kill();
            probe.Offer((round * 6_000) + 5_501, (round + 1) * 6_000);
            await probe.ToldFault(StoreFault.Unavailable);
            await server.Start();
            await probe.Told<ArchiveStatus.Recording>();
        }

        await probe.AllWritten();
        Assert.Equal([new LogRange(1, 18_000)], await store.Present(_lived.Room));
        Assert.Equal(_lived.Entries.Take(10_000), (await store.After(_lived.Room, 0, 10_000)).Entries);
        Assert.Equal(_lived.Entries.Skip(10_000).Take(8_000), (await store.After(_lived.Room, 10_000, 10_000)).Entries);
    }

    [SkippableFact]
    public async Task A_server_that_is_down_at_first_is_written_to_once_it_is_up()
    {
        PostgresServer.Need();
        var name = await server.NewDatabase();
        await server.Stop();
        await using var store = new PostgresHistoryStore(name, PostgresServer.Password);
        await using var probe = new WriterProbe(store, _lived);
        probe.Offer(1, 1_000);
        var failing = await probe.ToldFault(StoreFault.Unavailable);
        Assert.Contains("is it running", failing.Why, StringComparison.Ordinal);
        await server.Start();
        await probe.AllWritten();
        Assert.Equal([new LogRange(1, 1_000)], await store.Present(_lived.Room));
    }

    [SkippableFact]
    public async Task A_database_that_can_only_be_read_is_written_once_it_can()
    {
        PostgresServer.Need();
        var name = await server.NewDatabase();
        await using var store = new PostgresHistoryStore(name, PostgresServer.Password);
        await store.Prepare();
        await server.Execute("postgres", $"ALTER DATABASE {name.Database} SET default_transaction_read_only = on");
        await using var fresh = new PostgresHistoryStore(name, PostgresServer.Password);
        await using var probe = new WriterProbe(fresh, _lived);
        probe.Offer(1, 100);
        await probe.ToldFault(StoreFault.ReadOnly);
        Assert.Null(await fresh.Newest(_lived.Room));
        await server.Execute("postgres", $"ALTER DATABASE {name.Database} RESET default_transaction_read_only");
        await probe.AllWritten();
        Assert.Equal([new LogRange(1, 100)], await fresh.Present(_lived.Room));
    }

    [SkippableFact]
    public async Task A_wrong_password_is_named_and_not_repeated()
    {
        PostgresServer.Need();
        var name = await server.NewDatabase();
        await using var store = new PostgresHistoryStore(name, "hunter2");
        var failure = await Assert.ThrowsAsync<HistoryStoreException>(() => store.Prepare());
        Assert.Equal(StoreFault.Denied, failure.Fault);
        Assert.DoesNotContain("hunter2", failure.ToString(), StringComparison.Ordinal);
        Assert.Contains(PostgresStoreName.PasswordVariable, failure.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_database_that_not_every_message_fits_into_is_refused_with_what_to_do()
    {
        PostgresServer.Need();
        var name = await server.NewDatabase() with { Database = "latin" };
        await server.Execute("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
        await using var store = new PostgresHistoryStore(name, PostgresServer.Password);
        var failure = await Assert.ThrowsAsync<HistoryStoreException>(() => store.Prepare());
        Assert.False(failure.MayPass);
        Assert.Contains("LATIN1", failure.Message, StringComparison.Ordinal);
        Assert.Contains("createdb -E UTF8", failure.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_database_that_is_not_there_is_named()
    {
        PostgresServer.Need();
        var name = await server.NewDatabase() with { Database = "nowhere" };
        await using var store = new PostgresHistoryStore(name, PostgresServer.Password);
        var failure = await Assert.ThrowsAsync<HistoryStoreException>(() => store.Prepare());
        Assert.Contains("no database 'nowhere'", failure.Message, StringComparison.Ordinal);
    }
}
