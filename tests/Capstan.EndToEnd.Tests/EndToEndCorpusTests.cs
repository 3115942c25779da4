using Capstan.Conformance;
using Capstan.Conformance.EndToEnd;
using Capstan.EndToEnd.Tests.Harness;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>The workflows of the corpus beside the checkout, run by <c>capstan run</c>. What fails must be listed with its reason, and what passes must not be.</summary>
public sealed class EndToEndCorpusTests
{
    [Fact]
    public void Every_workflow_of_the_corpus_ends_as_it_says_unless_that_is_a_known_failure()
    {
        var folder = Path.Combine(Corpora.DefaultFolder(), EndToEndCorpus.CorpusName);
        Assert.SkipUnless(Directory.Exists(folder), $"the corpus is not on this machine ({folder})");

        var results = new EndToEndCorpus(CapstanProgram.Path).Run(folder).ToList();
        var failures = results.Where(result => result.Outcome == CaseOutcome.Failed).ToDictionary(result => result.Id, result => result.Difference);
        var known = KnownFailures.Read(EndToEndCorpus.CorpusName);

        Assert.NotEmpty(results);
        Assert.Empty(failures.Where(failure => !known.Contains(failure.Key)).Select(failure => $"{failure.Key}: {failure.Value}"));
        Assert.Empty(known.Where(id => !failures.ContainsKey(id) && results.Exists(result => result.Id == id)).Select(id => $"{id} passes and must not be listed"));
    }
}
