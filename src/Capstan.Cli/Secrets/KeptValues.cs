using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Secrets;

/// <summary>
/// What a repository or an organization keeps under names, and its group of commands: <c>set</c>, <c>list</c> and <c>delete</c>. Secrets and variables differ in what the API gives back,
/// and in words.
/// </summary>
/// <typeparam name="TItem">One of them in a list.</typeparam>
/// <typeparam name="TBody">The request that sets one.</typeparam>
internal sealed class KeptValues<TItem, TBody>
{
    /// <summary>One of them, as the group of commands is named: <c>secret</c>.</summary>
    public required string Word { get; init; }

    /// <summary>For the help of the group and of its three commands.</summary>
    public required (string Group, string Set, string List, string Delete) Help { get; init; }

    /// <summary>What a person at a terminal is asked for.</summary>
    public required string Prompt { get; init; }

    /// <summary>The body for a value, and how it is written; the latter only when asked for, because it is made at its first use.</summary>
    public required (Func<string, TBody> Of, Func<JsonTypeInfo<TBody>> Type) Body { get; init; }

    public required Func<JsonTypeInfo<Page<TItem>>> PageType { get; init; }

    /// <summary>The heads of the columns, the name's first.</summary>
    public required string[] Columns { get; init; }

    /// <summary>A row by the columns.</summary>
    public required Func<TItem, string[]> Row { get; init; }

    public Command Create(CommandContext context)
    {
        var owner = new OwnerOption();
        var group = new Command(Word, Help.Group) { Setting(owner, context), Listing(owner, context), Deletion(owner, context) };
        owner.AddTo(group);
        return group;
    }

    /// <param name="path">Of the owner in the API.</param>
    public async Task<int> SetAsync(string path, string name, string value, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        await client.SendAsync(HttpMethod.Put, PathOf(path, name), Body.Of(value), Body.Type(), cancel);
        context.Terminal.Error($"{name.ToUpperInvariant()} is set.");
        return ExitCodes.Good;
    }

    /// <param name="path">Of the owner in the API.</param>
    public async Task<int> ListAsync(string path, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var table = new Table(Columns);
        foreach (var row in (await client.AllAsync($"{path}/{Word}s", PageType(), cancel)).Select(Row).OrderBy(row => row[0], StringComparer.Ordinal))
        {
            table.Add([.. row]);
        }

        table.Write(context.Terminal);
        return ExitCodes.Good;
    }

    /// <param name="path">Of the owner in the API.</param>
    public async Task<int> DeleteAsync(string path, string name, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        await client.SendAsync(HttpMethod.Delete, PathOf(path, name), cancel);
        context.Terminal.Error($"{name.ToUpperInvariant()} is deleted.");
        return ExitCodes.Good;
    }

    private string PathOf(string path, string name) => $"{path}/{Word}s/{Uri.EscapeDataString(name)}";

    private Command Setting(OwnerOption owner, CommandContext context)
    {
        var (name, value) = (new Argument<string>("name") { Description = "Letters, digits and underscores" }, new ValueOption(Prompt));
        var command = new Command("set", Help.Set) { name };
        value.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var path = owner.Path(parsed, context.Settings);
            var given = await value.Read(parsed).ReadAsync(context.Terminal, Console.IsInputRedirected ? Console.In : null, cancel);
            return await SetAsync(path, parsed.GetRequiredValue(name), given, context, cancel);
        });
        return command;
    }

    private Command Listing(OwnerOption owner, CommandContext context)
    {
        var command = new Command("list", Help.List);
        command.SetAction((parsed, cancel) => ListAsync(owner.Path(parsed, context.Settings), context, cancel));
        return command;
    }

    private Command Deletion(OwnerOption owner, CommandContext context)
    {
        var name = new Argument<string>("name") { Description = "Its name in the list" };
        var command = new Command("delete", Help.Delete) { name };
        command.SetAction((parsed, cancel) => DeleteAsync(owner.Path(parsed, context.Settings), parsed.GetRequiredValue(name), context, cancel));
        return command;
    }
}
