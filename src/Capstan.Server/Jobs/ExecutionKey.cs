using Capstan.Server.Data;

namespace Capstan.Server.Jobs;

/// <summary>Who speaks about which execution: every statement that changes one names all three, and none of them alone is enough.</summary>
public sealed record ExecutionKey(ExecutionId Execution, RunnerId Runner, long FencingToken);
