import { ask } from '@ai-stack/testing/ask';
import type { Reply } from '@ai-stack/testing/ask';

export interface Site {
  /** Where a host really listens: `https://auth.lab.test` to a URL that reaches it. */
  readonly locate: (url: URL) => { url: string; headers: Record<string, string> };
  readonly ca?: string;
  /** Names one site by one URL where it answers under two. */
  readonly rename?: (url: URL) => URL;
}

/** Whether a cookie kept for a host, or for a whole domain (`.lab.test`), is sent to a host. */
function reaches(place: string, host: string): boolean {
  return place === host || (place.startsWith('.') && host.endsWith(place));
}

/** As much of a browser as a login needs: cookies by host, redirects, one form. */
export function openBrowser(site: Site) {
  const jar = new Map<string, Map<string, string>>();
  const visited: string[] = [];
  const storedAt = (place: string): Map<string, string> => {
    const stored = jar.get(place) ?? new Map<string, string>();
    jar.set(place, stored);
    return stored;
  };

  const send = async (target: string, form?: Record<string, string>): Promise<Reply> => {
    const url = new URL(target);
    const cookies = new Map(
      [...jar].flatMap(([place, stored]) => (reaches(place, url.host) ? [...stored] : [])),
    );
    const { url: real, headers } = site.locate(url);
    const reply = await ask(real, {
      method: form ? 'POST' : 'GET',
      ca: site.ca,
      headers: {
        ...headers,
        ...(cookies.size > 0 && { cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; ') }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form && { body: new URLSearchParams(form).toString() }),
    });
    for (const line of reply.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const place = /; *Domain=([^;]+)/i.exec(line)?.[1];
      const stored = storedAt(place === undefined ? url.host : `.${place}`);
      if (value === '') stored.delete(name);
      else stored.set(name, value);
    }
    return reply;
  };

  /** Opens a URL (or posts a form to it) and follows up to 15 redirects. */
  const visit = async (start: string, form?: Record<string, string>) => {
    let url = start;
    let reply = await send(url, form);
    for (let hops = 0; reply.headers.location !== undefined && hops < 15; hops += 1) {
      visited.push(url);
      const next = new URL(reply.headers.location, url);
      url = (site.rename?.(next) ?? next).href;
      reply = await send(url);
    }
    return { url, reply };
  };
  return { visit, visited };
}
