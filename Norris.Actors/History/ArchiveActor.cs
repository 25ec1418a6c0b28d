using Akka.Actor;
using Norris.Actors.Wire;

namespace Norris.Actors.History;

/// <summary>Answers a question from a store. It must not throw for what a store cannot do: that is a refusal.</summary>
public delegate Task<HistoryAnswer> HistoryService(HistoryQuery query, CancellationToken cancel);

/// <summary>An archive's counter: takes other nodes' questions, a few at a time, so that readers never hold up the writer for long.</summary>
internal sealed class ArchiveActor : ReceiveActor
{
    public const string Name = "norris-archive";
    private const int AtOnce = 4;

    /// <summary>Longer than any asker waits.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private int _busy;

    public ArchiveActor(NodeContext node, HistoryService service)
    {
        Receive<HistoryService>(other => service = other);
        Receive<FromNode>(m => m.Message is HistoryQuery, m =>
        {
            if (!node.View().Present.Contains(m.From))
            {
                // Not even a refusal: whoever is no member learns nothing here.
                return;
            }

            if (_busy == AtOnce)
            {
                Sender.Tell(node.Wrap(HistoryAnswer.Refused("this archive is busy")));
                return;
            }

            _busy++;
            var asker = Sender;
            Answer(service, (HistoryQuery)m.Message).PipeTo(Self, success: answer => new Answered(asker, answer));
        });
        Receive<Answered>(m =>
        {
            _busy--;
            m.To.Tell(node.Wrap(m.Answer));
        });
    }

    private static async Task<HistoryAnswer> Answer(HistoryService service, HistoryQuery query)
    {
        using var limit = new CancellationTokenSource(Longest);
        try
        {
            return await service(query, limit.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever the store throws, the asker gets an answer, and the actor its place back. The message may quote a row: none of it.
        catch (Exception)
        {
            return HistoryAnswer.Refused("this archive cannot answer now");
        }
#pragma warning restore CA1031
    }

    private sealed record Answered(IActorRef To, HistoryAnswer Answer);
}
