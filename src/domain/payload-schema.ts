/**
 * JSON Schemas of payloads (draft 2020-12). A schema comes from the platform's operator and a payload from its
 * producers; neither can make validation fetch anything or throw.
 */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject } from './event-type.ts';
import { accept, type Result, refuse } from './result.ts';

const messagesMax = 10;
const messageLengthMax = 300;

/** What is wrong with a payload, such as `payload/amount must be number`; empty when it satisfies its schema. */
export type PayloadValidator = (payload: unknown) => string[];

/** Refused with the reason when the schema is not valid 2020-12, or refers to another document. */
export function compilePayloadSchema(schema: JsonObject): Result<PayloadValidator, string> {
  if (schema.$async !== undefined) return refuse('$async is not supported');
  try {
    // An instance for each schema, because an instance remembers every $id and refuses its second appearance.
    const ajv = addFormats.default(new Ajv2020({ strict: false, logger: false }));
    const validate = ajv.compile(schema);
    return accept((payload) =>
      validate(payload) ? [] : (validate.errors ?? []).slice(0, messagesMax).map(describe),
    );
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
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
