using Norris.Tests.Processes;

namespace Norris.Tests.Packaging;

/// <summary>What others get is good for a chat.</summary>
internal static class Chat
{
    /// <summary>One hosts, one joins, and each sees what the other says.</summary>
    /// <param name="hosting">What a shell runs to have the program; <paramref name="joining"/>: for the second.</param>
    public static async Task Works(string hosting, string joining)
    {
        await using var host = NorrisProcess.Shell($"{hosting} host --name ada --port 0 --ui json --stay");
        await host.WaitFor(line => line.Event == "welcome", "the host's welcome");
        await using var guest = NorrisProcess.Shell($"{joining} join {host.Node} --name bob --ui json --stay");
        await guest.WaitFor(line => line.Event == "welcome", "the guest's welcome");
        await guest.Type("is there tea?\n");
        await host.WaitFor(line => line.Event == "said" && line.Text("text") == "is there tea?", "what the guest says");
        await host.Type("there is\n");
        await guest.WaitFor(line => line.Event == "said" && line.Text("text") == "there is", "what the host says");
    }
}
