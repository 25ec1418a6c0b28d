using System.Buffers.Binary;
using Akka.Actor;
using Akka.Serialization;

namespace Shop;

internal sealed record Sale(int Price);

internal sealed record Total(int Amount);

/// <summary>The shop's own singleton, of which Norris knows nothing.</summary>
internal sealed class Drawer : ReceiveActor
{
    private int _amount;

    public Drawer() => Receive<Sale>(sale =>
    {
        _amount += sale.Price;
        Sender.Tell(new Total(_amount));
    });

    public static Props Props { get; } = Akka.Actor.Props.Create<Drawer>();
}

/// <summary>The shop's own serializer.</summary>
internal sealed class ShopSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override int Identifier => 7001;

    public override string Manifest(object o) => o is Sale ? "sale" : "total";

    public override byte[] ToBinary(object obj)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, obj is Sale sale ? sale.Price : ((Total)obj).Amount);
        return bytes;
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return manifest == "sale" ? new Sale(number) : new Total(number);
    }
}
