import { describe, expect, it } from 'vitest';
import { readConditionsFile } from '../../cli/conditions-file.ts';
import { renderView } from '../../cli/render.ts';
import type { DecisionView } from '../../core/contracts/messages.ts';
import { viewOf } from '../../core/contracts/view.ts';
import { given } from '../core/domain/specification.ts';
import { approval, CHAINS, digest, HOUR, s } from '../core/domain/world.ts';
import { PackFolders } from './pack-folders.ts';

const folders = new PackFolders();
const TEXT = `
- id: alarm
  what: An alarm on the error rate
  due: 2026-03-05T12:00:00.000Z
  role: release_owner
  stops: error_rate
- id: rehearsal
  what: The rollback, once
  due: 2026-03-03T12:00:00.000Z
  role: release_owner
  before: clearance
`;

describe('a file of conditions', () => {
  it('is read as its approver wrote it', () => {
    expect(readConditionsFile(folders.write('conditions.yaml', TEXT))).toEqual([
      {
        id: 'alarm',
        what: 'An alarm on the error rate',
        due: '2026-03-05T12:00:00.000Z',
        role: 'release_owner',
        stops: 'error_rate',
      },
      {
        id: 'rehearsal',
        what: 'The rollback, once',
        due: '2026-03-03T12:00:00.000Z',
        role: 'release_owner',
        before: 'clearance',
      },
    ]);
  });

  it.each([
    ['without a role', TEXT.replace('  role: release_owner\n', '')],
    ['to hold before something else', TEXT.replace('clearance', 'lunch')],
    ['of nothing', '[]'],
  ])('%s is refused', (says, text) => {
    expect(() => readConditionsFile(folders.write(`${says}.yaml`, text))).toThrow(
      expect.objectContaining({ code: 'document.shape' }),
    );
  });
});

describe('the status', () => {
  it('says what is outstanding, and what is overdue', () => {
    const conditions = [{ id: 'alarm', what: digest('what'), due: s(HOUR), role: 'incident_lead' }];
    const { state } = given(CHAINS.routed)
      .when(approval('p-ann', 60, { statement: { conditions } }))
      .gives('authority.approved');
    const view: DecisionView = viewOf({ decisionId: 'd', request: digest('request') }, state, null);
    expect(renderView(view, s(HOUR))).toContain(`alarm by incident_lead, of p-ann: outstanding until ${s(HOUR)}`);
    expect(renderView(view, s(HOUR + 1))).toContain(`alarm by incident_lead, of p-ann: OVERDUE since ${s(HOUR)}`);
  });
});
