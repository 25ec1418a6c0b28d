// A shop with several tills: what one of them is told to prepare, all of them show, in the same order and under the same numbers, whichever of them goes.
//   dotnet run -- --urls http://127.0.0.1:5000
//   dotnet run -- --urls http://127.0.0.1:5001 --Cluster:Port 4054
//   curl -d 'three coffees' http://127.0.0.1:5000/orders; curl http://127.0.0.1:5001/orders
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Norris.Actors;
using Shop;

var builder = WebApplication.CreateBuilder(args);
var cluster = builder.Configuration.GetSection("Cluster");
builder.Services.AddAkka("shop", akka => akka
    .WithRemoting(cluster["Host"], cluster.GetValue<int>("Port"))
    .WithClustering(new ClusterOptions { SeedNodes = [$"akka.tcp://shop@{cluster["Seed"]}"] })
    .WithCustomSerializer("shop", [typeof(Sale), typeof(Total)], system => new ShopSerializer(system))
    .WithSingleton<Drawer>("drawer", (_, _, _) => Drawer.Props)
    .WithNorris(options => builder.Configuration.GetSection("Norris").Bind(options))
    .WithNorrisReadinessCheck());
builder.Services.AddHealthChecks();
builder.Services.AddSingleton<Orders>();
builder.Services.AddHostedService(services => services.GetRequiredService<Orders>());

var app = builder.Build();
app.MapHealthChecks("/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });

app.MapPost("/orders", async (HttpRequest request, Orders orders, CancellationToken cancel) =>
{
    using var body = new StreamReader(request.Body);
    try
    {
        return Results.Ok(new { number = await orders.Place(await body.ReadToEndAsync(cancel), cancel) });
    }
    catch (Exception e) when (e is ArgumentException or RoomException)
    {
        return Results.BadRequest(e.Message);
    }
});

app.MapGet("/orders", (Orders orders) => orders.Latest);

// The shop's own singleton: what is in the drawer, wherever in the cluster that is.
app.MapPost("/sales/{price:int}", async (int price, IRequiredActor<Drawer> drawer, CancellationToken cancel) =>
    (await (await drawer.GetAsync(cancel)).Ask<Total>(new Sale(price), TimeSpan.FromSeconds(10), cancel)).Amount);

await app.RunAsync();
