import './plain-schemas.ts';
import { enter } from '../entry.ts';
import { settle } from '../settle.ts';
import { VERSION } from '../version.ts';
import { verifyCommandWith } from './definition.ts';
import { verifyPack } from './verify-pack.ts';

// `countersign verify` alone, without a command in front: what `dist/verify.mjs` is made of.
await enter(process.argv.slice(2), (json) =>
  settle(verifyCommandWith(verifyPack).name('verify.mjs').version(VERSION), json),
);
