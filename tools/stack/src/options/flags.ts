import type { Level } from '@ai-stack/core';
import type {
  CommandName,
  commands,
  OptionDeclaration,
  sharedOptions,
  ValueKind,
} from './declaration';

/** What `option-values.ts` makes of the text of each kind of value. */
interface ValueOf extends Record<ValueKind, unknown> {
  names: string[];
  levels: Level[];
  guards: string[];
  environment: string;
  number: number;
  seconds: number;
  text: string;
}

type Declared = (typeof commands)[number];
type Shared = (typeof sharedOptions)[number];
type OptionOf<Name extends CommandName> =
  | Extract<Declared, { name: Name }>['options'][number]
  | Shared;

type Camel<Text extends string> = Text extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<Camel<Rest>>}`
  : Text;

/** A switch, or what its value is read as. */
type ReadAs<Option extends OptionDeclaration> = Option extends {
  value: { kind: infer Kind extends ValueKind };
}
  ? ValueOf[Kind]
  : boolean;

/** The flags of a command, as its declaration names and types them. */
export type FlagsOf<Name extends CommandName> = {
  [Option in OptionOf<Name> as Camel<Option['name']>]?: ReadAs<Option>;
};

/** What every command takes. */
export type SharedFlags = {
  [Option in Shared as Camel<Option['name']>]?: ReadAs<Option>;
};
