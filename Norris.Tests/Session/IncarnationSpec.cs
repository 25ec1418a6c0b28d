using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Tests.Session;

public sealed class IncarnationSpec
{
    [Theory]
    [InlineData("akka.remote.dot-netty.tcp.port = 4711", "akka.remote.norris.tcp")]
    [InlineData("akka.remote.norris.tcp.hostname = \"0.0.0.0\"", "--bind, --port and --advertise")]
    [InlineData("akka { remote.norris.tcp { public-hostname = chat.example } }", "--bind, --port and --advertise")]
    public void Settings_of_where_a_node_listens_are_refused_with_where_that_is_said(string hocon, string says)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, hocon);
            var settings = new NodeSettings([], new Endpoint("127.0.0.1", 0), null, new UserProfile("ann", default), DeliveryLevel.Uniform, file);

            var refusal = Assert.Throws<NodeStartException>(() => Incarnation.Options(settings));

            Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
