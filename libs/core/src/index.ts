// Before all schemas.
import './zod-settings';
export * from './errors';
export * from './clock';
export * from './secret';
export * from './scalars';
export * from './contract';
export * from './host';
export * from './model';
export * from './environment';
export * from './definition';
export * from './hooks';
export * from './release';
export * from './probe';
export * from './plan';
export * from './select';
export * from './nx-run';
