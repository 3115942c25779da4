namespace Capstan.Contracts.V1;

/// <summary><c>GET …/jobs/{job}/logs?stream=&amp;from_line=&amp;lines=</c>: part of one stream of a job's newest execution, while it grows and afterwards.</summary>
/// <param name="Execution">Null while no runner has taken the job.</param>
/// <param name="Stream">0 the job, n its step n.</param>
/// <param name="FromLine">The number of the first line given, from 1.</param>
/// <param name="Lines">As the runner wrote them: a time, a space, the text.</param>
/// <param name="TotalLines">Complete lines the stream has now.</param>
/// <param name="HasEnded">Nothing more will come.</param>
public sealed record LogLinesResponse(long? Execution, int Stream, long FromLine, IReadOnlyList<string> Lines, long TotalLines, bool HasEnded);

/// <summary>An event of <c>GET …/jobs/{job}/log-events</c>, of type <c>log</c>: more lines of a stream.</summary>
/// <param name="FromLine">The number of the first one, from 1. A smaller one than was seen before: the job was given to another runner and begins anew.</param>
public sealed record LogLinesEvent(long Execution, int Stream, long FromLine, IReadOnlyList<string> Lines);

/// <summary>The last event, of type <c>end</c>: the job has ended and all of its log was sent.</summary>
public sealed record LogEndEvent(Conclusion Conclusion);
