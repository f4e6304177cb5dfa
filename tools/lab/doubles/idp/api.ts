import { randomBytes, randomUUID } from 'node:crypto';
import { asJson, asList, asText, bearerOf, Refusal } from '../http-double';
import type { Exchange, Json, Routes } from '../http-double';
import type { IdpFile } from './config';
import type { Directory } from './directory';

const BASE = '/api/v3';

interface Collection {
  readonly path: string;
  /** The field that names a row in the URL. */
  readonly key: 'pk' | 'slug';
  readonly required: readonly string[];
  /** What a new row has where the request says nothing. */
  readonly create: () => Json;
}
const READ_ONLY = [
  'flows/instances',
  'propertymappings/provider/scope',
  'crypto/certificatekeypairs',
  'core/users',
];
const client = () => ({
  client_id: randomBytes(20).toString('hex'),
  client_secret: randomBytes(64).toString('hex'),
});
const flows = ['authorization_flow', 'invalidation_flow'];

/** The part of Authentik's API v3 that sets up providers, applications, access and the embedded outpost. */
export function apiRoutes(directory: Directory, file: IdpFile): Routes {
  const token = file.apiToken;
  let lastProvider = 1000;
  const provider = () => ({ pk: (lastProvider += 1), ...client() });
  const uuid = () => ({ pk: randomUUID() });
  const collections: Collection[] = [
    {
      path: 'providers/oauth2',
      key: 'pk',
      required: ['name', ...flows, 'redirect_uris'],
      // the trap since 2026.5: no grant types unless they are sent, and then nobody can log in
      create: () => ({
        ...provider(),
        client_type: 'confidential',
        grant_types: [],
        property_mappings: [],
      }),
    },
    {
      path: 'providers/proxy',
      key: 'pk',
      required: ['name', ...flows, 'external_host'],
      create: () => ({ ...provider(), mode: 'proxy', intercept_header_auth: true }),
    },
    { path: 'core/applications', key: 'slug', required: ['name', 'slug'], create: uuid },
    { path: 'core/groups', key: 'pk', required: ['name'], create: uuid },
    { path: 'policies/bindings', key: 'pk', required: ['target', 'order'], create: uuid },
    {
      path: 'outposts/instances',
      key: 'pk',
      required: ['name', 'type', 'providers', 'config'],
      create: uuid,
    },
    ...READ_ONLY.map((path) => ({ path, key: 'pk' as const, required: [], create: uuid })),
  ];
  const routes = collections.map((collection) => collectionRoutes(directory, collection));
  const all: Routes = Object.assign(memberRoutes(directory, file), ...routes) as Routes;
  const guarded = Object.entries(all).map(([route, answer]) => [
    route,
    (exchange: Exchange) => {
      checkToken(exchange, token);
      return answer(exchange);
    },
  ]);
  return {
    ...(Object.fromEntries(guarded) as Routes),
    [`GET ${BASE}/root/config/`]: () => ({ brand: { branding_title: 'authentik (double)' } }),
    [`GET ${BASE}/admin/version/`]: (exchange) => {
      checkToken(exchange, token);
      return { version_current: '2026.8.6', version_latest: '2026.8.6', outdated: false };
    },
  };
}

/** Puts a user into a group, or takes one out; what a session holds already stays as it was. */
function memberRoutes(directory: Directory, file: IdpFile): Routes {
  const change =
    (isMember: boolean) =>
    ({ params: [id = ''], body, response }: Exchange) => {
      const group = directory['core/groups']?.find(({ pk }) => pk === id);
      const row = directory['core/users']?.find(({ pk }) => pk === body.pk);
      const user = file.users.find(({ username }) => username === row?.username);
      if (group === undefined || user === undefined) throw new Refusal(404, 'Not found.');
      const name = asText(group.name);
      const others = user.groups.filter((candidate) => candidate !== name);
      user.groups = isMember ? [...others, name] : others;
      response.writeHead(204).end();
    };
  return {
    [`POST ${BASE}/core/groups/:id/add_user/`]: change(true),
    [`POST ${BASE}/core/groups/:id/remove_user/`]: change(false),
  };
}

