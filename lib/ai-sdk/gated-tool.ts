import { toModelOutputWithDenials } from './denied-result.ts';

/** What the AI SDK passes to `execute` beside the input, as far as it matters here. */
export interface ExecuteOptions {
  readonly toolCallId?: string;
  readonly messages?: unknown;
  readonly abortSignal?: AbortSignal;
  readonly context?: unknown;
  readonly experimental_context?: unknown;
}

/** A tool's `execute`, of whatever major. */
export type Execute = (input: unknown, options?: ExecuteOptions) => unknown;

/**
 * The tool, with another `execute`; with `tellsDenials`, its `toModelOutput` also knows what a gated
 * tool returns in place of throwing.
 */
export function gatedTool(tool: object, execute: Execute, tellsDenials: boolean): object {
  return isPlainData(tool) && !tellsDenials
    ? copyWith(tool, execute)
    : proxyWith(tool, execute, tellsDenials);
}

/** Nothing on the tool but `execute` does anything, so no copy of it could behave otherwise. */
function isPlainData(tool: object): boolean {
  const prototype = Object.getPrototypeOf(tool);
  if (prototype !== null && prototype !== Object.prototype) return false;
  return Object.entries(Object.getOwnPropertyDescriptors(tool)).every(
    ([name, { value, get, set }]) =>
      name === 'execute' || (typeof value !== 'function' && !get && !set),
  );
}

/** What most tools get: the SDK reads a tool some twenty times per call, and a proxy costs each time. */
function copyWith(tool: object, execute: Execute): object {
  const descriptors = Object.getOwnPropertyDescriptors(tool) as PropertyDescriptorMap;
  return Object.create(Object.getPrototypeOf(tool), {
    ...descriptors,
    // Another `execute` would not be gated.
    execute: { enumerable: true, configurable: true, writable: false, value: execute },
  });
}

/**
 * For tools with methods, getters or a class: a copy would lose what classes keep on their prototype
 * and in private fields, and would not see what the tool changes on itself. The proxy stands before
 * an empty object instead of the tool: a proxy may not answer otherwise than a fixed property of its
 * target, and tools may be frozen.
 */
function proxyWith(tool: object, execute: Execute, tellsDenials: boolean): object {
  const methods = new Map<PropertyKey, unknown>();
  const once = (property: PropertyKey, make: () => unknown) => {
    if (!methods.has(property)) methods.set(property, make());
    return methods.get(property);
  };

  /** Getters and methods of a class reach its private fields only on the object itself. */
  function read(property: PropertyKey): unknown {
    if (property === 'execute') return execute;
    const value: unknown = Reflect.get(tool, property, tool);
    if (property === 'toModelOutput' && tellsDenials) {
      const own = typeof value === 'function' ? value.bind(tool) : undefined;
      return once(property, () => toModelOutputWithDenials(own));
    }
    return typeof value === 'function' && isMethod(tool, property)
      ? once(property, () => value.bind(tool))
      : value;
  }

  return new Proxy(Object.create(Object.getPrototypeOf(tool)), {
    get: (_, property) => read(property),
    has: (_, property) => Reflect.has(tool, property),
    // A copy made by spreading has to tell denials, too.
    ownKeys: () => [
      ...new Set([...Reflect.ownKeys(tool), ...(tellsDenials ? ['toModelOutput'] : [])]),
    ],
    getOwnPropertyDescriptor(_, property) {
      const isOurs = property === 'execute' || (property === 'toModelOutput' && tellsDenials);
      const descriptor = Reflect.getOwnPropertyDescriptor(tool, property);
      if (isOurs && (descriptor || property === 'toModelOutput')) {
        const { enumerable = true } = descriptor ?? {};
        return { value: read(property), writable: true, enumerable, configurable: true };
      }
      return descriptor && { ...descriptor, configurable: true };
    },
    // Another `execute` would not be gated.
    set: (_, property, value) => property !== 'execute' && Reflect.set(tool, property, value, tool),
    defineProperty: () => false,
    deleteProperty: () => false,
    preventExtensions: () => false,
  });
}

/** Inherited as a value, not read through a getter: what a class has as a method. */
function isMethod(tool: object, property: PropertyKey): boolean {
  if (Object.hasOwn(tool, property)) return false;
  let owner = Object.getPrototypeOf(tool);
  while (owner !== null && !Object.hasOwn(owner, property)) owner = Object.getPrototypeOf(owner);
  const descriptor = owner && Object.getOwnPropertyDescriptor(owner, property);
  return descriptor !== null && descriptor !== undefined && 'value' in descriptor;
}
