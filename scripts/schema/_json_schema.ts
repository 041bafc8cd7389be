/**
 * The JSON Schema of a peer's configuration, made from what its parser checks.
 *
 * @module
 */
import {
  type JsonSchema,
  type OverrideActionContext,
  type OverrideSchemaContext,
  toJsonSchema,
} from "@valibot/to-json-schema";
import * as v from "valibot";
import { type About, described, type Names } from "../../src/core/settings.ts";
import { pretrainSchema } from "../../src/pretraining/configuration.ts";
import { configurationSchema } from "../../src/settings/configuration.ts";
import { agreementOn } from "../../src/settings/shared.ts";

/** A field's schema, with what JSON Schema has no keyword for. */
export interface FieldSchema extends JsonSchema {
  unit?: About["unit"];
  otherwise?: About["otherwise"];
  properties?: Record<string, FieldSchema>;
  anyOf?: FieldSchema[];
  items?: FieldSchema | boolean;
  prefixItems?: FieldSchema[];
}

const WHOLE = "What a peer of syncytium is told. Some rules hold between fields and cannot be said here, such as who " +
  "may mix with whom under which rule; the peer checks them when it reads the file.";

/** The settings of pre-training as a peer has them: what it leaves out follows from the rest of its configuration. */
const peersPretrainSchema = v.strictObject({
  ...pretrainSchema.entries,
  patch: v.optional(described(pretrainSchema.entries.patch.wrapped, { otherwise: "`network.patch`" })),
  decaySteps: v.optional(
    described(pretrainSchema.entries.decaySteps.wrapped, {
      otherwise: "all steps: `schedule.rounds` times `schedule.stepsPerRound`",
    }),
  ),
});

const wholeSchema = v.strictObject({
  ...configurationSchema.entries,
  pretrain: v.optional(
    described(peersPretrainSchema, {
      description: "How networks are trained without labels. Each objective reads some of these settings, has some " +
        "fixed, and starts from defaults of its own; others are refused with it.",
    }),
    {},
  ),
});

/** A name of a registry: the built-in ones are offered, and any other may be an extension's. */
function overrideAction({ valibotAction, jsonSchema }: OverrideActionContext): JsonSchema | undefined {
  if (valibotAction.type !== "metadata") return undefined;
  const { registry } = (valibotAction as v.MetadataAction<unknown, { registry?: Names }>).metadata;
  if (registry === undefined) return undefined;
  const { registry: _, ...others } = jsonSchema as JsonSchema & { registry?: unknown };
  return { ...others, anyOf: [{ enum: [...registry.names] }, { type: "string" }] };
}

/** What is checked by a function alone: `overrideAction` says what it accepts. */
function overrideSchema({ valibotSchema }: OverrideSchemaContext): JsonSchema | undefined {
  return valibotSchema.type === "custom" ? { type: "string" } : undefined;
}

/** What `schema` accepts: every field with description, unit, default and range. */
export function fieldsOfSchema(schema: v.GenericSchema): FieldSchema {
  const { $schema: _, ...fields } = toJsonSchema(schema, {
    target: "draft-2020-12",
    typeMode: "input",
    ignoreActions: ["check", "finite"],
    overrideAction,
    overrideSchema,
  });
  return fields as FieldSchema;
}

/** What a peer's configuration may say. */
export function configurationFields(): FieldSchema {
  return fieldsOfSchema(wholeSchema);
}

const AGREEMENT = {
  "always": "All peers of a consortium must agree on it.",
  "fine-tuning together": "Peers that fine-tune together must agree on it.",
  "never": undefined,
};

/** The schema with everything that an editor does not show, unit and agreement, in the descriptions. */
function told(schema: FieldSchema, path: string): FieldSchema {
  const { description, unit, otherwise, properties, items, required, ...rest } = schema;
  const isField = path !== "" && properties === undefined;
  const parts = [
    description,
    unit && `Unit: ${unit}.`,
    otherwise && `Without it: ${otherwise}.`,
    isField ? AGREEMENT[agreementOn(path)] : undefined,
  ].filter((part) => part !== undefined);
  return {
    ...(parts.length > 0 && { description: parts.join(" ") }),
    ...(unit !== undefined && { unit }),
    ...rest,
    ...(required !== undefined && required.length > 0 && { required }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, told(field, path === "" ? name : `${path}.${name}`)]),
      ),
    }),
    ...(items !== undefined && { items: typeof items === "object" ? toldOfPart(items) : items }),
  };
}

/** An entry of a list: its fields are told of, and the agreement is said of the list. */
function toldOfPart(schema: FieldSchema): FieldSchema {
  return schema.properties === undefined ? schema : told(schema, "");
}

/** The JSON Schema, draft 2020-12, that editors complete a configuration from. */
export function configurationJsonSchema(): FieldSchema {
  const schema = told(configurationFields(), "");
  // what a plan decides on is left out where there is one
  const without = ({ required = [], ...rest }: FieldSchema, planned: string) => ({
    ...rest,
    required: required.filter((name) => name !== planned),
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of a peer",
    description: WHOLE,
    ...without(schema, "network"),
    properties: { ...schema.properties, data: without(schema.properties!.data, "spacing") },
    if: { type: "object", required: ["plan"], properties: { plan: {} } },
    else: {
      type: "object",
      required: ["network"],
      properties: { network: {}, data: { type: "object", required: ["spacing"], properties: { spacing: {} } } },
    },
  };
}
