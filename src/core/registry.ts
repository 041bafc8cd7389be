/**
 * The variants of one kind by name: those that are built in, and those that a program registers.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { UserError } from "./errors.ts";
 * import { Registry } from "./registry.ts";
 *
 * const shapes = new Registry("a shape", [{ name: "ball", corners: 0 }, { name: "cube", corners: 8 }]);
 * shapes.register({ name: "square-pyramid", corners: 5 });
 * assertEquals(shapes.named("cube").corners, 8);
 * assertEquals(shapes.names, ["ball", "cube", "square-pyramid"]);
 * const rule = "choosing a shape: it must be one of ball, cube, square-pyramid (torus)";
 * assertThrows(() => shapes.named("torus"), UserError, rule);
 * ```
 *
 * @module
 */
import { UserError } from "./errors.ts";

/** What a variant may be called: configurations, reports and folders hold its name. */
const NAME = /^(?=.{1,64}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Options of a {@linkcode Registry}. */
export interface RegistryOptions<T> {
  /** Throws where a variant is not what its kind must be; `others` are those that there are already. */
  prove?(variant: T, others: readonly T[]): void;
}

/** Variants by name; iterates over them in the order in which they came, the built-in ones first. */
export class Registry<T extends { readonly name: string }> implements Iterable<T> {
  /** What one of them is called, with its article. */
  readonly kind: string;
  readonly #builtIn: T[] = [];
  readonly #registered: T[] = [];
  readonly #options: RegistryOptions<T>;

  /**
   * Begins with the built-in ones.
   *
   * @param kind what one of them is called, with its article: "a topology".
   * @throws {Error} if a built-in one could not be registered.
   */
  constructor(kind: string, builtIn: readonly T[], options: RegistryOptions<T> = {}) {
    this.kind = kind;
    this.#options = options;
    for (const variant of builtIn) this.#add(variant, this.#builtIn);
  }

  /**
   * Adds a variant: from then on it is chosen by its name as the built-in ones are, in this thread.
   *
   * @returns takes it away again, for tests.
   * @throws {UserError} if its name is taken or badly formed. @throws {Error} if it is not what its kind must be.
   */
  register(variant: T): () => void {
    this.#add(variant, this.#registered);
    return () => {
      const index = this.#registered.indexOf(variant);
      if (index >= 0) this.#registered.splice(index, 1);
    };
  }

  /** Those that programs have registered. */
  get registered(): readonly T[] {
    return [...this.#registered];
  }

  /** Those that were there from the beginning. */
  get builtIn(): readonly T[] {
    return [...this.#builtIn];
  }

  /** Every name. */
  get names(): readonly string[] {
    return Array.from(this, ({ name }) => name);
  }

  /** The variant of that name; undefined where there is none. */
  get(name: string): T | undefined {
    for (const variant of this) if (variant.name === name) return variant;
    return undefined;
  }

  /** The variant of that name. @throws {UserError} if there is none. */
  named(name: string): T {
    const found = this.get(name);
    if (found) return found;
    throw new UserError(`choosing ${this.kind}: it must be one of ${this.names.join(", ")}`, { value: name });
  }

  /** Goes over the built-in ones, then those that are registered. */
  *[Symbol.iterator](): Iterator<T> {
    yield* this.#builtIn;
    yield* this.#registered;
  }

  #add(variant: T, list: T[]): void {
    const { name } = variant;
    const doing = `registering ${this.kind}`;
    if (!NAME.test(name)) {
      throw new UserError(`${doing}: its name must be lower-case words and digits joined by hyphens, 64 at most`, {
        value: name,
      });
    }
    if (this.get(name)) throw new UserError(`${doing}: the name is taken`, { value: name });
    this.#options.prove?.(variant, [...this]);
    list.push(variant);
  }
}
