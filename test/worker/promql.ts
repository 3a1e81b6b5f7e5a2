import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly value: string }[];
}

export interface Query {
  /** Where Prometheus's own grammar does not hold; empty in a query. */
  readonly faults: readonly string[];
  readonly selectors: readonly Selector[];
  /** Labels that `by`, `without`, `on` and their like name. */
  readonly grouping: readonly string[];
}

type Tree = ReturnType<typeof parser.parse>;
type Node = Tree['topNode'];

export function parsePromql(text: string): Query {
  const textOf = (node: Node | null): string => (node === null ? '' : text.slice(node.from, node.to));
  const faults: string[] = [];
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  parser.parse(text).iterate({
    enter: ({ node, type }) => {
      if (type.isError) faults.push(`at ${node.from}: ${text.slice(node.from, node.from + 20)}`);
      if (type.name === 'VectorSelector') {
        const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
          label: textOf(matcher.getChild('LabelName')),
          value: textOf(matcher.getChild('StringLiteral')).slice(1, -1),
        }));
        selectors.push({ metric: textOf(node.getChild('Identifier')), matchers });
      }
      if (type.name === 'GroupingLabels') grouping.push(...node.getChildren('LabelName').map(textOf));
    },
  });
  return { faults, selectors, grouping };
}
