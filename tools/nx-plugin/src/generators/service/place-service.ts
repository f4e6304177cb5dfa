import { isScalar, isSeq, parseDocument } from 'yaml';

/** The text of a host's file with a service added to its sorted `services`; comments and order stay. */
export function placeService(text: string, service: string): string {
  const document = parseDocument(text, { version: '1.2', schema: 'core' });
  const services = document.get('services', true);
  if (!isSeq(services)) {
    document.set('services', document.createNode([service]));
    return document.toString({ lineWidth: 0 });
  }
  const names = services.items.map((item) => String(isScalar(item) ? item.value : item));
  if (names.includes(service)) return text;
  const position = names.findIndex((name) => name > service);
  services.items.splice(position < 0 ? names.length : position, 0, document.createNode(service));
  if (names.length === 0) services.flow = false;
  return document.toString({ lineWidth: 0 });
}
