// config/schedule-expression: whether EventBridge Scheduler would take a schedule. Sets none.

const RATE = /^rate\(([1-9]\d*) (minute|minutes|hour|hours|day|days)\)$/;
const CRON = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/;

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/**
 * Whether it is `rate(N unit)` or `cron(minutes hours day-of-month month day-of-week year)`, one of the two days being `?`.
 *
 * isScheduleExpression("cron(0 3 ? * SUN *)"); // true: Sundays at three
 * isScheduleExpression("0 3 * * 0"); // false: Unix's
 */
export function isScheduleExpression(expression: string): boolean {
  const rate = RATE.exec(expression);
  if (rate) return (rate[1] === "1") === !rate[2]!.endsWith("s");
  const fields = CRON.exec(expression)?.slice(1);
  if (!fields) return false;
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return (
    isList(minutes, 0, 59) &&
    isList(hours, 0, 23) &&
    (dayOfMonth === "?") !== (dayOfWeek === "?") &&
    (dayOfMonth === "?" || /^(L|LW|\d{1,2}W)$/.test(dayOfMonth) || isList(dayOfMonth, 1, 31)) &&
    isList(month, 1, 12, MONTHS) &&
    (dayOfWeek === "?" ||
      /^(L|[1-7]L|[1-7]#[1-5])$/.test(dayOfWeek) ||
      isList(dayOfWeek, 1, 7, DAYS)) && // prettier-ignore
    isList(year, 1970, 2199)
  );
}

export function isTimeZone(name: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    return /^[A-Z]/.test(timeZone); // an offset such as +01:00 is none
  } catch {
    return false; // Intl throws a RangeError for names it does not know
  }
}

/** `*`, values and ranges separated by commas, each with a step or without. */
function isList(field: string, min: number, max: number, names: string[] = []): boolean {
  return field.split(",").every((item) => {
    const [range = "", step, ...more] = item.split("/");
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
    if (range === "*") return true;
    const ends = range.split("-").map((end) => valueOf(end, min, names));
    return ends.length <= 2 && ends.every((end) => end >= min && end <= max);
  });
}

function valueOf(word: string, min: number, names: string[]): number {
  const index = names.indexOf(word.toUpperCase());
  if (index >= 0) return index + min;
  return /^\d+$/.test(word) ? Number(word) : Number.NaN;
}
