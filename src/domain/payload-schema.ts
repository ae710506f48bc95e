/**
 * JSON Schemas of payloads (draft 2020-12). A schema comes from the platform's operator and a payload from its
 * producers; neither can make validation fetch anything or throw.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject } from './event-type.ts';
import { accept, type Result, refuse } from './result.ts';

const messagesMax = 10;
const messageLengthMax = 300;
const options = { strict: false, logger: false } as const;

/** Knows the draft itself and nothing else; compiling it costs 10 ms, so it is done once. */
const draft = new Ajv2020(options);
// Now, because a check that is interrupted while it compiles the draft would leave half of it behind.
draft.validateSchema({});

/** What is wrong with a payload, such as `payload/amount must be number`; empty when it satisfies its schema. */
export type PayloadValidator = (payload: unknown) => string[];

/** Refused with the reason when the schema is not valid 2020-12, or refers to another document. */
export function compilePayloadSchema(schema: JsonObject): Result<PayloadValidator, string> {
  if (schema.$async !== undefined) return refuse('schema/$async is not supported');
  try {
    if (!draft.validateSchema(schema)) return refuse(draft.errorsText(draft.errors, { dataVar: 'schema' }));
    // An instance for each schema, because an instance remembers every $id and refuses its second appearance.
    const ajv = addFormats.default(new Ajv2020({ ...options, validateSchema: false }));
    const validate = ajv.compile(schema);
    return accept((payload) => complaintsOf(validate, payload));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function complaintsOf(validate: ValidateFunction, payload: unknown): string[] {
  try {
    return validate(payload) ? [] : (validate.errors ?? []).slice(0, messagesMax).map(describe);
  } catch {
    // A schema that refers to itself descends as deep as the payload goes, and the stack ends first.
    return ['payload is nested too deeply to be checked'];
  }
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const detail = params.additionalProperty ?? params.unevaluatedProperty ?? params.allowedValues;
  const complaint = `payload${instancePath} ${message}`;
  return (detail === undefined ? complaint : `${complaint}: ${JSON.stringify(detail)}`).slice(
    0,
    messageLengthMax,
  );
}
