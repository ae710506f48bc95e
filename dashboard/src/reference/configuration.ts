import type { FastifyApiReferenceOptions } from '@scalar/fastify-api-reference';

/** The colors of the library fall short of a contrast of 4.5 to their backgrounds. */
const readableColors = `
  .light-mode {
    --scalar-color-2: #4a4a4a;
    --scalar-color-3: #666666;
    --scalar-color-green: #006b3d;
    --scalar-color-blue: #005a9e;
    --scalar-color-orange: #a33b00;
    --scalar-color-yellow: #7a5200;
    --scalar-color-red: #b80000;
    --scalar-color-purple: #5b3fa8;
    --scalar-sidebar-search-color: #666666;
  }
  .dark-mode {
    --scalar-color-2: #c4c4c4;
    --scalar-color-3: #a8a8a8;
    --scalar-color-red: #ff8a8a;
    --scalar-sidebar-search-color: #a8a8a8;
  }
`;

/** Everything that would ask another server for something is off. */
export const configuration: NonNullable<FastifyApiReferenceOptions['configuration']> & AgentConfiguration = {
  telemetry: false,
  withDefaultFonts: false,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  // Its link leads to the client of somebody else.
  hideClientButton: true,
  // A key is forgotten with the page.
  persistAuth: false,
  // The document has its own examples, in three languages.
  hiddenClients: true,
  // The introduction links to the document.
  documentDownloadType: 'none',
  hideModels: true,
  customCss: readableColors,
  authentication: { preferredSecurityScheme: 'accountKey' },
};

interface AgentConfiguration {
  readonly agent: { readonly disabled: boolean };
}
