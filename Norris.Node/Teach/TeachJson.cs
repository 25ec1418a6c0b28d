using System.Text.Json;
using System.Text.Json.Serialization;
using Norris.Lab.Teach;

namespace Norris.Node.Teach;

/// <param name="WhyNoCables">Why no cable can be cut; empty: one can.</param>
/// <param name="Moments">What happened after the number that was asked for, the next ones first.</param>
internal sealed record ClassJson(string WhyNoCables, IReadOnlyList<Moment> Moments);

/// <param name="Do">say, kill, stop, continue, start, cut, heal or add.</param>
/// <param name="Lane">To which node.</param>
/// <param name="Text">What to say.</param>
internal sealed record WishJson(string? Do, int Lane = -1, string? Text = null);

/// <summary>How what goes over HTTP is read and written, known when the program is compiled.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ClassJson))]
[JsonSerializable(typeof(WishJson))]
internal sealed partial class TeachJson : JsonSerializerContext;
