using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;

namespace Norris.Node.Web;

/// <summary>How what goes over HTTP is read and written, known when the program is compiled.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(RoomJson))]
[JsonSerializable(typeof(MessageJson))]
[JsonSerializable(typeof(SaidJson))]
[JsonSerializable(typeof(EnterJson))]
[JsonSerializable(typeof(EnteredJson))]
[JsonSerializable(typeof(OutcomeJson))]
[JsonSerializable(typeof(HealthJson))]
[JsonSerializable(typeof(HistoryJson))]
[JsonSerializable(typeof(LinkJson))]
[JsonSerializable(typeof(SettingJson))]
[JsonSerializable(typeof(LineJson))]
[JsonSerializable(typeof(ReadLineJson))]
[JsonSerializable(typeof(IReadOnlyList<CommandJson>))]
[JsonSerializable(typeof(IReadOnlyList<DeviceJson>))]
[JsonSerializable(typeof(InviteForJson))]
[JsonSerializable(typeof(InviteJson))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class WebJson : JsonSerializerContext;
