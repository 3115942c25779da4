using Capstan.Contracts.V1;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Git;
using Capstan.Server.Identity;

namespace Capstan.Server.Repositories;

/// <summary>What came of creating a repository.</summary>
internal abstract record CreateRepositoryResult
{
    private CreateRepositoryResult()
    {
    }

    public sealed record Created(RepositoryId Id) : CreateRepositoryResult;

    /// <summary>All mistakes of the request, by field.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors) : CreateRepositoryResult;

    public sealed record NameReserved : CreateRepositoryResult;

    public sealed record NameTaken : CreateRepositoryResult;
}

/// <summary>Creates a repository: its row, its folder and its audit record, all or nothing.</summary>
internal sealed class CreateRepository(Database database, RepositoryQueries queries, GitFolder folder, AuditLog audit)
{
    private const int MaxDescriptionLength = 1000;
    private const string DefaultVisibility = "private";
    private const string DefaultDefaultBranch = "main";

    private static readonly string[] Visibilities = ["public", "internal", "private"];

    public async Task<CreateRepositoryResult> RunAsync(AccessedOrganization owner, CreateRepositoryRequest request, Principal by, CancellationToken cancellationToken)
    {
        if (Mistakes(request) is { Count: > 0 } errors)
            return new CreateRepositoryResult.Invalid(errors);
        if (RepositoryName.IsReserved(request.Name))
            return new CreateRepositoryResult.NameReserved();

        var visibility = request.Visibility ?? DefaultVisibility;
        var branch = request.DefaultBranch ?? DefaultDefaultBranch;
        RepositoryId? made = null;
        try
        {
            return await database.InTransactionAsync<CreateRepositoryResult>(
                async connection =>
                {
                    if (await queries.InsertAsync(connection, owner.Id, request.Name, request.Description, visibility, branch) is not { } id)
                        return new CreateRepositoryResult.NameTaken();

                    // Before the commit: a row that can be seen has its folder. Numbers of rows are never given twice, so a folder left by a crash here is in nobody's way.
                    made = id;
                    await folder.CreateAsync(id, branch, cancellationToken);
                    await audit.WriteAsync(connection, new AuditEntry(by, "repository.create", $"{owner.Path}/{request.Name}")
                    {
                        OrganizationId = owner.Id,
                        RepositoryId = id,
                        Detail = new Dictionary<string, string?> { ["visibility"] = visibility, ["default_branch"] = branch },
                    });
                    return new CreateRepositoryResult.Created(id);
                },
                cancellationToken);
        }
        catch
        {
            // Unknown whether a failed commit reached the database: a folder is removed only when its row surely is not there.
            if (made is { } id && !await RowMayExistAsync(id))
                folder.Remove(id);
            throw;
        }
    }

    private static Dictionary<string, string[]> Mistakes(CreateRepositoryRequest request)
    {
        var errors = new Dictionary<string, string[]>();
        if (RepositoryName.Mistake(request.Name) is { } mistake)
            errors["name"] = [mistake];
        if (request.Visibility is { } visibility && !Visibilities.Contains(visibility))
            errors["visibility"] = [$"Visibility is one of {string.Join(", ", Visibilities)}."];
        if (request.DefaultBranch is { } branch && !RefName.IsValidBranch(branch))
            errors["default_branch"] = [$"'{branch}' is not a name that git takes for a branch."];
        if (request.Description?.Length > MaxDescriptionLength)
            errors["description"] = [$"A description has at most {MaxDescriptionLength} characters."];
        return errors;
    }

    private async Task<bool> RowMayExistAsync(RepositoryId id)
    {
        try
        {
            return await database.ReadSingleOrDefaultAsync<RepositoryId?>("select id from repositories where id = @id", new { id }) is not null;
        }
        catch (Exception e) when (Database.IsOutage(e))
        {
            return true;
        }
    }
}
