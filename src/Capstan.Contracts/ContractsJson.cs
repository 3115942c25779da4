using System.Text.Json.Serialization;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;

namespace Capstan.Contracts;

/// <summary>How everything in this assembly stands on the wire: snake_case names, nulls left out. Generated, so that start-up pays no reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RegisterRunnerRequest))]
[JsonSerializable(typeof(RegisterRunnerResponse))]
[JsonSerializable(typeof(HeartbeatRequest))]
[JsonSerializable(typeof(HeartbeatResponse))]
[JsonSerializable(typeof(AcquireRequest))]
[JsonSerializable(typeof(JobMessage))]
[JsonSerializable(typeof(RenewRequest))]
[JsonSerializable(typeof(RenewResponse))]
[JsonSerializable(typeof(StepsRequest))]
[JsonSerializable(typeof(LogAppendResponse))]
[JsonSerializable(typeof(CompleteRequest))]
[JsonSerializable(typeof(CreateRunnerTokenRequest))]
[JsonSerializable(typeof(RunnerTokenResponse))]
[JsonSerializable(typeof(RunnerResponse))]
[JsonSerializable(typeof(RunnersResponse))]
[JsonSerializable(typeof(RunnerAssignmentRequest))]
[JsonSerializable(typeof(LogLinesResponse))]
[JsonSerializable(typeof(LogLinesEvent))]
[JsonSerializable(typeof(LogEndEvent))]
[JsonSerializable(typeof(V1.CreateRepositoryRequest))]
[JsonSerializable(typeof(V1.RepositoryResponse))]
[JsonSerializable(typeof(V1.RepositoryListResponse))]
[JsonSerializable(typeof(V1.BranchLockResponse))]
[JsonSerializable(typeof(V1.BranchLockListResponse))]
[JsonSerializable(typeof(V1.TriggerEventListResponse))]
[JsonSerializable(typeof(RunResponse))]
[JsonSerializable(typeof(RunListResponse))]
[JsonSerializable(typeof(JobResponse))]
[JsonSerializable(typeof(WorkflowResponse))]
[JsonSerializable(typeof(DispatchRequest))]
[JsonSerializable(typeof(CancelRunResponse))]
[JsonSerializable(typeof(RunEventResponse))]
[JsonSerializable(typeof(CreatePipelineRunRequest))]
[JsonSerializable(typeof(PipelineRunResponse))]
[JsonSerializable(typeof(PipelineJobResponse))]
[JsonSerializable(typeof(ExecutionStatusRequest))]
[JsonSerializable(typeof(IReadOnlyList<JobResponse>))]
[JsonSerializable(typeof(IReadOnlyList<WorkflowResponse>))]
[JsonSerializable(typeof(IReadOnlyList<PipelineJobResponse>))]
public sealed partial class ContractsJson : JsonSerializerContext;