function checkToken({ headers }: Exchange, token: string): void {
  const given = bearerOf(headers);
  if (given === undefined) throw new Refusal(403, 'Authentication credentials were not provided.');
  if (given !== token) throw new Refusal(403, 'Token invalid/expired');
}

function collectionRoutes(
  directory: Directory,
  { path, key, required, create }: Collection,
): Routes {
  const rows = directory[path] ?? [];
  const find = ({ params: [id = ''] }: Exchange) => {
    const row = rows.find((candidate) => String(candidate[key]) === id);
    if (row === undefined) throw new Refusal(404, `No row matches the given query.`);
    return row;
  };
  const read: Routes = {
    [`GET ${BASE}/${path}/`]: ({ url }) => renderPage(rows, url.searchParams),
    [`GET ${BASE}/${path}/:id/`]: find,
  };
  if (READ_ONLY.includes(path)) return read;
  return {
    ...read,
    [`POST ${BASE}/${path}/`]: ({ body, response }) => {
      check(directory, path, body, required);
      const row = { ...create(), ...body };
      rows.push(row);
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(row));
    },
    // a PATCH takes lists whole: an outpost's `providers` are replaced, not merged
    [`PATCH ${BASE}/${path}/:id/`]: (exchange) => {
      const row = find(exchange);
      check(directory, path, exchange.body, [], row);
      return Object.assign(row, exchange.body, { pk: row.pk });
    },
    [`DELETE ${BASE}/${path}/:id/`]: (exchange) => {
      rows.splice(rows.indexOf(find(exchange)), 1);
      exchange.response.writeHead(204).end();
    },
  };
}

/** Refuses with 400 and all problems by field, as Django REST does. */
function check(
  directory: Directory,
  path: string,
  body: Json,
  required: readonly string[],
  self?: Json,
): void {
  const problems: Record<string, string[]> = {};
  for (const field of required)
    if (body[field] === undefined) problems[field] = ['This field is required.'];
  for (const field of ['name', 'slug']) {
    const taken = directory[path]?.some((row) => row !== self && row[field] === body[field]);
    if (body[field] !== undefined && taken === true && path !== 'policies/bindings') {
      problems[field] = [`${path} with this ${field} already exists.`];
    }
  }
  const known = directory['flows/instances']?.map(({ pk }) => pk) ?? [];
  for (const field of flows) {
    const flow = body[field];
    if (flow !== undefined && !known.includes(flow))
      problems[field] = [`Invalid pk "${asText(flow)}" - object does not exist.`];
  }
  for (const uri of asList(body.redirect_uris)) {
    const { matching_mode: mode, url } = asJson(uri);
    if (!['strict', 'regex'].includes(asText(mode)) || asText(url) === '')
      problems.redirect_uris = ['Invalid redirect URI'];
  }
  if (Object.keys(problems).length > 0) throw new Refusal(400, 'invalid', problems);
}

function renderPage(rows: readonly Json[], query: URLSearchParams): Json {
  const size = Number(query.get('page_size') ?? 20);
  const current = Number(query.get('page') ?? 1);
  const filters = [...query].filter(
    ([name]) => !['page', 'page_size', 'ordering', 'search', 'has_key'].includes(name),
  );
  const search = (query.get('search') ?? '').toLowerCase();
  const found = rows.filter(
    (row) =>
      asText(row.name).toLowerCase().includes(search) &&
      filters.every(
        ([name, value]) =>
          String(row[name.replace('__iexact', '')]).toLowerCase() === value.toLowerCase(),
      ),
  );
  const pages = Math.max(1, Math.ceil(found.length / size));
  if (!(current >= 1 && current <= pages)) throw new Refusal(404, 'Invalid page.');
  const start = (current - 1) * size;
  const results = found.slice(start, start + size);
  return {
    pagination: {
      next: current < pages ? current + 1 : 0,
      previous: current - 1,
      count: found.length,
      current,
      total_pages: pages,
      start_index: results.length === 0 ? 0 : start + 1,
      end_index: start + results.length,
    },
    results,
    autocomplete: {},
  };
}
