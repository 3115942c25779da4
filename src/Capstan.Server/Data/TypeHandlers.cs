using System.Data;
using Capstan.Contracts;
using Dapper;

namespace Capstan.Server.Data;

/// <summary>What Dapper must be told about our types. Enums are sent as text by their callers (<c>.Name()</c>), because Dapper sends them as numbers whatever is registered.</summary>
internal static class TypeHandlers
{
    /// <summary>Idempotent; called before the first statement by <see cref="Database"/>.</summary>
    public static void Register()
    {
        // Without this, Dapper's own entry wins over a handler and a record constructor that asks for a DateTimeOffset finds no match.
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.AddTypeHandler(new TimeHandler());

        AddId(value => new UserId(value), id => id.Value);
        AddId(value => new OrganizationId(value), id => id.Value);
        AddId(value => new RepositoryId(value), id => id.Value);
        AddId(value => new WorkflowId(value), id => id.Value);
        AddId(value => new WorkflowVersionId(value), id => id.Value);
        AddId(value => new TriggerEventId(value), id => id.Value);
        AddId(value => new RunId(value), id => id.Value);
        AddId(value => new AttemptId(value), id => id.Value);
        AddId(value => new JobId(value), id => id.Value);
        AddId(value => new ExecutionId(value), id => id.Value);
        AddId(value => new RunnerId(value), id => id.Value);
        SqlMapper.AddTypeHandler(new NameHandler<Status>(StatusNames.ParseStatus, status => status.Name()));
        SqlMapper.AddTypeHandler(new NameHandler<Conclusion>(StatusNames.ParseConclusion, conclusion => conclusion.Name()));
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

    private sealed class NameHandler<T>(Func<string, T> read, Func<T, string> write) : SqlMapper.TypeHandler<T>
        where T : struct
    {
        public override T Parse(object value) => read((string)value);

        public override void SetValue(IDbDataParameter parameter, T value)
        {
            parameter.DbType = DbType.String;
            parameter.Value = write(value);
        }
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
