import { type Measured, measure as measureAny } from '../../resolve/measure/measure.ts';
import { usage } from '../errors.ts';

/**
 * The digest of what lies at a path, as `resolve/` measures it.
 *
 * @param reference which image is meant, where a layout names several.
 * @throws CliError `cli.usage` for a reference where there is no layout; and as `resolve/`.
 */
export async function measure(path: string, reference?: string): Promise<Measured> {
  const measured = await measureAny(path, reference);
  if (reference === undefined || measured.kind === 'oci') return measured;
  throw usage('only an OCI image layout has images to choose from', {
    path,
    expected: 'an image layout',
    got: reference,
  });
}
