import type { Policy } from './policy.ts';
import type { PolicyProblem } from './policy-errors.ts';

/** What is wrong with when a target is open, and with what working time is. */
export function calendarProblems({ targets, times }: Policy): PolicyProblem[] {
  const found: PolicyProblem[] = [];
  const add = (path: string, message: string, expected: string, got: string, code: PolicyProblem['code']) =>
    found.push({ code, path, line: null, message, expected, got });
  const twice = (path: string, values: readonly string[]): void => {
    for (const [index, value] of values.entries())
      if (values.indexOf(value) < index)
        add(`${path}[${index}]`, 'this stands here already', 'each once', value, 'policy.duplicate');
  };
  const ordered = (path: string, from: string, to: string): void => {
    if (from >= to)
      add(
        `${path}.to`,
        'it ends before it begins; past midnight takes two rules',
        `after ${from}`,
        to,
        'policy.calendar',
      );
  };
  for (const [index, { windows }] of targets.entries()) {
    if (windows === undefined) continue;
    const path = `$.targets[${index}].windows`;
    for (const [at, { days, from, to }] of windows.weekly.entries()) {
      twice(`${path}.weekly[${at}].days`, days);
      ordered(`${path}.weekly[${at}]`, from, to);
    }
    for (const [at, { from, to }] of windows.blackouts.entries())
      if (from > to)
        add(`${path}.blackouts[${at}].to`, 'it ends before it begins', `${from} or later`, to, 'policy.calendar');
  }
  const { calendar, counted } = times;
  if (counted !== undefined && calendar === undefined)
    add('$.times.counted', 'working time is counted, and none is named', 'a calendar', 'none', 'policy.calendar');
  if (calendar !== undefined) {
    twice('$.times.calendar.days', calendar.days);
    twice('$.times.calendar.holidays', calendar.holidays);
    ordered('$.times.calendar', calendar.from, calendar.to);
  }
  return found;
}

/** What is wrong with when people are reminded, and with whom an escalation lets in. */
export function noticeProblems({ times, breakglass }: Policy): PolicyProblem[] {
  const { reminders = [], escalation = [] } = times;
  const found: PolicyProblem[] = [];
  const add = (path: string, message: string, expected: string, got: string, code: PolicyProblem['code']) =>
    found.push({ code, path, line: null, message, expected, got });
  const rising = (at: (index: number) => string, values: readonly number[]): void => {
    for (const [index, value] of values.entries()) {
      const before = values[index - 1] ?? 0;
      if (index > 0 && value <= before)
        add(at(index), 'each comes after the one before', `more than ${before}`, `${value}`, 'policy.times');
    }
  };
  rising((index) => `$.times.reminders[${index}]`, reminders);
  rising(
    (index) => `$.times.escalation[${index}].after_s`,
    escalation.map(({ after_s }) => after_s),
  );
  for (const [step, { widen }] of escalation.entries()) {
    const roles = new Set<string>();
    for (const [index, { role, by }] of widen.entries()) {
      const path = `$.times.escalation[${step}].widen[${index}]`;
      if (roles.has(role)) add(`${path}.role`, 'this stands here already', 'each once', role, 'policy.duplicate');
      roles.add(role);
      for (const [place, wider] of by.entries()) {
        const here = `${path}.by[${place}]`;
        if (by.indexOf(wider) < place) add(here, 'this stands here already', 'each once', wider, 'policy.duplicate');
        if (wider === role) add(here, 'a role is widened by others', `another than ${role}`, wider, 'policy.times');
        // Ruling 11: nobody approves with one hand and overrides with the other.
        if (wider === breakglass?.role)
          add(here, 'the role that breaks glass would approve as well', 'another role', wider, 'policy.breakglass');
      }
    }
  }
  return found;
}
