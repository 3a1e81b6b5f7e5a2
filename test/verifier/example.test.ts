import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitCode, renderReport } from '../../verifier/index.ts';
import { ask } from './asking.ts';

const example = readFileSync(new URL('../vectors/corevexa-example.txt', import.meta.url));

describe("the source's own example", () => {
  const report = ask({ view: new Uint8Array(example), require: 'C1' });
  const EVENTS = [
    'decision.requested',
    'policy.evaluated',
    'risk.evaluated',
    'authority.routed',
    'authority.approved',
    'execution.confirmed',
  ];

  // shows: R97
  it('is read, typographic quotes and prose and all, and said to be a placeholder event by event', () => {
    const placeholders = report.findings.filter(({ code }) => code === 'chain.placeholder');
    expect(placeholders.map(({ sequence, event_type }) => [sequence, event_type])).toEqual(
      EVENTS.map((type, index) => [index + 1, type]),
    );
    expect(placeholders[0]).toMatchObject({
      path: '$.event_chain[0].integrity_hash',
      expected: expect.stringMatching(/^sha256:/) as string,
    });
  });

  it('lacks sequence numbers, and a seal', () => {
    expect(report.findings.filter(({ code }) => code === 'chain.sequence').map(({ sequence }) => sequence)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    expect(report.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['view.foreign', 'view.without_seal']),
    );
    expect(report.findings.some(({ code }) => code === 'chain.previous' || code === 'chain.genesis')).toBe(false);
  });

  // shows: R97, R103
  it('claims C3, reaches nothing, and never gives a good verdict', () => {
    expect(report.level).toMatchObject({ reached: null, claimed: 'L7GS-C3' });
    expect(report.evidence).toBe('does_not_hold');
    expect(exitCode(report, { require: 'C1', expect: 'executed' })).toBe(1);
    expect(renderReport(report)).toContain('evidence: DOES NOT HOLD');
  });

  it('is not confused with prose that holds no pack', () => {
    const codes = ask({ view: new TextEncoder().encode('An “example” without a pack {}') }).findings.map(
      ({ code }) => code,
    );
    expect(codes).toContain('view.unreadable');
    expect(codes).not.toContain('view.foreign');
  });
});
