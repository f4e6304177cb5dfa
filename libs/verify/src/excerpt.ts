const longest = 300;

/** Text from elsewhere on one line of at most 300 characters, without control characters. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  if (line.length <= longest) return line;
  // Never half of a character outside the basic plane.
  return `${line.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
