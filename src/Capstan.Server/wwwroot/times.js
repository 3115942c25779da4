// Shows times in the visitor's own zone and words; the page itself has them in UTC.

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const daysShownRelative = 7;

export function localizeTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const time = new Date(element.dateTime);
    const seconds = (time - Date.now()) / 1000;
    element.title = absolute.format(time);
    if (Math.abs(seconds) > daysShownRelative * 86400) {
      element.textContent = absolute.format(time);
      continue;
    }
    const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
    element.textContent = relative.format(Math.round(seconds / length), unit);
  }
}

localizeTimes(document);
