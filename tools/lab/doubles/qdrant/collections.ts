import { asJson, asText, Refusal } from '../http-double';
import type { Exchange, Json, Routes } from '../http-double';
import { matches } from './search';
import type { Collection, Distance, QdrantStore, VectorSpace } from './store';

const DISTANCES = ['Cosine', 'Dot', 'Euclid', 'Manhattan'];
const INDEXES = ['keyword', 'integer', 'float', 'geo', 'text', 'bool', 'datetime', 'uuid'];
/** What Qdrant's own configuration sets unless a collection says otherwise. */
const HNSW = { m: 16, ef_construct: 100, full_scan_threshold: 10000, max_indexing_threads: 0 };
const OPTIMIZERS = {
  deleted_threshold: 0.2,
  vacuum_min_vector_number: 1000,
  default_segment_number: 0,
  indexing_threshold: 10000,
  flush_interval_sec: 5,
};
const WAL = { wal_capacity_mb: 32, wal_segments_ahead: 0 };

/** Collections and the indexes of their payloads. */
export function collectionRoutes(store: QdrantStore): Routes {
  return {
    'GET /collections': () => ({
      collections: Object.keys(store.collections)
        .sort()
        .map((name) => ({ name })),
    }),
    'GET /collections/:name': ({ params: [name = ''] }) => renderCollection(store.find(name)),
    'GET /collections/:name/exists': ({ params: [name = ''] }) => ({
      exists: Object.hasOwn(store.collections, name),
    }),
    'PUT /collections/:name': ({ params: [name = ''], body }) => {
      checkName(name);
      if (Object.hasOwn(store.collections, name)) {
        throw new Refusal(409, `Wrong input: Collection \`${name}\` already exists!`);
      }
      const spaces = parseSpaces(body.vectors);
      store.collections[name] = { config: body, spaces, points: {}, indexes: {} };
      store.save();
      return true;
    },
    'DELETE /collections/:name': ({ params: [name = ''] }) => store.remove(name),
    'PUT /collections/:name/index': (exchange) => {
      const { body, params } = exchange;
      store.find(params[0] ?? '').indexes[parseField(body)] = parseIndex(body.field_schema);
      store.save();
      return renderUpdate(exchange);
    },
    'DELETE /collections/:name/index/:field': (exchange) => {
      const [name = '', field = ''] = exchange.params;
      Reflect.deleteProperty(store.find(name).indexes, field);
      store.save();
      return renderUpdate(exchange);
    },
  };
}

/** What a write answers: it is done, but only who waits is told so. */
export const renderUpdate = ({ url }: Exchange) => ({
  operation_id: 0,
  status: url.searchParams.get('wait') === 'true' ? 'completed' : 'acknowledged',
});

function checkName(name: string): void {
  if (name.length <= 255 && !/[/\\<>:"|?*\0\x1f]/.test(name) && name !== '.' && name !== '..')
    return;
  throw new Refusal(422, 'Validation error in path parameters: [collection_name: is not valid]');
}

function parseSpaces(vectors: unknown): Record<string, VectorSpace> {
  const single = asJson(vectors);
  const named = 'size' in single || 'distance' in single ? { '': single } : single;
  return Object.fromEntries(
    Object.entries(named).map(([name, value]) => {
      const { size, distance } = asJson(value);
      if (typeof size !== 'number' || size < 1 || !DISTANCES.includes(asText(distance))) {
        const text = 'vectors need a size and a known distance';
        throw new Refusal(400, `Format error in JSON body: ${text}`);
      }
      if (size > 65536) {
        const text = `[vectors.size: value ${size} invalid, must be from 1 to 65536]`;
        throw new Refusal(422, `Validation error in JSON body: ${text}`);
      }
      return [name, { size, distance: distance as Distance }];
    }),
  );
}

function parseField({ field_name: name }: Json): string {
  if (typeof name === 'string') return name;
  throw new Refusal(400, 'Format error in JSON body: missing field `field_name`');
}

/** An index's type, or its parameters with the type in them. */
function parseIndex(schema: unknown): unknown {
  const type = typeof schema === 'string' ? schema : asJson(schema).type;
  if (INDEXES.includes(asText(type))) return schema;
  const known = `known types are ${INDEXES.join(', ')}`;
  throw new Refusal(400, `Format error in JSON body: field_schema is not valid, ${known}`);
}

function renderCollection(collection: Collection): Json {
  const { config, points, indexes } = collection;
  const schema = Object.entries(indexes).map(([field, index]) => [
    field,
    renderIndex(collection, field, index),
  ]);
  return {
    status: 'green',
    optimizer_status: 'ok',
    indexed_vectors_count: 0,
    points_count: Object.keys(points).length,
    segments_count: 1,
    config: {
      params: {
        vectors: config.vectors ?? {},
        shard_number: config.shard_number ?? 1,
        replication_factor: config.replication_factor ?? 1,
        write_consistency_factor: config.write_consistency_factor ?? 1,
        on_disk_payload: config.on_disk_payload ?? true,
      },
      hnsw_config: { ...HNSW, ...asJson(config.hnsw_config) },
      optimizer_config: { ...OPTIMIZERS, ...asJson(config.optimizers_config) },
      wal_config: { ...WAL, ...asJson(config.wal_config) },
    },
    payload_schema: Object.fromEntries(schema) as Json,
  };
}

function renderIndex({ points }: Collection, field: string, index: unknown): Json {
  const without = { is_empty: { key: field } };
  return {
    data_type: typeof index === 'string' ? index : asJson(index).type,
    ...(typeof index === 'object' && { params: index }),
    points: Object.values(points).filter((point) => !matches({ must: [without] }, point)).length,
  };
}
