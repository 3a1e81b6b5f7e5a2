import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { promqlChecker } from './known-metrics.ts';
import { parsePromql } from './promql.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Prometheus's own spelling: `1h30m`, units from large to small, each once. */
const DURATION = /^(?=\d)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;
const duration = z.string().regex(DURATION);
const text = z.string().min(1).max(200);

/** The format of Prometheus's rule files, and of it what these rules use: nothing else may stand there. */
const rulesSchema = z.strictObject({
  groups: z
    .array(
      z.strictObject({
        name: text,
        interval: duration.optional(),
        rules: z
          .array(
            z.strictObject({
              alert: z.string().regex(/^Countersign([A-Z][a-z]+)+$/),
              expr: z.string().min(1),
              for: duration.optional(),
              labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
              annotations: z.strictObject({
                summary: text,
                description: text,
                runbook_url: z.string().regex(/^docs\/operate\.md#[a-z-]+$/),
              }),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
});

const rules = rulesSchema.parse(parse(read('docs/grafana/alerts.yml'))).groups.flatMap((group) => group.rules);
const headings = [...read('docs/operate.md').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-'),
);
const faultsOf = await promqlChecker();

describe('the alert rules', () => {
  it('have names of their own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks for what is exposed', (_name, { expr }) => {
    expect(faultsOf(expr)).toEqual([]);
  });

  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s speaks of labels that it has', (_name, rule) => {
    const { expr, annotations } = rule;
    const named = [...annotations.description.matchAll(/\{\{ \$labels\.(\w+) \}\}/g)].map(([, label = '']) => label);
    const { grouping } = parsePromql(expr);
    expect(named.filter((label) => !grouping.includes(label))).toEqual([]);
    expect(annotations.description.replaceAll(/\{\{ \$(labels\.\w+|value) \}\}/g, '')).not.toMatch(/[{}$]/);
  });

  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s has a runbook that is there', (_name, rule) => {
    expect(headings).toContain(rule.annotations.runbook_url.split('#')[1]);
  });

  it('are told of on the page, all of them', () => {
    const page = read('docs/operate.md');
    expect(rules.map(({ alert }) => alert).filter((alert) => !page.includes(`\`${alert}\``))).toEqual([]);
  });
});

describe('the check of a query', () => {
  it.each([
    ['sum(rate(countersign_ledger_appends_total[5m])', /^at /],
    ['countersign_gone_total > 0', /countersign_gone_total is not exposed/],
    ['temporal_gone > 0', /temporal_gone is not exposed/],
    ['countersign_ready{check="worker"} == 0', /countersign_ready has no label check/],
    ['countersign_ready{item=~"worker|disk"} == 0', /item is never disk/],
    ['sum by (band) (countersign_ready)', /nothing has the label band/],
    ['countersign_ledger_errors_total{code="ledger.gone"} > 0', /code is never ledger\.gone/],
    ['countersign_receipts_total{arrived="someday"} > 0', /arrived is never someday/],
    ['vector(1)', /it asks for no metric/],
  ])('finds what is wrong with %s', (query, fault) => {
    expect(faultsOf(query).join('\n')).toMatch(fault);
  });

  it('knows durations as Prometheus does', () => {
    for (const good of ['5m', '1h30m', '500ms', '0s']) expect(good).toMatch(DURATION);
    for (const bad of ['', '5', 'm', '30m1h', '1.5h', '5 m']) expect(bad).not.toMatch(DURATION);
  });
});
