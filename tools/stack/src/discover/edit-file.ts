import { writeYaml } from '@ai-stack/inventory';
import { isScalar, parseDocument } from 'yaml';

/** The text of a YAML file with values put in place of its open keys; comments and order stay. */
export function editFile(
  text: string,
  answers: readonly { key: string; value: unknown }[],
): string {
  const document = parseDocument(text, { version: '1.2', schema: 'core' });
  for (const { key, value } of answers) {
    const path = key.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    const old = document.getIn(path, true);
    const node = document.createNode(value);
    if (isScalar(old)) {
      node.comment = old.comment;
      node.commentBefore = old.commentBefore;
      node.spaceBefore = old.spaceBefore;
    }
    document.setIn(path, node);
  }
  return writeYaml(document, text);
}
