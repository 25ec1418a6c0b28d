using System.Data.Common;

namespace Norris.Node.Archive;

/// <summary>One transaction of one connection, and the few shapes of statement that the stores need.</summary>
internal sealed class SqlSession(DbConnection connection, DbTransaction transaction, CancellationToken cancel)
{
    public DbConnection Connection => connection;

    public CancellationToken Cancel => cancel;

    public DbCommand Command(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    public Task<int> Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters) => Execute(Command(sql, parameters));

    public Task<List<T>> Query<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object Value)> parameters) =>
        Query(Command(sql, parameters), map);

    /// <summary>The first column of the first row; null where there is none.</summary>
    public Task<long?> Number(string sql, params ReadOnlySpan<(string Name, object Value)> parameters) => Number(Command(sql, parameters));

    private async Task<int> Execute(DbCommand command)
    {
        await using (command)
        {
            return await command.ExecuteNonQueryAsync(cancel);
        }
    }

    private async Task<List<T>> Query<T>(DbCommand command, Func<DbDataReader, T> map)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancel);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancel))
            {
                rows.Add(map(reader));
            }

            return rows;
        }
    }

    private async Task<long?> Number(DbCommand command)
    {
        await using (command)
        {
            return await command.ExecuteScalarAsync(cancel) is long value ? value : null;
        }
    }
}
