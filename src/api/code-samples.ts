/** The request of an operation in three languages, as the OpenAPI document shows it. */
import { Default } from 'typebox/value';
import { javaScript, literal, python } from './literal.ts';
import { sampleAddress } from './sample-address.ts';
import type { DescribedOperation } from './schemas/operation.ts';

/** The environment variable that holds the key. */
export type KeyVariable = 'API_KEY' | 'PLATFORM_KEY';

interface SampleRequest {
  readonly method: string;
  /** With its parameters as Fastify has them: `/v3/webhooks/:id`. */
  readonly url: string;
  readonly query: Readonly<Record<string, unknown>>;
  /** Undefined without a body. */
  readonly body: unknown;
  readonly keyVariable: KeyVariable;
  readonly sdkMethod: string | undefined;
  readonly isAnswered: boolean;
}

interface CodeSample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** The names of path parameters are the same wherever they occur. */
const pathValues: Readonly<Record<string, string>> = {
  id: 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8',
  key_id: '019bc14a-0e80-7000-8000-000000000002',
  event_id: '019bc14a-0e80-7000-8000-000000000003',
  name: 'shipment',
};

export function codeSamples(operation: DescribedOperation, keyVariable: KeyVariable): readonly CodeSample[] {
  const request = sampleRequest(operation, keyVariable);
  return [
    { lang: 'Shell', label: 'curl', source: curl(request) },
    { lang: 'TypeScript', label: 'TypeScript', source: typeScript(request) },
    { lang: 'Python', label: 'Python', source: urllib(request) },
  ];
}

function sampleRequest(
  { method, url, described }: DescribedOperation,
  keyVariable: KeyVariable,
): SampleRequest {
  const { query, body, bodyExample = {}, sdkMethod, success } = described;
  return {
    method,
    url,
    query: query === undefined ? {} : Object(Default(query, {})),
    body: body === undefined ? undefined : bodyExample,
    keyVariable,
    sdkMethod,
    isAnswered: success !== null,
  };
}

function pathParameters(url: string): string[] {
  return [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => pathValue(name));
}

function pathValue(name: string): string {
  return pathValues[name] ?? `{${name}}`;
}

function addressOf({ url, query }: SampleRequest): string {
  const path = url.replaceAll(/:(\w+)/g, (_, name) => pathValue(name));
  const parameters = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(`${value}`)}`,
  );
  return sampleAddress + [path, ...(parameters.length === 0 ? [] : [parameters.join('&')])].join('?');
}

function curl(request: SampleRequest): string {
  const { method, body, keyVariable } = request;
  const verb = method === 'GET' ? '' : `-X ${method} `;
  const parts = [`curl ${verb}${shellText(addressOf(request))}`, `-H "x-api-key: $${keyVariable}"`];
  if (body !== undefined) {
    parts.push("-H 'content-type: application/json'", `-d ${shellText(JSON.stringify(body, null, 2))}`);
  }
  return lines(parts.join(' \\\n  '));
}

function shellText(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function typeScript(request: SampleRequest): string {
  return request.sdkMethod === undefined ? fetched(request) : withSdk(request, request.sdkMethod);
}

function withSdk({ url, query, body, keyVariable, isAnswered }: SampleRequest, sdkMethod: string): string {
  const sent = body ?? (Object.keys(query).length === 0 ? undefined : query);
  const values = [...pathParameters(url), ...(sent === undefined ? [] : [sent])];
  const call = `await sent.${sdkMethod}(${values.map((value) => literal(value, javaScript)).join(', ')});`;
  return lines(
    "import Sent from '@sentdm/sentdm';",
    '',
    `const sent = new Sent({ apiKey: process.env.${keyVariable}, baseURL: '${sampleAddress}' });`,
    ...(isAnswered ? [`const { data } = ${call}`, 'console.log(data);'] : [call]),
  );
}

function fetched(request: SampleRequest): string {
  const { method, body, keyVariable, isAnswered } = request;
  const key = `'x-api-key': process.env.${keyVariable} ?? ''`;
  return lines(
    `const response = await fetch('${addressOf(request)}', {`,
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    body === undefined
      ? `  headers: { ${key} },`
      : `  headers: { ${key}, 'content-type': 'application/json' },`,
    ...(body === undefined ? [] : [`  body: JSON.stringify(${literal(body, javaScript, '  ')}),`]),
    '});',
    isAnswered ? 'console.log(response.status, await response.text());' : 'console.log(response.status);',
  );
}

function urllib(request: SampleRequest): string {
  const { method, body, keyVariable, isAnswered } = request;
  const key = `"x-api-key": os.environ["${keyVariable}"]`;
  const headers = body === undefined ? `{${key}}` : `{${key}, "content-type": "application/json"}`;
  const imports = ['json', 'os', 'urllib.request'].filter(
    (name) => name !== 'json' || isAnswered || body !== undefined,
  );
  return lines(
    ...imports.map((name) => `import ${name}`),
    '',
    'request = urllib.request.Request(',
    `    ${JSON.stringify(addressOf(request))},`,
    `    method="${method}",`,
    `    headers=${headers},`,
    ...(body === undefined ? [] : [`    data=json.dumps(${literal(body, python, '    ')}).encode(),`]),
    ')',
    'with urllib.request.urlopen(request, timeout=30) as response:',
    isAnswered ? '    print(response.status, json.load(response))' : '    print(response.status)',
  );
}

function lines(...texts: readonly string[]): string {
  return `${texts.join('\n')}\n`;
}
