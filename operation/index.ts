export { type UnfinishedDecision, unfinished } from './unfinished.ts';
