import type { ZodType } from 'zod';
import type { Path } from './yaml-file';

/** What of zod's public `def` is read here. */
interface Definition {
  type: string;
  shape?: Record<string, ZodType>;
  element?: ZodType;
  valueType?: ZodType;
  innerType?: ZodType;
  in?: ZodType;
  options?: ZodType[];
}

/** The keys that a schema knows at a path; empty where it is not an object. */
export function knownKeys(schema: ZodType, path: Path): string[] {
  return schemasAt([schema], path).flatMap((item) => Object.keys(definitionOf(item).shape ?? {}));
}

function schemasAt(schemas: ZodType[], path: Path): ZodType[] {
  const plain = schemas.flatMap(unwrap);
  const [key, ...rest] = path;
  if (key === undefined) return plain;
  const inner = plain.flatMap((schema) => {
    const { shape, element, valueType } = definitionOf(schema);
    const schemaOfKey = shape?.[key] ?? element ?? valueType;
    return schemaOfKey === undefined ? [] : [schemaOfKey];
  });
  return inner.length === 0 ? [] : schemasAt(inner, rest);
}

/** The schema inside defaults, optionals, unions and transformations. */
function unwrap(schema: ZodType): ZodType[] {
  const { innerType, in: input, options } = definitionOf(schema);
  const inner = options ?? [innerType ?? input].filter((candidate) => candidate !== undefined);
  return inner.length === 0 ? [schema] : inner.flatMap(unwrap);
}

function definitionOf(schema: ZodType): Definition {
  return schema.def;
}
