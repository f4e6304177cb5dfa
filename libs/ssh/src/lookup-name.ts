/** What known_hosts calls a host, by what `ssh -G` says of it; undefined where it says nothing. */
export function lookupName(settings: string): string | undefined {
  const valueOf = (key: string) => new RegExp(`^${key} (.+)$`, 'm').exec(settings)?.[1];
  const name = valueOf('hostname');
  const port = valueOf('port') ?? '22';
  const plain = port === '22' || name === undefined ? name : `[${name}]:${port}`;
  return valueOf('hostkeyalias') ?? plain;
}
