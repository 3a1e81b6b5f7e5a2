/**
 * What a pure room may take from its surroundings, besides the language: turning text into bytes and back.
 * Every engine has these, and they give the same answer everywhere. Nothing else is declared, so a clock,
 * a random source, the network or the environment does not even compile there.
 */
declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: ArrayBufferView | ArrayBuffer): string;
}
