using System.Reflection;
using Norris.Node.Archive;

namespace Norris.Tests.Archive;

/// <summary>A store on a disk that hangs: whatever it is asked never comes back, not even when its caller gives up.</summary>
public class HangingStore : DispatchProxy
{
    internal static IHistoryStore New() => Create<IHistoryStore, HangingStore>();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == "get_Place")
        {
            return "sqlite:/hangs";
        }

        if (targetMethod.Name == nameof(IAsyncDisposable.DisposeAsync))
        {
            return ValueTask.CompletedTask;
        }

        var result = targetMethod.ReturnType;
        var source = result.IsGenericType ? typeof(TaskCompletionSource<>).MakeGenericType(result.GenericTypeArguments) : typeof(TaskCompletionSource);
        return source.GetProperty("Task")!.GetValue(Activator.CreateInstance(source));
    }
}
