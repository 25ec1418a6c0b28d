using System.Diagnostics;
using Norris.Node.Session;

namespace Norris.Tests.Session;

public sealed class RunningNodesSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("norris-nodes").FullName;
    private readonly RunningNodes _nodes;

    public RunningNodesSpec() => _nodes = new RunningNodes(Path.Combine(_folder, "nodes"));

    [Fact]
    public void A_node_is_listed_until_it_says_that_it_is_no_more()
    {
        _nodes.Announce(This("ada"));
        _nodes.Announce(This("ada-2"));
        Assert.Equal([This("ada-2")], _nodes.All());

        _nodes.Retract();
        Assert.Empty(_nodes.All());
    }

    [Fact]
    public void One_that_was_killed_is_listed_no_longer_and_can_be_killed_by_its_number()
    {
        using var process = Sleep();
        _nodes.Announce(Of(process));
        Assert.Equal([process.Id], _nodes.All().Select(node => node.Pid));

        Assert.Null(_nodes.Kill(_nodes.All()[0]));
        process.WaitForExit();
        Assert.Empty(_nodes.All());
        Assert.Equal("it has ended already", _nodes.Kill(Of(process, started: DateTimeOffset.UtcNow)));
    }

    [Fact]
    public void Another_process_that_got_the_number_later_is_no_node_and_is_not_killed()
    {
        using var process = Sleep();
        var before = Of(process) with { StartedAt = DateTimeOffset.UtcNow.AddHours(-1) };
        _nodes.Announce(before);
        Assert.Empty(_nodes.All());
        Assert.NotNull(_nodes.Kill(before));
        Assert.False(process.HasExited);
        process.Kill();
    }

    [Fact]
    public void What_is_no_node_in_the_folder_is_passed_over()
    {
        _nodes.Announce(This("ada"));
        foreach (var (name, text) in new[] { ("1.json", "{"), ("2.json", "{}"), ("x.json", "null"), ("3.json", new string('[', 100_000)) })
        {
            File.WriteAllText(Path.Combine(_folder, "nodes", name), text);
        }

        Assert.Equal(["ada"], _nodes.All().Select(node => node.Name));
    }

    [Fact]
    public void An_account_without_a_folder_has_no_list_and_no_trouble()
    {
        var none = new RunningNodes(null);
        none.Announce(This("ada"));
        none.Retract();
        Assert.Empty(none.All());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static RunningNode This(string name) => RunningNodes.ThisOne(new ScriptedSession().View with { Name = name }, null);

    private static RunningNode Of(Process process, DateTimeOffset? started = null) =>
        new(process.Id, started ?? process.StartTime.ToUniversalTime(), "bob", "127.0.0.1:4054", "ff", null);

    private static Process Sleep() => Process.Start(OperatingSystem.IsWindows() ? new ProcessStartInfo("ping", "-n 600 127.0.0.1") : new ProcessStartInfo("sleep", "600"))!;
}
