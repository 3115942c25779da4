using Npgsql;

namespace Capstan.Testing;

/// <summary>How PostgreSQL would run a statement. For statements that are run often, on tables that grow with history.</summary>
public static class QueryPlan
{
    /// <summary>
    /// The plan of a statement with <c>@name</c> parameters, with sequential scans forbidden where there is any other way: on a test's few rows the planner would choose
    /// them. A sequential scan that is still in the plan has no index that could carry it.
    /// </summary>
    public static async Task<string> OfAsync(string connectionString, string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using (var forbid = new NpgsqlCommand("set enable_seqscan = off", connection))
            await forbid.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand($"explain {sql}", connection);
        foreach (var (name, value) in parameters)
            explain.Parameters.AddWithValue(name, value);
        var lines = new List<string>();
        await using var reader = await explain.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            lines.Add(reader.GetString(0));
        return string.Join('\n', lines);
    }
}
