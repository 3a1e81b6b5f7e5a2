import { describe, expect, it } from 'vitest';
import { canonicalize } from '../../core/canon/index.ts';
import { toJson } from '../../cli/to-json.ts';

interface Given {
  readonly name: string;
  readonly note?: string;
  readonly list: readonly { readonly count: number | null }[];
}

describe('toJson', () => {
  it('takes what is JSON all through', () => {
    const given: Given = { name: 'a', list: [{ count: null }, { count: 2 }] };
    expect(canonicalize(toJson(given))).toBe('{"list":[{"count":null},{"count":2}],"name":"a"}');
  });

  it.each([
    // @ts-expect-error a date is no JSON
    () => toJson({ member: new Date(0) }),
    // @ts-expect-error a member that may be undefined is no JSON
    () => toJson({ member: undefined as string | undefined }),
    // @ts-expect-error a bigint is no JSON
    () => toJson({ list: [{ member: 1n }] }),
    // @ts-expect-error nobody knows what it is
    () => toJson({ member: Symbol('unknown') as unknown }),
  ])('does not compile for anything else, which has no canonical form either', (make) => {
    expect(() => canonicalize(make())).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^json\.(unsupported_type|undefined)$/) }),
    );
  });
});
