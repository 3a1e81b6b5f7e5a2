import { CanonError } from '../../../core/canon/index.ts';

/** The refusal that `action` ends in. Any other end, a foreign error included, fails the test that asked. */
export function refusal(action: () => unknown): CanonError {
  let result: unknown;
  try {
    result = action();
  } catch (error) {
    if (error instanceof CanonError) return error;
    throw error;
  }
  throw new Error(`not refused; it returned ${JSON.stringify(result)}`);
}

/** Code and path of the refusal: what most tests assert. */
export function refused(action: () => unknown): [code: string, path: string] {
  const { code, path } = refusal(action);
  return [code, path];
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function fromHexText(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
