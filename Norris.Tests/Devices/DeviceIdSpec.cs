using System.Text;
using CsCheck;
using Norris.Core.Room;

namespace Norris.Tests.Devices;

public sealed class DeviceIdSpec
{
    private const string OfNothing = "WERC-8GMR-ZGE1-96QV-YK49-JVXS-4GKT-WGF4-CJDS-6K54-JPCH-PY2J-Q1AG";

    [Fact]
    public void It_is_written_in_base_32_and_people_see_how_it_begins()
    {
        var device = DeviceId.Of([]);

        Assert.Equal((OfNothing, "WERC-8GMR"), (device.ToString(), device.Beginning));
    }

    [Fact]
    public void The_whole_is_read_as_it_is_written_also_where_people_write_it_otherwise() =>
        Gen.Byte.Array[0, 100].Sample(key =>
        {
            var device = DeviceId.Of(key);
            var text = device.ToString();
            Assert.Equal(device, DeviceId.Parse(text));
            Assert.Equal(device, DeviceId.Parse(text.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant()));
            Assert.Equal(device, DeviceId.Parse(text.Replace('0', 'O').Replace('1', 'l')));
            Assert.StartsWith(device.Beginning, text, StringComparison.Ordinal);
        });

    [Fact]
    public void Whatever_is_read_is_written_so_that_it_is_read_again() =>
        Gen.Char["0123456789ABCDEFGHJKMNPQRSTVWXYZ-oilU é"].Array[48, 70].Sample(symbols =>
        {
            if (DeviceId.TryParse(new string(symbols), out var device))
            {
                Assert.Equal(device, DeviceId.Parse(device.ToString()));
            }
        });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("----")]
    [InlineData("WERC-8GMR")]
    [InlineData(OfNothing + "0")]
    [InlineData("WERC-8GMR-ZGE1-96QV-YK49-JVXS-4GKT-WGF4-CJDS-6K54-JPCH-PY2J-Q1A")]
    [InlineData("WERC-8GMR-ZGE1-96QV-YK49-JVXS-4GKT-WGF4-CJDS-6K54-JPCH-PY2J-Q1AH")]
    [InlineData("UERC-8GMR-ZGE1-96QV-YK49-JVXS-4GKT-WGF4-CJDS-6K54-JPCH-PY2J-Q1AG")]
    [InlineData("WERC 8GMR-ZGE1-96QV-YK49-JVXS-4GKT-WGF4-CJDS-6K54-JPCH-PY2J-Q1AG")]
    [InlineData("ＷERC-8GMR-ZGE1-96QV-YK49-JVXS-4GKT-WGF4-CJDS-6K54-JPCH-PY2J-Q1AG")]
    [InlineData("ıERC-8GMR-ZGE1-96QV-YK49-JVXS-4GKT-WGF4-CJDS-6K54-JPCH-PY2J-Q1AG")]
    public void What_is_no_whole_id_is_refused(string? text)
    {
        Assert.False(DeviceId.TryParse(text, out var device));
        Assert.Equal(default, device);
        Assert.DoesNotContain('\n', Assert.Throws<FormatException>(() => DeviceId.Parse(text!)).Message);
    }

    [Fact]
    public void Two_keys_are_two_devices() => Assert.NotEqual(DeviceId.Of(Encoding.UTF8.GetBytes("one")), DeviceId.Of(Encoding.UTF8.GetBytes("two")));
}
