using System.Runtime.Serialization;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors.Wire;

/// <summary>A room's settings, to and from norris.proto.</summary>
internal static class SettingsWire
{
    public static Proto.RoomChanged Write(RoomChanged e) => new()
    {
        By = e.By.Value,
        Setting = e.Setting switch
        {
            RoomSettingKind.Name => Proto.RoomSetting.Name,
            RoomSettingKind.Topic => Proto.RoomSetting.Topic,
            RoomSettingKind.Last => Proto.RoomSetting.Last,
            _ => throw new SerializationException($"{e.Setting} is no setting on the wire."),
        },
        Text = e.Text,
        After = e.After.Value,
    };

    public static RoomChanged Read(Proto.RoomChanged m)
    {
        var setting = m.Setting switch
        {
            Proto.RoomSetting.Name => RoomSettingKind.Name,
            Proto.RoomSetting.Topic => RoomSettingKind.Topic,
            Proto.RoomSetting.Last => RoomSettingKind.Last,
            _ => throw WireCheck.Bad("a setting of the room is none that this version knows"),
        };
        return new(new(m.By), setting, Text(setting, m.Text), new(WireCheck.Counter(m.After)));
    }

    public static Proto.SettingState? Write(RoomSetting setting) => setting.Since == default ? null : new() { Text = setting.Text, Since = setting.Since.Value };

    public static RoomSetting Read(RoomSettingKind kind, Proto.SettingState? m)
    {
        if (m is null)
        {
            return RoomSettings.None.Of(kind);
        }

        WireCheck.That(m.Since > 0, "a setting of the room has no entry that it is from");
        return new(Text(kind, m.Text), new(WireCheck.Counter(m.Since)));
    }

    private static string Text(RoomSettingKind setting, string text)
    {
        WireCheck.AtMost(text.Length, Limits.TopicLength, "UTF-16 units in a setting of the room");
        WireCheck.That(RoomSettings.IsNormal(setting, text), "a setting of the room is not in its normal form");
        return text;
    }
}
