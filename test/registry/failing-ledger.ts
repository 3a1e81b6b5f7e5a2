import { unavailable } from '../../ledger/errors.ts';
import type { Ledger } from '../../ledger/index.ts';

/** A ledger whose bindings in one registry fail, before or after they stand, so many times. */
export function failing(ledger: Ledger, name: string, when: 'before' | 'after', times = 1): Ledger {
  let left = times;
  return {
    append: (...args) => ledger.append(...args),
    read: (...args) => ledger.read(...args),
    head: (...args) => ledger.head(...args),
    peek: (...args) => ledger.peek(...args),
    decisions: () => ledger.decisions(),
    binding: (...args) => ledger.binding(...args),
    bindings: (...args) => ledger.bindings(...args),
    check: () => ledger.check(),
    close: () => ledger.close(),
    async bind(inRegistry, key, value) {
      const cut = inRegistry === name && left > 0;
      if (cut) left -= 1;
      if (cut && when === 'before') throw unavailable('cut', 'cut before it stood', 'not_stored');
      const binding = await ledger.bind(inRegistry, key, value);
      if (cut) throw unavailable('cut', 'cut before the answer', 'unknown');
      return binding;
    },
  };
}
