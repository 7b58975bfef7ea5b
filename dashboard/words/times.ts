const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'].concat([
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
]);

const two = (n: number) => String(n).padStart(2, '0');

/** `14:02`, local, 24 hours; with the day where it is not today's: `12 Nov 14:02`. */
export function timeOfDay(at: number, now: number): string {
  const date = new Date(at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? time : `${date.getDate()} ${MONTHS[date.getMonth()]} ${time}`;
}

/** `14:02:09`. */
export function timeWithSeconds(at: number, now: number): string {
  return `${timeOfDay(at, now)}:${two(new Date(at).getSeconds())}`;
}

/** `8 s`, `4 min`, `5 h 19`, `23 h`, `3 d`: how long something has lasted. */
export function shortSpan(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    const hours = Math.floor(ms / HOUR);
    return hours < 10 && minutes > 0 ? `${hours} h ${two(minutes)}` : `${hours} h`;
  }
  return `${Math.floor(ms / DAY)} d`;
}

/** Below this the seconds are counted. */
export const SOON = 10 * MINUTE;

/** `3:12` in the last ten minutes, then as `shortSpan`. */
export function timeLeft(ms: number): string {
  if (ms >= SOON) return shortSpan(ms);
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** `4 seconds ago`, `2 minutes ago`. */
export function ago(ms: number): string {
  if (ms < SECOND) return 'just now';
  if (ms < MINUTE) return `${counted(Math.floor(ms / SECOND), 'second')} ago`;
  if (ms < HOUR) return `${counted(Math.floor(ms / MINUTE), 'minute')} ago`;
  return `${counted(Math.floor(ms / HOUR), 'hour')} ago`;
}

/** `15 minutes`, `1 hour 30 minutes`, `24 hours`, `3 days`: a duration as it is signed. */
export function spanInWords(ms: number): string {
  if (ms < MINUTE) return counted(Math.round(ms / SECOND), 'second');
  const [days, hours, minutes, seconds] =
    ms >= 2 * DAY
      ? [Math.floor(ms / DAY), Math.floor((ms % DAY) / HOUR), 0, 0]
      : [
          0,
          Math.floor(ms / HOUR),
          Math.floor((ms % HOUR) / MINUTE),
          Math.floor((ms % MINUTE) / SECOND),
        ];
  return [
    days > 0 && counted(days, 'day'),
    hours > 0 && counted(hours, 'hour'),
    minutes > 0 && counted(minutes, 'minute'),
    seconds > 0 && counted(seconds, 'second'),
  ]
    .filter((part) => part !== false)
    .join(' ');
}

/** `15 min`, `2 h`: a duration where room is short. */
export function spanShort(ms: number): string {
  return spanInWords(ms)
    .replace(/ minutes?/, ' min')
    .replace(/ hours?/, ' h')
    .replace(/ seconds?/, ' s')
    .replace(/ days?/, ' d');
}

/** `1 second`, `2 seconds`; for nouns that take an s. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** The panel's own counts, `13,602`; never an agent's number. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
