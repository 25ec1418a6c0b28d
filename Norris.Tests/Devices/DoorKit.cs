using Norris.Actors.Devices;
using Norris.Actors.Transport;
using Norris.Core.Room;
using Norris.Tests.Transport;

namespace Norris.Tests.Devices;

/// <summary>Ann's node with its door, and who goes there. The room behind it is a list.</summary>
public abstract class DoorKit : NodeKit
{
    private protected DoorKit(DoorStage stage)
        : base(stage.Setup(Node)) => Stage = stage;

    private protected DoorStage Stage { get; }

    private protected string Ann => $"{Host}:{Port}: ";

    protected override void AfterAll()
    {
        base.AfterAll();
        Stage.Dispose();
    }

    private protected static async Task<string> WhyNot(Task<AtDoor> asked)
    {
        var why = (await Assert.ThrowsAsync<DoorException>(() => asked.WaitAsync(Patience))).Message;
        Assert.True(PlainText.IsLine(why));
        return why;
    }

    private protected DoorCaller Caller(string name) => new(Stage[name], TimeProvider.System);

    private protected Task<AtDoor> List(string name, Circle? circle = null) => Caller(name).List(Host, Port, circle ?? Stage.Circle, CancellationToken.None).WaitAsync(Patience);

    private protected Task<AtDoor> Redeem(string name, string wanted, InviteCode? code = null) =>
        Caller(name).Redeem(Host, Port, code ?? Stage.Code, wanted, CancellationToken.None).WaitAsync(Patience);

    /// <summary>Time goes on, so much at a time, until something is done: when its timer starts is not known.</summary>
    private protected async Task<T> TimePasses<T>(Task<T> until, int milliseconds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!until.IsCompleted)
        {
            Stage.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            await Task.WhenAny(until, Task.Delay(10, patience.Token));
            patience.Token.ThrowIfCancellationRequested();
        }

        return await until;
    }
}
