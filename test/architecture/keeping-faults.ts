import { parseSync } from 'oxc-parser';
import { ROOMS, roomOf } from './rooms.ts';

/**
 * One sentence for each thing at the margin of a module that could be different at another time, in rooms whose modules
 * all decisions of a worker share. What is not plainly fixed is one: functions, types, classes without static data, and
 * constants of literals pass.
 */
export function keepingFaults(path: string, source: string): string[] {
  const room = roomOf(path);
  if (room === undefined || ROOMS[room]?.keepsNothing !== true) return [];
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  // Its own types are a union of every node there is; this reads members by name, and takes what it does not know for a fault.
  return (program.body as unknown as readonly Node[])
    .flatMap(statementFaults)
    .map(({ what, at }) => `${path}:${source.slice(0, at).split('\n').length}: a module keeps ${what}`);
}

interface Fault {
  readonly what: string;
  readonly at: number;
}

/** A node of ESTree, as far as this reads it; no member is of a form that is taken for granted. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [member: string]: unknown;
}

const HARMLESS: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'FunctionDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
]);

function statementFaults(node: Node): readonly Fault[] {
  const { type, start: at, declaration } = node;
  if (HARMLESS.has(type)) return [];
  if (type === 'ExportNamedDeclaration') return declaration === null ? [] : statementFaults(declaration as Node);
  if (type === 'ClassDeclaration') return classFaults(node);
  if (type !== 'VariableDeclaration') return [{ what: `a statement that runs as it is loaded (${type})`, at }];
  if (node['kind'] !== 'const') return [{ what: 'a variable', at }];
  return (node['declarations'] as readonly Node[]).flatMap(({ id, init, start }) => {
    const { typeAnnotation } = id as { readonly typeAnnotation?: { readonly typeAnnotation: Node } | null };
    return isFixed(init as Node, typeAnnotation?.typeAnnotation) ? [] : [{ what: unfixed(init as Node), at: start }];
  });
}

function classFaults({ body }: Node): readonly Fault[] {
  return (body as { readonly body: readonly Node[] }).body.flatMap((member) => {
    if (member.type === 'StaticBlock') return [{ what: 'a static block', at: member.start }];
    if (member.type !== 'PropertyDefinition' || member['static'] !== true) return [];
    const isConstant = member['readonly'] === true && isFixed(member['value'] as Node | null, undefined);
    return isConstant ? [] : [{ what: 'a static member', at: member.start }];
  });
}

function unfixed({ type, callee }: Node): string {
  const { name } = (callee ?? {}) as { readonly name?: string };
  return name === undefined ? `what is not plainly fixed (${type})` : `what ${name}() gave it`;
}

/** Calls whose result holds nothing, whatever was done with it. */
const STATELESS: ReadonlySet<string> = new Set([
  'defineSearchAttributeKey',
  'defineSignal',
  'defineUpdate',
  'proxyActivities',
  'proxyLocalActivities',
  'proxySinks',
]);

/** @param type what it was declared as; undefined where it was not */
function isFixed(value: Node | null, type: Node | undefined): boolean {
  if (value === null) return true;
  const all = (nodes: unknown): boolean =>
    (nodes as readonly (Node | null)[]).every((each) => isFixed(each, undefined));
  switch (value.type) {
    case 'Literal':
      return !/[gy]/.test((value['regex'] as { readonly flags: string } | undefined)?.flags ?? '');
    case 'TemplateLiteral':
      return all(value['expressions']);
    case 'Identifier':
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return true;
    case 'MemberExpression':
      return isFixed(value['object'] as Node, undefined);
    case 'UnaryExpression':
      return isFixed(value['argument'] as Node, undefined);
    case 'BinaryExpression':
      return all([value['left'], value['right']]);
    case 'TSSatisfiesExpression':
      return isFixed(value['expression'] as Node, type);
    case 'TSAsExpression':
      return isFixed(value['expression'] as Node, value['typeAnnotation'] as Node);
    case 'ArrayExpression':
      return (
        (isConstant(type) || isNamed(type, 'Readonly', 'ReadonlyArray')) &&
        partsOf(value).every((part) => isFixed(part, type))
      );
    case 'ObjectExpression':
      return (isConstant(type) || isNamed(type, 'Readonly')) && partsOf(value).every((part) => isFixed(part, type));
    case 'NewExpression':
      return isNamed(type, 'ReadonlySet', 'ReadonlyMap');
    case 'CallExpression':
      return STATELESS.has((value['callee'] as { readonly name?: string }).name ?? '');
    default:
      return false;
  }
}

function partsOf(value: Node): readonly (Node | null)[] {
  const parts = (value['elements'] ?? value['properties']) as readonly (Node | null)[];
  return parts.map((part) => {
    if (part?.type === 'Property') return part['value'] as Node;
    return part?.type === 'SpreadElement' ? (part['argument'] as Node) : part;
  });
}

/** `as const`, or `readonly …[]`. */
function isConstant(type: Node | undefined): boolean {
  return type?.type === 'TSTypeOperator' ? type['operator'] === 'readonly' : isNamed(type, 'const');
}

function isNamed(type: Node | undefined, ...names: readonly string[]): boolean {
  const { name } = (type?.['typeName'] ?? {}) as { readonly name?: string };
  return name !== undefined && names.includes(name);
}
