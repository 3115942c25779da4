using Capstan.Server.Identity;

namespace Capstan.Server.Web;

/// <param name="Error">Why the sign-in before this one was refused: a code of <see cref="SignInEndpoints"/>'s form; null at first.</param>
/// <param name="ReturnTo">Where to go after it.</param>
public sealed record SignInModel(string? Error, string? ReturnTo)
{
    /// <summary>A one-time password was given: it must be replaced in the same step.</summary>
    public bool AsksForNewPassword => Error is "change" or "weak";

    public string? Message => Error switch
    {
        null or "" => null,
        "wrong" => "The user name or the password is wrong.",
        "wait" => "Too many wrong passwords. Wait a few minutes, then try again.",
        "change" => "This password is for one sign-in. Enter it again, and choose your own.",
        "weak" => $"The new password is too short, or the old one. Choose another of at least {Passwords.MinLength} characters.",
        _ => "The form was too old. Try again.",
    };
}
