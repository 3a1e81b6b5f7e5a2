/** What a page shows, against what came: `…` within a line is any text, alone on a line any lines. */
export function isShown(shown: string, came: string): boolean {
  return pattern(shown, '$').test(tidy(came));
}

/** The same for what goes on: more may come. */
export function hasShown(shown: string, came: string): boolean {
  return pattern(shown, '').test(tidy(came));
}

function pattern(shown: string, end: string): RegExp {
  const lines = tidy(shown)
    .slice(0, -1)
    .split('\n')
    .map((line) => (line === '…' ? '(?:.*\n)*?' : `${line.split('…').map(literally).join('.*?')}\n`));
  return new RegExp(`^${lines.join('')}${end}`);
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** Without the line breaks around it, and without blanks at the end of lines; ends with one line break. */
function tidy(text: string): string {
  return `${text.replaceAll(/[ \t]+$/gm, '').replaceAll(/^\n+|\n+$/g, '')}\n`;
}

/** What came, as a page shows it: with `…` for digests, keys, ids, times, ports, processes, and for the folders before `home`. */
export function asShown(came: string, home: string): string {
  return tidy(
    came
      .replaceAll(home, '…')
      .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…')
      .replaceAll(/\b[0-9a-f]{64}\b/g, '…')
      .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '…')
      .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '…')
      .replaceAll(/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=/g, '…')
      .replaceAll(/(?<=127\.0\.0\.1:)\d+/g, '…'),
  );
}
