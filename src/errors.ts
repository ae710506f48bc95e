/**
 * The one table of errors that a client of either API can meet. docs/errors.md lists exactly these; a test compares
 * them. Validation messages vary with the field and are made by the domain.
 */
export const errorTable = {
  notAuthenticated: { status: 401, code: 'AUTH_001', message: 'User is not authenticated' },
  invalidApiKey: { status: 401, code: 'AUTH_002', message: 'Invalid or expired API key' },
  insufficientPermissions: {
    status: 403,
    code: 'AUTH_004',
    message: 'Insufficient permissions for this operation',
  },
  validationFailed: { status: 400, code: 'VALIDATION_001', message: 'The request is not valid' },
  malformedJson: { status: 400, code: 'VALIDATION_001', message: 'The request body is not valid JSON' },
  invalidProfileId: { status: 400, code: 'VALIDATION_003', message: 'Invalid GUID format' },
  invalidIdempotencyKey: { status: 400, code: 'VALIDATION_007', message: 'Invalid Idempotency-Key format' },
  methodNotAllowed: {
    status: 405,
    code: 'VALIDATION_001',
    message: 'This method is not allowed here; the Allow header lists those that are',
  },
  payloadTooLarge: { status: 413, code: 'VALIDATION_001', message: 'The request body is too large' },
  unsupportedMediaType: {
    status: 415,
    code: 'VALIDATION_001',
    message: 'The request body must be sent as application/json',
  },
  customerNotFound: { status: 404, code: 'RESOURCE_004', message: 'Customer not found' },
  webhookNotFound: { status: 404, code: 'RESOURCE_008', message: 'Webhook not found' },
  apiKeyNotFound: { status: 404, code: 'RESOURCE_008', message: 'API key not found' },
  eventNotFound: { status: 404, code: 'RESOURCE_008', message: 'Event not found' },
  eventTypeNotFound: { status: 404, code: 'RESOURCE_008', message: 'Event type not found' },
  routeNotFound: { status: 404, code: 'RESOURCE_008', message: 'There is nothing at this address' },
  rateLimitExceeded: {
    status: 429,
    code: 'BUSINESS_002',
    message: 'Rate limit exceeded. Try again after the seconds in the Retry-After header',
  },
  tooManyWrongKeys: {
    status: 429,
    code: 'BUSINESS_002',
    message:
      'Rate limit exceeded. Too many wrong API keys came from this address; try again after the seconds in the Retry-After header',
  },
  keyWrongTooOften: {
    status: 429,
    code: 'BUSINESS_002',
    message:
      'Rate limit exceeded. This API key was wrong too often; use another one, or try again after the seconds in the Retry-After header',
  },
  requestInProgress: {
    status: 409,
    code: 'CONFLICT_001',
    message: 'Concurrent idempotent request in progress',
  },
  idempotencyKeyReused: {
    status: 409,
    code: 'CONFLICT_005',
    message: 'Idempotency-Key already used for a different request',
  },
  serviceUnavailable: {
    status: 503,
    code: 'SERVICE_001',
    message: 'The service is temporarily unavailable; try again',
  },
  internal: { status: 500, code: 'INTERNAL_001', message: 'An unexpected error occurred' },
} as const satisfies Record<string, { status: number; code: string; message: string }>;

export type ErrorName = keyof typeof errorTable;
