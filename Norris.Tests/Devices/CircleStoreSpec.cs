using System.Runtime.Versioning;
using Norris.Actors.Devices;
using Norris.Core.Room;

namespace Norris.Tests.Devices;

/// <summary>What ann's device keeps of its circles. It founded one, and let in bob's.</summary>
public sealed class CircleStoreSpec : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _above = Directory.CreateTempSubdirectory("norris-circles-").FullName;
    private readonly Shelf _shelf = new();

    private string Folder => Path.Combine(_above, "circles");

    private CircleStore Store => new(Folder);

    public void Dispose()
    {
        _shelf.Dispose();
        Directory.Delete(_above, recursive: true);
    }

    [Fact]
    public void A_circle_is_found_again_by_whoever_is_or_was_in_it()
    {
        Assert.Null(Store.Find(_shelf["ann"].Id));
        var circle = _shelf.Circle("ann", "bob");

        Store.Keep(circle);

        Assert.Equal((circle, circle), (Store.Find(_shelf["ann"].Id), Store.Find(_shelf["bob"].Id)));
        Assert.Null(Store.Find(_shelf["eve"].Id));
    }

    [Fact]
    public void What_is_kept_of_a_circle_is_joined_with_what_another_process_has_kept()
    {
        var (one, other) = (_shelf.Circle("ann", "bob"), _shelf.Circle("ann", "cat"));
        Store.Keep(one);

        Store.Keep(other);

        Assert.Equal(one.Merge(other), Store.Find(_shelf["ann"].Id));
        Assert.Single(Directory.EnumerateFileSystemEntries(Folder));
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void Files_and_folder_are_their_owners_alone()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no file modes");
        Store.Keep(_shelf.Circle("ann"));

        Assert.Equal(Owner, File.GetUnixFileMode(Assert.Single(Directory.EnumerateFiles(Folder))));
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
    }

    [Fact]
    public void What_cannot_be_written_is_told_in_a_line_and_what_was_there_stays()
    {
        var before = _shelf.Circle("ann");
        Store.Keep(before);
        var file = Assert.Single(Directory.EnumerateFiles(Folder));

        // A folder stands where the file is to go: the move fails, whoever runs this.
        var kept = File.ReadAllText(file);
        File.Delete(file);
        Directory.CreateDirectory(Path.Combine(file, "in the way"));
        var why = Assert.Throws<DeviceException>(() => Store.Keep(_shelf.Circle("ann", "bob"))).Message;

        Assert.StartsWith($"the circle {file} cannot be written: ", why, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', why);
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(Folder));
        Directory.Delete(file, recursive: true);
        File.WriteAllText(file, kept);
        Assert.Equal(before, Store.Find(_shelf["ann"].Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"records":[1]}""")]
    [InlineData("""{"records":["AAAA"]}""")]
    [InlineData("""{"records":[]}""")]
    public void A_damaged_file_is_told_in_a_line(string text)
    {
        Store.Keep(_shelf.Circle("ann"));
        var file = Assert.Single(Directory.EnumerateFiles(Folder));
        File.WriteAllText(file, text);

        var why = Assert.Throws<DeviceException>(() => Store.Find(_shelf["ann"].Id)).Message;

        Assert.StartsWith($"the circle {file} is damaged", why, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', why);
    }
}
