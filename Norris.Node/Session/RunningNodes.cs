using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Norris.Node.Session;

/// <summary>A node that runs on this machine.</summary>
/// <param name="Pid">The number of its process.</param>
/// <param name="StartedAt">When the process started: another one may get the number later.</param>
/// <param name="Name">Its own user's name.</param>
/// <param name="Node">Where it listens.</param>
/// <param name="Room">The room's id.</param>
/// <param name="Page">Where its page is; null: it serves none.</param>
public sealed record RunningNode(int Pid, DateTimeOffset StartedAt, string Name, string Node, string Room, string? Page);

/// <summary>
/// The nodes of this account on this machine. Each is a file, named by its process, which the process writes and deletes; what a killed one
/// left behind is deleted by who looks next.
/// </summary>
/// <param name="folder">Null: the account has no place for them, so none is listed.</param>
public sealed partial class RunningNodes(string? folder)
{
    /// <summary>In bytes; one of ours is far smaller.</summary>
    private const int LargestFile = 64 * 1024;

    /// <summary>The system works out when a process started, and not always to the same second.</summary>
    private static readonly TimeSpan SameStart = TimeSpan.FromSeconds(5);

    public static RunningNodes OfThisAccount() => new(ProfileStore.DataFolder() is { } home ? Path.Combine(home, "nodes") : null);

    /// <summary>This process as a node. Say so with <see cref="Announce"/>.</summary>
    public static RunningNode ThisOne(RoomView view, string? page)
    {
        using var self = Process.GetCurrentProcess();
        return new RunningNode(self.Id, self.StartTime.ToUniversalTime(), view.Name, view.Node, view.Room, page);
    }

    /// <summary>Writes this process's node down. Where that cannot be, it is not listed, and nothing else is amiss.</summary>
    public void Announce(RunningNode node)
    {
        if (folder is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(folder);
            var file = FileOf(node.Pid);
            var draft = $"{file}.new";
            File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(node, NodeJson.Default.RunningNode));
            File.Move(draft, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk: the chat goes on, and 'norris nodes' shows one less.
        }
    }

    /// <summary>This process's node is no more.</summary>
    public void Retract() => Delete(FileOf(Environment.ProcessId));

    /// <summary>Those that run, the oldest first.</summary>
    public IReadOnlyList<RunningNode> All()
    {
        var nodes = new List<RunningNode>();
        try
        {
            foreach (var file in folder is not null && Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.json") : [])
            {
                if (Read(file) is { } node && file == FileOf(node.Pid))
                {
                    using var process = ProcessOf(node);
                    if (process is null)
                    {
                        Delete(file);
                    }
                    else
                    {
                        nodes.Add(node);
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What can be read is listed.
        }

        return [.. nodes.OrderBy(node => node.StartedAt)];
    }

    /// <summary>The one that has this port; null: none of this account's has it.</summary>
    public RunningNode? At(Endpoint listen) =>
        All().Where(node => Endpoints.TryParse(node.Node, out var there, out _) && there.Port == listen.Port)
            .MaxBy(node => Endpoints.TryParse(node.Node, out var there, out _) && there == listen);

    /// <summary>Ends it at once, as a crash would. Gives why not, in words, else null.</summary>
    public string? Kill(RunningNode node)
    {
        using var process = ProcessOf(node);
        try
        {
            process?.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return e.Message;
        }

        Delete(FileOf(node.Pid));
        return process is null ? "it has ended already" : null;
    }

    private string FileOf(int pid) => Path.Combine(folder ?? "", string.Create(CultureInfo.InvariantCulture, $"{pid}.json"));

    /// <summary>The process, if it still is the one that wrote this down.</summary>
    private static Process? ProcessOf(RunningNode node)
    {
        try
        {
            var process = Process.GetProcessById(node.Pid);
            if ((process.StartTime.ToUniversalTime() - node.StartedAt.UtcDateTime).Duration() <= SameStart)
            {
                return process;
            }

            process.Dispose();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // There is none, or it is somebody else's.
        }

        return null;
    }

    private static RunningNode? Read(string file)
    {
        try
        {
            return new FileInfo(file).Length <= LargestFile && JsonSerializer.Deserialize(File.ReadAllBytes(file), NodeJson.Default.RunningNode) is { Name: not null, Node: not null, Room: not null } node
                ? node
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // It was just written, or is not ours.
        }
    }

    private void Delete(string file)
    {
        if (folder is null)
        {
            return;
        }

        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It says what is not so until it can be deleted; whoever looks checks the process.
        }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(RunningNode))]
    internal sealed partial class NodeJson : JsonSerializerContext;
}
