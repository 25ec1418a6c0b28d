using System.Globalization;
using System.Text;
using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>What of a room those who are in it may change.</summary>
public enum RoomSettingKind
{
    /// <summary>What the room is called.</summary>
    Name = 0,

    /// <summary>What it is about.</summary>
    Topic = 1,

    /// <summary>How many of the last messages those are shown who come in.</summary>
    Last = 2,
}

/// <summary>One of a room's settings.</summary>
/// <param name="Text">As it is; empty: it has none.</param>
/// <param name="Since">The number of its last change; 0: there was none.</param>
public readonly record struct RoomSetting(string Text, SequenceNumber Since);

/// <summary>A room's settings at a place of its order. Immutable.</summary>
/// <param name="Name">What the room is called.</param>
/// <param name="Topic">What it is about.</param>
public sealed record RoomSettings(RoomSetting Name, RoomSetting Topic)
{
    /// <summary>Of a room in which nobody has set anything.</summary>
    public static readonly RoomSettings None = new(new("", default), new("", default));

    /// <summary>How many of the last messages those are shown who come in, in digits; empty: none. It is about what is said after it.</summary>
    public RoomSetting Last { get; init; } = new("", default);

    /// <summary>The same as a number; 0: none.</summary>
    public int LastCount => int.TryParse(Last.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    /// <summary>The setting of a kind.</summary>
    public RoomSetting Of(RoomSettingKind kind) => kind switch { RoomSettingKind.Name => Name, RoomSettingKind.Topic => Topic, _ => Last };

    /// <summary>After a change at a place of the order.</summary>
    public RoomSettings With(RoomChanged change, SequenceNumber at) => change.Setting switch
    {
        RoomSettingKind.Name => this with { Name = new(change.Text, at) },
        RoomSettingKind.Topic => this with { Topic = new(change.Text, at) },
        _ => this with { Last = new(change.Text, at) },
    };

    /// <summary>
    /// Whether a change may have a place now: its asker knew of the last one. So a request that is heard twice, or late, does not bring back what somebody else has changed since.
    /// </summary>
    public bool Takes(RoomChanged change) => Of(change.Setting).Since == change.After && IsNormal(change.Setting, change.Text);

    /// <summary>Whether a text is one that this setting may be.</summary>
    public static bool IsNormal(RoomSettingKind kind, string text) => TryNormalise(kind, text, out var normal, out _) && normal == text;

    /// <summary>The text in its normal form, or why this setting cannot be so. Empty takes away what is set.</summary>
    public static bool TryNormalise(RoomSettingKind kind, string wanted, out string text, out string whyNot)
    {
        (text, whyNot) = ("", "");
        if (wanted.Length == 0)
        {
            return true;
        }

        if (kind == RoomSettingKind.Name)
        {
            return Names.TryNormalise(wanted, out text, out whyNot);
        }

        if (kind == RoomSettingKind.Last)
        {
            var isCount = int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= Limits.LastMessages;
            (text, whyNot) = isCount ? (count == 0 ? "" : count.ToString(CultureInfo.InvariantCulture), "") : ("", $"how many messages who comes in is shown is a number from 0 (none) to {Limits.LastMessages}");
            return isCount;
        }

        try
        {
            text = PlainText.Trim(wanted.Normalize(NormalizationForm.FormC));
        }
        catch (ArgumentException)
        {
            whyNot = "the topic is not valid Unicode";
            return false;
        }

        whyNot = text.Length is 0 or > Limits.TopicLength ? $"a topic has 1 to {Limits.TopicLength} characters, this one has {text.Length}"
            : Names.TooNew(text) is { } rune ? $"U+{rune.Value:X4} is too new a character for a topic: not every node's machine knows it"
            : !PlainText.IsLine(text) ? "a topic is one line, without invisible or control characters"
            : "";
        return whyNot.Length == 0;
    }
}
