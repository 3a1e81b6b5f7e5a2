import type { CapturedEntry, CapturedItem, IncidentEvidence } from '../../documents/incident-evidence.ts';
import { isGap } from './capture.ts';

/** One thing that is not what was captured. */
export interface Difference {
  readonly item: string;
  /** Below the item; `.` is the item itself. */
  readonly path: string;
  readonly what: 'missing' | 'added' | 'kind' | 'content' | 'right to execute' | 'target' | 'unreadable' | 'package';
  readonly expected: string;
  readonly got: string;
}

/**
 * What differs between a capture and the same items as they are now. Contents, names, kinds, targets and the right to
 * execute are held against each other; other rights and times are of a copy's own.
 */
export function differences(captured: IncidentEvidence, now: ReadonlyMap<string, CapturedItem>): readonly Difference[] {
  return captured.items.flatMap((item) => {
    const found = now.get(item.name);
    if (found !== undefined) return itemDifferences(item, found);
    return [{ item: item.name, path: '.', what: 'missing', expected: item.role, got: 'no path was given for it' }];
  });
}

function itemDifferences(captured: CapturedItem, now: CapturedItem): Difference[] {
  const item = captured.name;
  const left = new Map(now.entries.map((entry) => [keyOf(entry), entry]));
  const found = captured.entries.flatMap((entry): Difference[] => {
    const other = left.get(keyOf(entry));
    left.delete(keyOf(entry));
    const path = entry.path;
    if (other === undefined) return [{ item, path, what: 'missing', expected: shown(entry), got: 'nothing' }];
    const what = differs(entry, other);
    return what === null ? [] : [{ item, path, what, expected: shown(entry), got: shown(other) }];
  });
  const added = [...left.values()].map((entry): Difference => {
    return { item, path: entry.path, what: 'added', expected: 'nothing', got: shown(entry) };
  });
  return [...found, ...added, ...packageDifference(captured, now)];
}

function keyOf(entry: CapturedEntry): string {
  return entry.type === 'unnamed' ? `${entry.path}\u0000${entry.name}` : entry.path;
}

function differs(captured: CapturedEntry, now: CapturedEntry): Difference['what'] | null {
  // Two that could not be read may be two things: nobody can say that they are one.
  if (captured.type === 'unreadable' || now.type === 'unreadable') return 'unreadable';
  if (captured.type !== now.type) return 'kind';
  if (captured.type === 'file' && now.type === 'file') {
    if (captured.digest !== now.digest || captured.size !== now.size) return 'content';
    return captured.executable === now.executable ? null : 'right to execute';
  }
  if (captured.type === 'symlink' && now.type === 'symlink') return captured.target === now.target ? null : 'target';
  if (captured.type === 'special' && now.type === 'special') return captured.what === now.what ? null : 'kind';
  return null;
}

function packageDifference({ name, package: captured }: CapturedItem, { package: now }: CapturedItem): Difference[] {
  const [expected, got] = [captured, now].map(packageText);
  if (expected === got) return [];
  return [{ item: name, path: '.', what: 'package', expected: expected ?? '', got: got ?? '' }];
}

function packageText(measured: CapturedItem['package']): string {
  if (measured === undefined) return 'not measured as a package';
  return 'refused' in measured ? `refused: ${measured.refused}` : `${measured.measured_as} ${measured.digest}`;
}

function shown(entry: CapturedEntry): string {
  switch (entry.type) {
    case 'file':
      return `${entry.digest}, ${entry.size} bytes${entry.executable ? ', executable' : ''}`;
    case 'symlink':
      return `a link to ${entry.target}`;
    case 'special':
      return `a ${entry.what}`;
    case 'unreadable':
      return `unreadable (${entry.reason})`;
    case 'unnamed':
      return `a name or target that is not UTF-8 (${entry.name})`;
    case 'directory':
      return 'a folder';
  }
}

export interface Gap {
  readonly item: string;
  readonly path: string;
  readonly what: string;
}

/** What is in a capture by name alone. */
export function gapsOf({ items }: IncidentEvidence): readonly Gap[] {
  return items.flatMap(({ name, entries }) =>
    entries.filter(({ type }) => isGap(type)).map((entry) => ({ item: name, path: entry.path, what: shown(entry) })),
  );
}
