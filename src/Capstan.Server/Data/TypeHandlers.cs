using System.Data;
using Dapper;

namespace Capstan.Server.Data;

/// <summary>What Dapper must be told about our types.</summary>
/// <remarks>
/// Enums pass as text in both directions: a row has a string (<c>StatusNames.ParseStatus</c> reads it) and a parameter is <c>.Name()</c>, because Dapper asks no handler
/// for an enum: it sends the number and reads the member's own name.
/// </remarks>
internal static class TypeHandlers
{
    /// <summary>Idempotent; called before the first statement by <see cref="Database"/>.</summary>
    public static void Register()
    {
        // Columns are snake_case, properties and constructor parameters are not.
        DefaultTypeMap.MatchNamesWithUnderscores = true;

        // Without this, Dapper's own entry wins over a handler and a record constructor that asks for a DateTimeOffset finds no match.
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.AddTypeHandler(new TimeHandler());

        // The driver calls an array column System.Array, which matches no constructor parameter.
        SqlMapper.AddTypeHandler(new ArrayHandler<string>());
        SqlMapper.AddTypeHandler(new ArrayHandler<long>());
        SqlMapper.AddTypeHandler(new ArrayHandler<int>());

        AddId(value => new UserId(value), id => id.Value);
        AddId(value => new OrganizationId(value), id => id.Value);
        AddId(value => new RepositoryId(value), id => id.Value);
        AddId(value => new EnvironmentId(value), id => id.Value);
        AddId(value => new WorkflowId(value), id => id.Value);
        AddId(value => new WorkflowVersionId(value), id => id.Value);
        AddId(value => new TriggerEventId(value), id => id.Value);
        AddId(value => new RunId(value), id => id.Value);
        AddId(value => new AttemptId(value), id => id.Value);
        AddId(value => new JobId(value), id => id.Value);
        AddId(value => new ExecutionId(value), id => id.Value);
        AddId(value => new RunnerId(value), id => id.Value);
    }

    private static void AddId<TId>(Func<long, TId> read, Func<TId, long> write)
        where TId : struct => SqlMapper.AddTypeHandler(new IdHandler<TId>(read, write));

    private sealed class IdHandler<TId>(Func<long, TId> read, Func<TId, long> write) : SqlMapper.TypeHandler<TId>
        where TId : struct
    {
        // A null scalar read into a nullable id comes here as DBNull; there is no row 0.
        public override TId Parse(object value) => value is DBNull ? default : read(Convert.ToInt64(value));

        public override void SetValue(IDbDataParameter parameter, TId value)
        {
            parameter.DbType = DbType.Int64;
            parameter.Value = write(value);
        }
    }

    private sealed class ArrayHandler<T> : SqlMapper.TypeHandler<T[]>
    {
        public override T[] Parse(object value) => (T[])value;

        public override void SetValue(IDbDataParameter parameter, T[]? value) => parameter.Value = (object?)value ?? DBNull.Value;
    }

    private sealed class TimeHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => value switch
        {
            DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
            DateTimeOffset time => time,
            _ => throw new InvalidCastException($"A {value.GetType()} is no time."),
        };

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value)
        {
            parameter.DbType = DbType.DateTimeOffset;
            parameter.Value = value.ToUniversalTime();
        }
    }
}
