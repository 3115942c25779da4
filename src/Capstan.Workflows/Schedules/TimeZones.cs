namespace Capstan.Workflows.Schedules;

/// <summary>
/// Time zones by their IANA names, from the machine's own database, which is a part of every system that a server runs on and is as constant as a file of the
/// program.
/// Source: https://www.iana.org/time-zones
/// </summary>
internal static class TimeZones
{
    public static IEnumerable<string> Names => TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id);

    /// <returns>Null for a name that is none; also for names of other systems (<c>Eastern Standard Time</c>) and for paths.</returns>
    public static TimeZoneInfo? Find(string name)
    {
        var isName = name.Length is > 0 and < 64 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '_' or '-' or '+')
            && name[0] != '/';
        return isName && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone : null;
    }
}
