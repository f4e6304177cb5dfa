import { styleText } from 'node:util';
import { reportWidth } from './wrap-text';

const formats = {
  good: 'green',
  bad: 'red',
  change: 'yellow',
  quiet: 'gray',
  strong: 'bold',
} as const;

/** How a report is shown. */
export interface Look {
  colour: boolean;
  /** Columns; default: those of a report that is kept. */
  width?: number;
}

/** How text is shown; without colour every function gives its text back. */
export type Style = Record<keyof typeof formats, (text: string) => string> & { width: number };

/** The colours of all reports. `colour` decides alone: neither the stream nor NO_COLOR is asked here. */
export function makeStyle(colour: boolean, width = reportWidth): Style {
  const paint = (name: keyof typeof formats) => (text: string) =>
    colour && text !== '' ? styleText(formats[name], text, { validateStream: false }) : text;
  return {
    good: paint('good'),
    bad: paint('bad'),
    change: paint('change'),
    quiet: paint('quiet'),
    strong: paint('strong'),
    width,
  };
}
