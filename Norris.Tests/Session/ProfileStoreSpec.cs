using Norris.Node.Session;

namespace Norris.Tests.Session;

public sealed class ProfileStoreSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("norris-profile").FullName;

    private string File => Path.Combine(_folder, "deep", "profile.json");

    [Fact]
    public void A_name_and_a_token_last_from_one_run_to_the_next()
    {
        UserProfile first;
        using (var store = ProfileStore.Open(File))
        {
            Assert.Equal("", store.Profile.Name);
            Assert.Null(store.KeepName("ada"));
            first = store.Profile;
        }

        using var again = ProfileStore.Open(File);
        Assert.Null(again.Warning);
        Assert.Equal("ada", again.Profile.Name);
        Assert.Equal(32, again.Profile.Token.Length);
        Assert.Equal(first.Token.ToArray(), again.Profile.Token.ToArray());
    }

    [Fact]
    public void What_one_wants_to_be_told_of_who_comes_and_goes_lasts()
    {
        using (var store = ProfileStore.Open(File))
        {
            Assert.Equal(JoinNotices.Few, store.Profile.Notices);
            Assert.Null(store.KeepNotices(JoinNotices.Off));
        }

        using (var again = ProfileStore.Open(File))
        {
            Assert.Equal(JoinNotices.Off, again.Profile.Notices);
        }

        System.IO.File.WriteAllText(File, System.IO.File.ReadAllText(File).Replace("\"Off\"", "\"Loud\"", StringComparison.Ordinal));
        using var changed = ProfileStore.Open(File);
        Assert.Equal((JoinNotices.Few, (string?)null), (changed.Profile.Notices, changed.Warning));
    }

    [Fact]
    public void How_far_one_has_read_lasts_and_never_goes_back()
    {
        using (var store = ProfileStore.Open(File))
        {
            Assert.Null(store.KeepReadTo("ff", 7));
            Assert.Null(store.KeepReadTo("ff", 5));
            for (var room = 0; room < 99; room++)
            {
                Assert.Null(store.KeepReadTo($"{room}", 1));
            }

            Assert.Null(store.KeepReadTo("ff", 8));
            Assert.Null(store.KeepReadTo("new", 3));
        }

        using var again = ProfileStore.Open(File);
        Assert.Equal((8, 0, 1, 3), (again.Profile.ReadToOf("ff"), again.Profile.ReadToOf("0"), again.Profile.ReadToOf("1"), again.Profile.ReadToOf("new")));
    }

    [Fact]
    public void A_profile_goes_to_another_device_while_it_is_in_use_here()
    {
        var (carried, other) = (Path.Combine(_folder, "me.json"), Path.Combine(_folder, "other", "profile.json"));
        Assert.Contains("no profile yet", ProfileStore.Export(File, carried), StringComparison.Ordinal);
        using var here = ProfileStore.Open(File);
        here.KeepName("ada");
        here.KeepReadTo("ff", 7);
        Assert.Null(ProfileStore.Export(File, carried));
        Assert.Contains("exists", ProfileStore.Export(File, carried), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(carried));
        }

        Assert.Equal((true, "you are ada here"), ProfileStore.Import(other, carried));
        using (var there = ProfileStore.Open(other))
        {
            Assert.Equal("ada", there.Profile.Name);
            Assert.Equal(here.Profile.Token.ToArray(), there.Profile.Token.ToArray());
            Assert.Equal(7, there.Profile.ReadToOf("ff"));
            there.KeepReadTo("ff", 9);
            there.KeepReadTo("aa", 1);
            var (done, why) = ProfileStore.Import(other, carried);
            Assert.False(done);
            Assert.Contains("leave it first", why, StringComparison.Ordinal);
        }

        // The other device has read further: that is kept.
        Assert.True(ProfileStore.Import(other, carried).Done);
        using var again = ProfileStore.Open(other);
        Assert.Equal((9, 1), (again.Profile.ReadToOf("ff"), again.Profile.ReadToOf("aa")));
    }

    [Fact]
    public void Who_one_was_before_an_import_is_kept_beside_it()
    {
        var (carried, before) = (Path.Combine(_folder, "me.json"), Path.Combine(_folder, "before.json"));
        foreach (var (path, name) in new[] { (File, "ada"), (before, "bob") })
        {
            using var store = ProfileStore.Open(path);
            store.KeepName(name);
        }

        Assert.Null(ProfileStore.Export(File, carried));
        var bob = System.IO.File.ReadAllText(before);
        Assert.True(ProfileStore.Import(before, carried).Done);
        Assert.Equal(bob, System.IO.File.ReadAllText(before + ".before"));
        System.IO.File.WriteAllText(carried, "{}");
        Assert.Equal((false, $"{carried} is no exported profile"), ProfileStore.Import(before, carried));
        Assert.False(ProfileStore.Import(before, Path.Combine(_folder, "nowhere")).Done);
    }

    [Fact]
    public void What_is_far_too_long_for_a_profile_is_not_read()
    {
        var carried = Path.Combine(_folder, "me.json");
        ProfileStore.Open(File).Dispose();
        Assert.Null(ProfileStore.Export(File, carried));
        System.IO.File.AppendAllText(carried, new string(' ', 2 * 1024 * 1024));
        Assert.Equal((false, $"{carried} is no exported profile"), ProfileStore.Import(File, carried));
    }

    [Fact]
    public void A_second_process_has_an_identity_for_this_run_only()
    {
        using var first = ProfileStore.Open(File);
        first.KeepName("ada");
        using (var second = ProfileStore.Open(File))
        {
            Assert.True(second.IsEphemeral);
            Assert.Null(second.Warning);
            Assert.Equal("ada", second.Profile.Name);
            Assert.NotEqual(first.Profile.Token.ToArray(), second.Profile.Token.ToArray());
            Assert.Null(second.KeepName("eve"));
        }

        first.Dispose();
        using var third = ProfileStore.Open(File);
        Assert.False(third.IsEphemeral);
        Assert.Equal("ada", third.Profile.Name);
        Assert.Equal(first.Profile.Token.ToArray(), third.Profile.Token.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"name\":\"ada\"")]
    [InlineData("null")]
    [InlineData("{\"name\":\"ada\",\"token\":\"c2hvcnQ=\"}")]
    [InlineData("{\"name\":\"ada\",\"token\":\"no base64\"}")]
    public void A_damaged_profile_is_put_aside_with_a_line_about_it(string damaged)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        for (var time = 1; time <= 2; time++)
        {
            System.IO.File.WriteAllText(File, damaged);
            using var store = ProfileStore.Open(File);
            Assert.Contains("damaged", store.Warning, StringComparison.Ordinal);
            Assert.False(store.IsEphemeral);
            Assert.Equal(32, store.Profile.Token.Length);
        }

        using var next = ProfileStore.Open(File);
        Assert.Null(next.Warning);
        Assert.Equal(damaged, System.IO.File.ReadAllText(File + ".corrupt"));
        Assert.Equal(damaged, System.IO.File.ReadAllText(File + ".corrupt-2"));
    }

    [Fact]
    public void Where_nothing_can_be_kept_there_is_a_line_about_it_and_a_fresh_identity()
    {
        System.IO.File.WriteAllText(Path.Combine(_folder, "deep"), "a file where a folder should be");
        using var store = ProfileStore.Open(File);
        Assert.True(store.IsEphemeral);
        Assert.Contains("cannot be used", store.Warning, StringComparison.Ordinal);

        using var homeless = ProfileStore.Open(null);
        Assert.True(homeless.IsEphemeral);
        Assert.Contains("NORRIS_PROFILE", homeless.Warning, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Only_the_owner_can_read_it()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no file modes");
        using var store = ProfileStore.Open(File);
        store.KeepName("ada");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
