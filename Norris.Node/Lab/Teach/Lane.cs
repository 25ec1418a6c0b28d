using System.Text.Json;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;

namespace Norris.Lab.Teach;

/// <summary>A node's place in a class: one process, and when that is dead and started again, the next one.</summary>
internal sealed class Lane(NodeProcess node) : IDisposable
{
    private const string BehindThePlace = ",\"nodes\":";
    private readonly SemaphoreSlim _typing = new(1);
    private (string Address, string State) _noted = ("", "");
    private bool _isAsked;
    private long _lastStep;
    private string _lastPlace = "";

    public NodeProcess Node { get; private set; } = node;

    public string Name => Node.Name;

    public bool IsDead => Node.ToldToGo || Node.HasExited;

    public bool IsStopped
    {
        get;
        set
        {
            field = value;
            Node.Affliction = value || IsCut ? "stopped or cut" : null;
        }
    }

    public bool IsCut
    {
        get;
        set
        {
            field = value;
            Node.Affliction = value || IsStopped ? "stopped or cut" : null;
        }
    }

    public string State => (IsDead, IsStopped, IsCut) switch
    {
        (true, _, _) => "dead",
        (_, true, true) => "stopped and cut",
        (_, true, _) => "stopped",
        (_, _, true) => "cut",
        _ => Node.Address.Length == 0 ? "starting" : "here",
    };

    /// <summary>Of a node that ended by itself, what it said of that; null: it did not.</summary>
    public string? WhyDead => IsDead && !Node.ToldToGo ? Node.LastError : null;

    /// <summary>Another process has this place from now on.</summary>
    public void Begin(NodeProcess next)
    {
        Node = next;
        (_isAsked, _lastStep, _lastPlace) = (false, 0, "");
    }

    /// <summary>Types a line. False: it reads no more.</summary>
    public async Task<bool> Type(string line)
    {
        await _typing.WaitAsync();
        try
        {
            return await Node.Type(line);
        }
        finally
        {
            _typing.Release();
        }
    }

    public void Dispose() => _typing.Dispose();

    /// <summary>Whether it is otherwise than when this was asked last.</summary>
    public bool HasChanged()
    {
        var now = (Node.Address, State);
        var changed = now != _noted;
        _noted = now;
        return changed;
    }

    /// <summary>Whether it may be asked how it is: one question at a time, since a stopped node answers none.</summary>
    public bool MayAsk()
    {
        if (_isAsked || IsDead || Node.Address.Length == 0)
        {
            return false;
        }

        _isAsked = true;
        return true;
    }

    /// <summary>Of an answer, the steps of a change of host that it had not told.</summary>
    public IReadOnlyList<JsonElement> NewSteps(NodeLine answer)
    {
        _isAsked = false;
        var steps = answer.Json.GetProperty("steps").EnumerateArray().Where(s => s.GetProperty("number").GetInt64() > _lastStep).ToList();
        _lastStep = steps.Count > 0 ? steps[^1].GetProperty("number").GetInt64() : _lastStep;
        return steps;
    }

    /// <summary>Of an answer, where the node stands; null: where it stood.</summary>
    public JsonElement? NewPlace(NodeLine answer)
    {
        var place = $"{answer.Raw[..answer.Raw.IndexOf(BehindThePlace, StringComparison.Ordinal)]}}}";
        var isNew = place != _lastPlace;
        _lastPlace = place;
        return isNew ? NodeLine.Of(place).Json : null;
    }
}
