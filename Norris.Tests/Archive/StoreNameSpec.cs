using Norris.Node.Archive;

namespace Norris.Tests.Archive;

public sealed class StoreNameSpec
{
    [Fact]
    public void A_bare_archive_is_a_file_in_the_users_data_folder()
    {
        var name = Assert.IsType<SqliteStoreName>(StoreName.Parse(null));
        Assert.EndsWith(Path.Combine("norris", "history.db"), name.Path, StringComparison.Ordinal);
        Assert.StartsWith(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), name.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_both_kinds_of_names()
    {
        Assert.Equal(new SqliteStoreName("/tmp/a b.db"), StoreName.Parse("sqlite:/tmp/a b.db"));
        Assert.Equal(new PostgresStoreName("me", "db.example", 5432, "chat"), StoreName.Parse("postgres://me@db.example/chat"));
        Assert.Equal(new PostgresStoreName("", "::1", 6000, "chat"), StoreName.Parse("postgresql://[::1]:6000/chat"));
    }

    [Theory]
    [InlineData("postgres://me:hunter2@db.example/chat")]
    [InlineData("postgres://me@db.example/chat?password=hunter2")]
    public void A_password_in_the_name_is_refused_without_repeating_it(string name)
    {
        var refusal = Assert.Throws<HistoryStoreException>(() => StoreName.Parse(name));
        Assert.Equal(StoreFault.Name, refusal.Fault);
        Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(PostgresStoreName.PasswordVariable, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite:")]
    [InlineData("sqlite:/")]
    [InlineData("sqlite:/tmp")]
    [InlineData("sqlite:/tmp/")]
    [InlineData("mysql://x/y")]
    [InlineData("/tmp/history.db")]
    [InlineData("postgres://")]
    [InlineData("postgres://host")]
    [InlineData("postgres://host/a/b")]
    [InlineData("postgres://host/a?sslmode=require")]
    public void What_names_no_store_is_refused(string name) =>
        Assert.Equal(StoreFault.Name, Assert.Throws<HistoryStoreException>(() => StoreName.Parse(name)).Fault);
}
