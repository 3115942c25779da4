using Capstan.Conformance;
using Xunit;

namespace Capstan.Workflows.Tests.Conformance;

/// <summary>
/// The corpora beside the checkout, when they are there. A failure is only accepted when <c>known-failures.txt</c> of Capstan.Conformance lists it with its
/// reason, and a case that passes may not
/// stand there: the list only shrinks.
/// </summary>
public sealed class CorpusTests
{
    public static TheoryData<string> Names => [.. Corpora.OfLanguage.Select(corpus => corpus.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_case_passes_that_is_not_a_known_failure(string name)
    {
        var folder = Path.Combine(Corpora.DefaultFolder(), name);
        Assert.SkipUnless(Directory.Exists(folder), $"the corpus {name} is not on this machine ({folder})");

        var results = Corpora.OfLanguage.Single(corpus => corpus.Name == name).Run(folder).ToList();
        var failures = results.Where(result => result.Outcome == CaseOutcome.Failed).ToDictionary(result => result.Id, result => result.Difference);
        var known = KnownFailures.Read(name);

        Assert.NotEmpty(results);
        Assert.Empty(failures.Where(failure => !known.Contains(failure.Key)).Select(failure => $"{failure.Key}: {failure.Value}"));
        Assert.Empty(known.Where(id => !failures.ContainsKey(id) && results.Any(result => result.Id == id)).Select(id => $"{id} passes and must not be listed"));
    }
}
