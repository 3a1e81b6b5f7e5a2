/**
 * What a ledger answers about a chain that nobody honest could have left behind. Every other failure stays a trouble
 * that is seen, and tried again.
 */
export function isTampering(code: string): boolean {
  return code === 'ledger.corrupt' || code === 'ledger.mac' || code === 'ledger.differs';
}
