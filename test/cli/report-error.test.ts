import { describe, expect, test } from 'vitest';
import { ClientError } from '../../client/errors.ts';
import { CliError } from '../../cli/errors.ts';
import { EXIT, exitCodeOf } from '../../cli/exit-codes.ts';
import { errorJson, errorLine, hintLine } from '../../cli/report-error.ts';
import { DocumentError } from '../../documents/index.ts';

describe('an error', () => {
  test('is one line: code, path, message, expected, got', () => {
    const error = new CliError('file.unreadable', {
      message: 'this cannot be read',
      path: '/x',
      expected: 'a readable file',
      got: 'ENOENT',
    });
    expect(errorLine(error)).toBe('file.unreadable: /x: this cannot be read (expected a readable file, got ENOENT)');
    expect(errorLine(new CliError('cli.usage', { message: 'no' }))).toBe('cli.usage: no');
  });

  test("bears the service's own code, where the service has said one", () => {
    const error = new ClientError('request.refused', {
      message: 'the roster does not know the signer',
      serverCode: 'statement.signer_unknown',
    });
    expect(errorLine(error)).toBe('statement.signer_unknown: the roster does not know the signer');
    expect(exitCodeOf(error)).toBe(EXIT.refused);
  });

  test('names at a terminal the command that explains it, and to a program nothing', () => {
    const error = new ClientError('request.refused', { message: 'no', serverCode: 'statement.signer_unknown' });
    expect(hintLine(error, { terminal: true, json: false })).toBe(
      'countersign explain statement.signer_unknown says what to do',
    );
    expect(hintLine(error, { terminal: false, json: false })).toBe('');
    expect(hintLine(error, { terminal: true, json: true })).toBe('');
    expect(hintLine(new CliError('cli.usage', { message: 'no' }), { terminal: true, json: false })).toBe('');
  });

  test('has all its problems in JSON', () => {
    const problems = [
      { path: '$.a', expected: 'x', got: '1' },
      { path: '$.b', expected: 'y', got: '2' },
    ] as const;
    const { error } = JSON.parse(errorJson(new DocumentError('document.shape', 'no', [...problems]))) as {
      error: object;
    };
    expect(error).toMatchObject({ code: 'document.shape', path: '$.a', problems });
  });

  test('moves no cursor, whatever it quotes', () => {
    const line = errorLine(new CliError('cli.usage', { message: 'no', got: 'a\u001b[2Jb\nc\u202e' }));
    expect(line).toBe('cli.usage: no (got a\\u{1b}[2Jb\\u{a}c\\u{202e})');
  });

  test('of this program itself shows no stack', () => {
    const line = errorLine(new TypeError('no such thing\n    at somewhere'));
    expect(line).toBe('internal: TypeError: no such thing');
    expect(exitCodeOf(new TypeError('x'))).toBe(EXIT.unusable);
  });

  test.each([
    ['temporal.unreachable', EXIT.unreachable],
    ['worker.silent', EXIT.unreachable],
    ['wait.timeout', EXIT.timeout],
    ['decision.conflict', EXIT.refused],
    ['submit.discarded', EXIT.refused],
    ['decision.not_found', EXIT.unusable],
  ] as const)('%s ends the process with %i', (code, exit) => {
    expect(exitCodeOf(new ClientError(code, { message: 'x' }))).toBe(exit);
  });
});
