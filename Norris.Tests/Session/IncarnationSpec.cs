using Norris.Actors.Protocol;
using Norris.Node.Session;

namespace Norris.Tests.Session;

public sealed class IncarnationSpec
{
    [Fact]
    public void Settings_for_the_transport_of_before_are_refused_with_the_name_of_todays()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "akka.remote.dot-netty.tcp.port = 4711");
            var settings = new NodeSettings([], new Endpoint("127.0.0.1", 0), null, new UserProfile("ann", default), DeliveryLevel.Uniform, file);

            var refusal = Assert.Throws<NodeStartException>(() => Incarnation.Options(settings));

            Assert.Contains("akka.remote.norris.tcp", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
