namespace Norris.Actors.Devices;

/// <summary>A device's file cannot be used, or made; the message is one line: what is wrong and what to do.</summary>
/// <param name="message">Why.</param>
public sealed class DeviceException(string message) : Exception(message);
