/** What a terminal showed, as a picture that is drawn by light and by dark, and whose text can be selected and searched. */
export interface Screen {
  /** Tells pictures apart where several stand on one page. */
  readonly name: string;
  readonly title: string;
  /** For who cannot see it: what it shows, in a sentence or two. */
  readonly description: string;
  readonly command: string;
  readonly shown: string;
}

const COLUMNS = 92;
const HANGING = 4;
const FONT_SIZE = 13;
/** Of the fonts named below, the widest: 0.602 em. */
const COLUMN_WIDTH = FONT_SIZE * 0.605;
const LINE_HEIGHT = 19;
const MARGIN = 18;
const BAR = 30;

/** Which lines catch the eye, and how. */
const TONES: readonly (readonly [RegExp, string])[] = [
  [/^(evidence: holds|outcome: EXECUTED$)/, 'good'],
  [/^(evidence: DOES NOT HOLD|outcome: .*not proven)/, 'bad'],
  [/^error: /, 'wrong'],
  [/^\s*waits for /, 'wait'],
  [/^(not reached|rests on others|trust|next): /, 'quiet'],
];

export function drawTerminal({ name, title, description, command, shown }: Screen): string {
  const lines = [
    ...linesOf(command).flatMap((line, at, all) => {
      const prompt = all[at - 1]?.endsWith('\\') ? '  ' : '$ ';
      return wrap(`${prompt}${line}`).map((text) => ({ text, tone: 'typed' }));
    }),
    ...linesOf(shown).flatMap((line) => {
      const [, tone] = TONES.find(([start]) => start.test(line)) ?? ([/^/, 'plain'] as const);
      return wrap(line).map((text) => ({ text, tone }));
    }),
  ];
  const width = Math.ceil(COLUMNS * COLUMN_WIDTH + 2 * MARGIN);
  const height = BAR + lines.length * LINE_HEIGHT + 2 * MARGIN - 8;
  const rows = lines.map(({ text, tone }, at) => {
    const y = BAR + MARGIN + 8 + at * LINE_HEIGHT;
    return `    <text class="${tone}" x="${MARGIN}" y="${y}" xml:space="preserve">${escaped(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${name}-title ${name}-desc">
  <title id="${name}-title">${escaped(title)}</title>
  <desc id="${name}-desc">${escaped(description)}</desc>
${STYLE}
  <rect class="screen" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
  <path class="bar" d="M1 ${BAR}V9a8 8 0 0 1 8-8H${width - 9}a8 8 0 0 1 8 8v${BAR - 9}z"/>
  <path class="edge" d="M1 ${BAR}.5H${width - 1}"/>
  <g class="knob"><circle cx="20" cy="15" r="5"/><circle cx="38" cy="15" r="5"/><circle cx="56" cy="15" r="5"/></g>
  <g font-size="${FONT_SIZE}">
${rows.join('\n')}
  </g>
</svg>
`;
}

/** The colours of flow.svg beside them. */
const STYLE = `  <style>
    .screen { fill: #ffffff; stroke: #d0d7de; }
    .bar { fill: #f6f8fa; }
    .edge { stroke: #d0d7de; }
    .knob { fill: #d0d7de; }
    text { fill: #1f2328; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace; white-space: pre; }
    .typed { font-weight: 600; }
    .good { fill: #1a7f37; font-weight: 600; }
    .bad { fill: #cf222e; font-weight: 600; }
    .wrong { fill: #cf222e; }
    .wait { fill: #9a6700; }
    .quiet { fill: #57606a; }
    @media (prefers-color-scheme: dark) {
      .screen { fill: #0d1117; stroke: #30363d; }
      .bar { fill: #161b22; }
      .edge { stroke: #30363d; }
      .knob { fill: #484f58; }
      text { fill: #e6edf3; }
      .good { fill: #3fb950; }
      .bad { fill: #ff7b72; }
      .wrong { fill: #ff7b72; }
      .wait { fill: #d29922; }
      .quiet { fill: #9ea7b3; }
    }
  </style>`;

function linesOf(text: string): readonly string[] {
  return text.trimEnd().split('\n');
}

/** Breaks a line that is wider than the screen after a blank; what follows is indented. */
function wrap(line: string): readonly string[] {
  if (line.length <= COLUMNS) return [line];
  const cut = line.lastIndexOf(' ', COLUMNS);
  if (cut <= HANGING) return [line];
  return [line.slice(0, cut), ...wrap(' '.repeat(HANGING) + line.slice(cut + 1))];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
