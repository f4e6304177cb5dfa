import { imageSchema, nameSchema, portSchema, throwAll, type StackError } from '@ai-stack/core';
import { z } from 'zod';
import { openOptions } from '../read-option';
import { checkPlacement, checkScene } from './check-request';
import type { Scene } from './scene';

/** The options as Nx hands them over: all as written on the command line. */
export interface ServiceOptions {
  name: string;
  image: string;
  port: string | number;
  exposure?: string;
  needs?: string;
  host?: string;
  environments?: string;
  label?: string;
  protocol?: string;
  health?: string;
  check?: string;
  owner?: string;
}

export const checks = ['none', 'bash', 'curl', 'wget'] as const;

/** What is to be made, checked. */
export interface ServiceRequest {
  name: string;
  image: string;
  port: number;
  exposure: 'internal' | 'public';
  /** Sorted. */
  needs: string[];
  label: string;
  protocol: 'http' | 'grpc' | 'tcp';
  health: string;
  check: (typeof checks)[number];
  owner: string;
  /** Where it is placed, sorted. */
  placements: { environment: string; host: string }[];
}

const port = z.coerce
  .string()
  .transform(Number)
  .refine((value) => portSchema.safeParse(value).success, 'a port from 1 to 65535');
const path = z
  .string()
  .regex(/^\/[A-Za-z0-9._~/-]*$/, 'a path of letters, digits and . _ ~ - /, such as /health');

/** Reads the options against what exists. Throws every error together (StackErrors, exit code 2). */
export function parseRequest(options: ServiceOptions, scene: Scene): ServiceRequest {
  const errors: StackError[] = [];
  const given = openOptions(errors);
  const name = given('name', nameSchema, options.name);
  const request: ServiceRequest = {
    name,
    image: given('image', imageSchema, options.image),
    port: given('port', port, options.port),
    exposure: given('exposure', z.enum(['internal', 'public']), options.exposure ?? 'internal'),
    needs: list(options.needs),
    label: options.label === undefined ? name : given('label', nameSchema, options.label),
    protocol: given('protocol', z.enum(['http', 'grpc', 'tcp']), options.protocol ?? 'http'),
    health: given('health', path, options.health ?? '/'),
    check: given('check', z.enum(checks), options.check ?? 'none'),
    owner: options.owner ?? scene.defaultTeam,
    placements: [],
  };
  const wanted = { environments: list(options.environments ?? 'lab'), hosts: list(options.host) };
  const placed = checkPlacement(request, wanted, scene);
  const all = [...errors, ...checkScene(request, scene), ...placed.errors];
  throwAll(all, `nothing was written: ${all.length} errors`);
  return { ...request, placements: placed.placements };
}

function list(text = ''): string[] {
  const words = text.split(',').map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ''))].sort();
}
