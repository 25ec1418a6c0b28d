using System.CommandLine;
using Norris.Actors;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris devices</c>: which devices belong together.</summary>
internal static class DevicesCommand
{
    private const string Examples =
        """
        Examples:
          norris devices                               7QK4-M2ZX  ada  this device  founded 25 Nov

        It asks a node of yours; where none runs, it is what this device heard last. In the chat it is /devices, and /kick puts one out.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var node = OwnNodes.Option();
        var command = new Command("devices", "List the devices that are in this device's circle.") { node };
        command.SetAction(async (parsed, cancel) =>
        {
            using var own = PrivateRoom.Open(surroundings.ProfilePath, surroundings.Tell);
            var security = own.ToAsk();
            try
            {
                var (_, answer) = await OwnNodes.Ask(surroundings, parsed.GetValue(node), (at, limit) => RoomDoor.ListAsync(security, at.Host, at.Port, limit), cancel);
                security.Learn(answer.Circle);
            }
            catch (NodeStartException e)
            {
                surroundings.Tell($"what this device heard last ({e.Message})");
            }

            var circle = security.Circle!;
            var devices = circle.Devices.Select(device => DeviceView.Of(device, circle, [], device.Device == security.Device.Id ? DevicePlace.Own : DevicePlace.Unknown));
            foreach (var line in new CircleAnswer.Devices([.. devices]).Lines)
            {
                surroundings.Print(line);
            }

            return ExitCode.LeftProperly;
        });
        CommandLine.ShowExamples(command, Examples);
        return command;
    }
}
