import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { promqlChecker } from './known-metrics.ts';

const gridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});
const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });
const target = z.strictObject({
  refId: z.string().regex(/^[A-Z]$/),
  datasource,
  expr: z.string().min(1),
  legendFormat: z.string().min(1),
  format: z.literal('heatmap').optional(),
});
const row = z.object({ id: z.int(), type: z.literal('row'), title: z.string().min(1), gridPos });
const panel = z.object({
  id: z.int(),
  type: z.enum(['stat', 'timeseries', 'heatmap']),
  title: z.string().min(1),
  datasource,
  gridPos,
  targets: z.array(target).min(1),
});
const variable = z.object({
  name: z.string(),
  type: z.enum(['datasource', 'query']),
  definition: z.string().optional(),
});
const dashboardSchema = z.object({
  uid: z.literal('countersign'),
  title: z.string(),
  schemaVersion: z.int(),
  templating: z.strictObject({ list: z.array(variable) }),
  panels: z.array(z.discriminatedUnion('type', [row, panel])).min(1),
});

const FILE = join(import.meta.dirname, '../../docs/grafana/countersign.json');
const dashboard = dashboardSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')));
const panels = dashboard.panels.flatMap((each) => (each.type === 'row' ? [] : [each]));
const faultsOf = await promqlChecker();

describe('the dashboard', () => {
  it.each(panels.map((each) => [each.title, each] as const))('%s asks for what is exposed', (_title, { targets }) => {
    // Grafana puts a duration in the place of its variable.
    const faults = targets.flatMap(({ expr }) => faultsOf(expr.replaceAll('$__rate_interval', '5m')));
    expect(faults).toEqual([]);
  });

  it('names every variable that it uses, and finds the values of each in what is exposed', () => {
    const { list } = dashboard.templating;
    const used = new Set([...JSON.stringify(dashboard).matchAll(/"?\$\{?([a-z]\w*)\}?/g)].map(([, name = '']) => name));
    expect([...used].sort()).toEqual(list.map(({ name }) => name).sort());
    const asked = list.flatMap(({ definition }) => (definition === undefined ? [] : [definition]));
    expect(asked.length).toBe(list.length - 1);
    for (const definition of asked) {
      const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
      expect(faultsOf(`sum by (${label}) (${metric})`)).toEqual([]);
    }
  });

  it('has a place and a number for each panel', () => {
    const { panels: all } = dashboard;
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const taken = all.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(taken).size).toBe(taken.length);
    for (const { gridPos: at } of all) expect(at.x + at.w).toBeLessThanOrEqual(24);
  });

  it('holds no address of a server and no name of an installation', () => {
    expect(JSON.stringify(dashboard)).not.toMatch(/https?:|127\.0\.0\.1|localhost/);
  });
});
