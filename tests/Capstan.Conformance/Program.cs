using Capstan.Conformance;

const int Good = 0;
const int Bad = 1;
const int WrongCall = 2;
const int NoFolder = 3;

string? folder = null;
string? corpusName = null;
string? jsonFile = null;
for (var index = 0; index < args.Length; index++)
{
    switch (args[index])
    {
        case "--corpus" when index + 1 < args.Length:
            corpusName = args[++index];
            break;
        case "--json" when index + 1 < args.Length:
            jsonFile = args[++index];
            break;
        case var name when folder is null && !name.StartsWith('-'):
            folder = name;
            break;
        default:
            Console.Error.WriteLine("usage: conformance [DIR] [--corpus NAME] [--json FILE]");
            return WrongCall;
    }
}

folder ??= Corpora.DefaultFolder();
if (!Directory.Exists(folder))
{
    Console.Error.WriteLine($"There is no folder {folder}.");
    return NoFolder;
}

var chosen = Corpora.All.Where(corpus => corpusName is null || corpus.Name == corpusName).ToList();
if (chosen.Count == 0)
{
    Console.Error.WriteLine($"There is no corpus '{corpusName}': {string.Join(", ", Corpora.All.Select(corpus => corpus.Name))}.");
    return WrongCall;
}

var all = new List<(string Corpus, CaseResult Result)>();
foreach (var corpus in chosen)
{
    var corpusFolder = Path.Combine(folder, corpus.Name);
    if (!Directory.Exists(corpusFolder))
    {
        Console.WriteLine($"{corpus.Name}: not in {folder}");
        continue;
    }

    var results = corpus.Run(corpusFolder).ToList();
    Report.Print(Console.Out, corpus.Name, results);
    all.AddRange(results.Select(result => (corpus.Name, result)));
}

if (jsonFile is not null)
{
    Report.WriteJson(jsonFile, all);
}

return all.Exists(entry => entry.Result.Outcome == CaseOutcome.Failed) ? Bad : Good;
