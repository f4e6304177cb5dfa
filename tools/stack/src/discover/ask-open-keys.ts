import { checkAnswer, type Variables } from '@ai-stack/inventory';
import type { Ask } from '../terminal/terminal';
import type { Finding, Unanswered } from './finding';
import { questionOf } from './questions';

/**
 * Asks for the open keys that the hosts do not show, one by one, with the reason and an example; what the schema refuses
 * is asked again. Gives back what was answered and what stays open.
 */
export async function askOpenKeys(
  place: { root: string; environment: string; variables: Variables },
  unanswered: readonly Unanswered[],
  ask: Ask,
): Promise<{ findings: Finding[]; unanswered: Unanswered[] }> {
  const findings: Finding[] = [];
  const left: Unanswered[] = [];
  for (const open of unanswered) {
    const { reason, example, read } = questionOf(open);
    const answerOf = (text: string) => ({
      file: open.file,
      key: open.key,
      value: read(text.trim()),
    });
    const text = await ask({
      message: [`${open.file}:${open.line}  ${open.key}`, `${reason}.`, ...open.hints].join('\n'),
      example,
      check: (typed) =>
        checkAnswer(place.root, place.environment, answerOf(typed), place.variables),
    });
    if (text === '') left.push(open);
    else findings.push({ ...answerOf(text), line: open.line, evidence: ['you entered it'] });
  }
  return { findings, unanswered: left };
}
