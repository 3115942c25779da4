namespace Capstan.Server.Triggers;

/// <summary>Things that happened and may start runs.</summary>
internal static class TriggerEvents
{
    /// <summary>The wake-up channel to signal after the commit of an event.</summary>
    public const string Channel = "trigger_events";
}
