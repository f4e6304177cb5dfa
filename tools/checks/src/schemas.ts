import {
  contractSchema,
  hostSchema,
  ingressSchema,
  settingsSchema,
  ssoSchema,
  type Contract,
  type Definition,
} from '@ai-stack/core';
import { addressKeys, dnsSchemaOf, modelSchemaOf } from '@ai-stack/inventory';
import { z, type ZodType } from 'zod';

/** A JSON schema, as far as it is looked into here. */
export interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  required?: string[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  enum?: unknown[];
  pattern?: string;
  format?: string;
  const?: string;
}

/** The schema of each kind of file; some allow what the contracts declare. */
function inventorySchemas(contracts: readonly Contract[]): Record<string, ZodType> {
  const declared = contracts.map((value) => ({ name: value.name, value }));
  return {
    environment: settingsSchema,
    dns: dnsSchemaOf(declared),
    ingress: ingressSchema,
    sso: ssoSchema,
    host: hostSchema,
    model: modelSchemaOf(declared),
  };
}

/** The JSON schemas of the YAML files that people write, by path, as text. */
export function renderSchemas(
  definitions: Readonly<Record<string, Definition>>,
  contracts: readonly Contract[],
): Record<string, string> {
  const ofInventory = Object.entries(inventorySchemas(contracts)).map(([kind, schema]) => {
    const keys = Object.hasOwn(addressKeys, kind)
      ? addressKeys[kind as keyof typeof addressKeys]
      : [];
    return [`libs/inventory/schemas/${kind}.json`, open(jsonSchema(schema), keys)] as const;
  });
  const ofOptions = Object.entries(definitions).map(
    ([service, { options }]) =>
      [`apps/${service}/options.schema.json`, open(jsonSchema(options), [])] as const,
  );
  const ofContract = ['libs/inventory/schemas/service.json', jsonSchema(contractSchema)] as const;
  return Object.fromEntries(
    [...ofInventory, ...ofOptions, ofContract].map(([path, schema]) => [
      path,
      `${JSON.stringify(schema, null, 2)}\n`,
    ]),
  );
}

/** What people may write, so that a key with a default may be left out; draft 7 is what editors know best. */
export function jsonSchema(schema: ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as JsonSchema;
}

/** The same schema, in which any value may be open (`TODO`), and the addresses may begin with a variable. */
function open(schema: JsonSchema, addresses: readonly string[], path = ''): JsonSchema {
  const below = (inner: JsonSchema, key: string) => {
    const at = path === '' ? key : `${path}.${key}`;
    return orOpen(open(inner, addresses, at), addresses.includes(at));
  };
  const { properties, additionalProperties, items } = schema;
  return {
    ...schema,
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, inner]) => [key, below(inner, key)]),
      ),
    }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: below(additionalProperties, '*'),
    }),
    ...(items !== undefined && { items: below(items, '*') }),
  };
}

const variable: JsonSchema = { type: 'string', pattern: '^\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}' };

function orOpen(schema: JsonSchema, isAddress: boolean): JsonSchema {
  const { default: left, description, anyOf, ...rest } = schema;
  if (schema.type === 'object' || isAnyText(schema)) return schema;
  return {
    ...(description !== undefined && { description }),
    ...(left !== undefined && { default: left }),
    anyOf: [...(anyOf ?? [rest]), ...(isAddress ? [variable] : []), { const: 'TODO' }],
  };
}

function isAnyText({ type, pattern, format, enum: values }: JsonSchema): boolean {
  return type === 'string' && [pattern, format, values].every((limit) => limit === undefined);
}

/** The keys without a description of one line, which editors show; empty when each has one. Pure. */
export function undescribedKeys(schema: JsonSchema, path: readonly string[] = []): string[] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  const own = Object.entries(properties).flatMap(([key, inner]) => {
    const at = [...path, key];
    const isGood = /^\S[^\n]{4,118}\S$/.test(inner.description ?? '');
    return [...(isGood ? [] : [at.join('.')]), ...undescribedKeys(inner, at)];
  });
  const below = [
    ...anyOf,
    ...(items === undefined ? [] : [items]),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
  ];
  return [...own, ...below.flatMap((inner) => undescribedKeys(inner, [...path, '*']))];
}
